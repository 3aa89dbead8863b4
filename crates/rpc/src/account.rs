//! What a connection has cost so far, readable from any thread.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Live figures of one connection, kept by its vat thread and read by anyone.
        ///
        /// They are for the owner: no client is ever shown them.
        #[derive(Debug, Default)]
        pub struct Account { $($name: AtomicU64,)* }

        /// An account at one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Figures { $($(#[$doc])* pub $name: u64,)* }

        impl Account {
            /// All figures. Each is exact; together they may be of slightly different moments.
            #[must_use]
            pub fn figures(&self) -> Figures {
                Figures { $($name: self.$name.load(Ordering::Relaxed),)* }
            }

            pub(crate) fn publish(&self, figures: &Figures) {
                $(self.$name.store(figures.$name, Ordering::Relaxed);)*
            }
        }
    };
}

figures! {
    /// Messages received.
    messages_in,
    /// Messages handed over for sending.
    messages_out,
    /// Bytes received.
    bytes_in,
    /// Bytes written.
    bytes_out,
    /// Writes to the stream.
    writes,
    /// Reads from the stream.
    reads,
    /// Calls of the peer that are not finished.
    open_answers,
    /// Our calls that are not finished.
    open_questions,
    /// Our calls that the peer has not answered and that we have not given up.
    awaited_answers,
    /// Our objects that the peer holds.
    exports,
    /// The peer's objects that we hold.
    imports,
    /// Bytes of results kept until their calls are finished.
    retained_bytes,
    /// Bytes of the peer's messages that this side still holds.
    inbound_bytes,
    /// Bytes waiting to be written.
    queued_bytes,
}

pub(crate) fn figure(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

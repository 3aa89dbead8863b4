//! Streams of values, in both directions.
//!
//! What is read comes from a [`futures::Stream`] here ([`Readable::new`]) or was written by the peer; what is written
//! ends in a [`Sink`] here ([`Writable::new`]) or goes to the peer. Nothing is read ahead: a source is asked when its
//! reader asks, a chunk counts as written when it is taken.
//!
//! For the session: a readable stream goes to the peer as a pipe, into which [`pump()`] writes ([`Writable::remote`] over
//! a [`Channel`]); a pipe of the peer's is [`pipe_of_peer`], whose writing end the peer calls ([`Writable::served`]).
//! [`Custody`] counts what the peer wrote and nobody has taken: the session asks it after each message whether that is
//! too much, and tells it of its end.

mod alarm;
mod channel;
mod clock;
mod collect;
mod custody;
mod operations;
mod pipe;
mod pump;
mod readable;
mod remote;
mod survey;
mod ticket;
mod window;
mod writable;

pub(crate) use channel::{Acknowledged, Channel};
pub use clock::Clock;
pub(crate) use custody::{Charge, Custody};
pub(crate) use pump::pump;
pub use readable::Readable;
pub(crate) use writable::pipe_of_peer;
pub use writable::{Sink, Writable, pipe};

#[cfg(test)]
mod tests;

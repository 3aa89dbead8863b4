//! One conversation between two peers.

use std::task::{Context, Poll};

use crate::error::{Error, Thrown};
use crate::limits::Limits;
use crate::stub::Stub;

/// How a session behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Bounds of what the peer may ask for.
    pub limits: Limits,
}

/// The sizes of a session's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// What is held of the peer's, calls included.
    pub imports: usize,
    /// What the peer holds, calls included.
    pub exports: usize,
}

/// One conversation between two peers. Clones are the same session.
#[derive(Clone, Debug)]
pub struct Session {}

impl Session {
    /// A session that gives the peer what `main` makes, which gets the session itself (not to be kept as it is: see
    /// [`Session::downgrade`]).
    pub fn new(options: Options, main: impl FnOnce(&Session) -> Option<Stub>) -> Self {
        let _ = (options, main);
        todo!()
    }

    /// The peer's main object.
    #[must_use]
    pub fn remote(&self) -> Stub {
        todo!()
    }

    /// Takes a message of the peer. One that breaks the protocol or a bound ends the session.
    ///
    /// # Errors
    /// When the session has ended, by this message or before.
    pub fn receive(&self, message: &str) -> Result<(), Error> {
        let _ = message;
        todo!()
    }

    /// The next message for the peer. The last one of a session that was aborted tells why.
    #[must_use]
    pub fn next_message(&self) -> Option<String> {
        todo!()
    }

    /// Drives what was called. Ready when there are messages to take, or when the session has ended.
    pub fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let _ = context;
        todo!()
    }

    /// Ends the session and tells the peer why.
    pub fn abort(&self, error: Error) {
        let _ = error;
        todo!()
    }

    /// The way to the peer is gone: everything that is held of it breaks.
    pub fn disconnected(&self, reason: Error) {
        let _ = reason;
        todo!()
    }

    /// Why the session ended, once it has.
    #[must_use]
    pub fn ended(&self) -> Option<Thrown> {
        todo!()
    }

    /// Whether no call of the peer's waits for its answer.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        todo!()
    }

    /// Its bounds.
    #[must_use]
    pub fn limits(&self) -> Limits {
        todo!()
    }

    /// The sizes of its tables.
    #[must_use]
    pub fn stats(&self) -> Stats {
        todo!()
    }

    /// A reference that does not keep it.
    #[must_use]
    pub fn downgrade(&self) -> WeakSession {
        todo!()
    }
}

/// A reference to a session that does not keep it.
#[derive(Clone, Debug)]
pub struct WeakSession {}

impl WeakSession {
    /// The session, while somebody keeps it.
    #[must_use]
    pub fn upgrade(&self) -> Option<Session> {
        todo!()
    }
}

//! A peer whose messages are written by hand.

use std::task::{Context, Waker};

use capnweb::{Limits, Session, Stub};

use crate::pair::options;

/// A session, and what its peer sees.
pub(crate) struct Peer(pub(crate) Session);

impl Peer {
    pub(crate) fn new(main: Stub) -> Self {
        Self::with(Limits::default(), main)
    }

    pub(crate) fn with(limits: Limits, main: Stub) -> Self {
        Self(Session::new(options(limits), |_| Some(main)))
    }

    /// Sends a message; what comes back.
    pub(crate) fn send(&self, message: &str) -> Vec<String> {
        let _ = self.0.receive(message);
        self.read()
    }

    /// Sends several; what comes back for all of them.
    pub(crate) fn send_all<'m>(&self, messages: impl IntoIterator<Item = &'m str>) -> Vec<String> {
        messages.into_iter().flat_map(|message| self.send(message)).collect()
    }

    /// What the session sends.
    pub(crate) fn read(&self) -> Vec<String> {
        let _ = self.0.poll(&mut Context::from_waker(Waker::noop()));
        std::iter::from_fn(|| self.0.next_message()).collect()
    }

    /// Why the session ended.
    pub(crate) fn ended(&self) -> Option<String> {
        self.0.ended().map(|thrown| thrown.to_string())
    }

    /// Imports and exports.
    pub(crate) fn tables(&self) -> [usize; 2] {
        [self.0.stats().imports, self.0.stats().exports]
    }
}

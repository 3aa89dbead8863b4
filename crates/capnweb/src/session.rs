//! One conversation between two peers.

mod answers;
mod driver;
mod ending;
mod inner;
mod reader;
mod receive;
mod reprieve;
mod seat;
mod streams;
mod tables;
mod writer;

use std::fmt;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

pub(crate) use driver::{Driver, Slice};
pub(crate) use inner::Inner;
pub(crate) use reader::whole;
pub use reprieve::Reprieve;
pub(crate) use seat::{Seat, Unanswered};

use crate::error::{Error, Thrown};
use crate::limits::Limits;
use crate::stream::Clock;
use crate::stub::Stub;
use crate::turn;

/// How a session behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Bounds of what the peer may ask for.
    pub limits: Limits,
    /// What time it is, for the windows of streams.
    pub clock: Clock,
}

/// The sizes of a session's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// What is held of the peer's, calls included.
    pub imports: usize,
    /// What the peer holds, calls included.
    pub exports: usize,
}

/// One conversation between two peers. Clones are the same session; with the last one it is over.
#[derive(Clone)]
pub struct Session(Rc<Inner>);

impl Session {
    /// A session that gives the peer what `main` makes, which gets the session itself (not to be kept as it is: see
    /// [`Session::downgrade`]).
    pub fn new(options: Options, main: impl FnOnce(&Session) -> Option<Stub>) -> Self {
        let session = Self(Inner::new(Driver::new(options.limits), options.clock));
        if let Some(main) = main(&session) {
            session.0.set_main(main.into_hook());
        }
        session
    }

    /// The peer's main object.
    #[must_use]
    pub fn remote(&self) -> Stub {
        self.0.remote()
    }

    /// Takes a message of the peer. One that breaks the protocol or a bound ends the session.
    ///
    /// No message is taken while another waits for a [`Reprieve`]: see [`Session::wants_input`].
    ///
    /// # Errors
    /// When the session has ended, by this message or before.
    pub fn receive(&self, message: &str) -> Result<(), Error> {
        if let Some(reason) = self.0.over() {
            return Err(reason.into_error());
        }
        let taken = self.0.take_or_keep(message);
        turn::run();
        self.0.check();
        if let Err(error) = taken {
            self.0.abort(error);
        }
        turn::run();
        self.0.over().map_or(Ok(()), |reason| Err(reason.into_error()))
    }

    /// The next message for the peer. The last one of a session that was aborted tells why.
    #[must_use]
    pub fn next_message(&self) -> Option<String> {
        self.0.next_message()
    }

    /// Drives what was called. Ready as long as there are messages to take, and for good once the session has ended.
    ///
    /// Who polls takes the messages and polls again; while that is pending, whoever polled last is woken by everything
    /// that changes here, [`Session::receive`] and calls included. One task is enough to poll a session, and more are of
    /// no use.
    pub fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let (polled, more) = self.poll_some(context);
        if more {
            context.waker().wake_by_ref();
        }
        polled
    }

    /// The same, and whether there is more to do at once, of which nobody is woken.
    pub(crate) fn poll_some(&self, context: &mut Context<'_>) -> (Poll<()>, bool) {
        turn::run();
        let more = self.0.driver.poll(context);
        turn::run();
        // What a reprieve was for may have gone on meanwhile, and have asked for another.
        let more = more || self.take_kept();
        self.0.check();
        turn::run();
        match self.0.has_messages() || self.0.is_over() {
            true => (Poll::Ready(()), more),
            false => (Poll::Pending, more),
        }
    }

    /// Takes the message that waits, where the bounds may have room for it: whether there was one.
    fn take_kept(&self) -> bool {
        let Some(message) = self.0.kept_message() else { return false };
        // Whether it has ended by that is for who polls to see.
        let _ = self.receive(&message);
        true
    }

    /// Whether the next message should be received. While the peer reads nothing, what it sends is better left with it:
    /// a session that has to hold more answers than [`Limits::held_bytes`] is aborted. While a message waits for a
    /// [`Reprieve`], the next one ends the session.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        self.0.driver.has_room() && !self.is_waiting()
    }

    /// A turn that begins now.
    pub(crate) fn slice(&self) -> Slice {
        self.0.driver.slice()
    }

    /// Whether so much was done in that turn that it is for others of the thread.
    pub(crate) fn is_over(&self, slice: Slice) -> bool {
        self.0.driver.is_over(slice)
    }

    /// Ends the session and tells the peer why.
    pub fn abort(&self, error: Error) {
        self.0.abort(error);
        turn::run();
    }

    /// The way to the peer is gone: everything that is held of it breaks.
    pub fn disconnected(&self, reason: Error) {
        self.0.end(reason.into());
        turn::run();
    }

    /// Why the session ended, once it has.
    #[must_use]
    pub fn ended(&self) -> Option<Thrown> {
        self.0.over()
    }

    /// Whether no call of the peer's waits for its answer.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.0.is_idle()
    }

    /// Its bounds.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.driver.limits()
    }

    /// Has other bounds from now on. What there is stays, even past them; what comes is measured by them.
    pub fn set_limits(&self, limits: Limits) {
        self.0.set_limits(limits);
    }

    /// Says that other bounds may be coming, no wider than `widest`, as of a peer that is about to show who it is.
    ///
    /// As long as what is returned is held, a message that the bounds may have no room for waits, and what comes after it
    /// stays with the peer. When the bounds change, or the last reprieve ends, it is taken: by the bounds of then.
    ///
    /// A peer that has to be heard before the reprieve ends may not be: do not hold one while waiting for the peer.
    pub fn reprieve(&self, widest: Limits) -> Reprieve {
        self.0.reprieve(widest)
    }

    /// The widest bounds of what begins to come: those of a reprieve, else those that there are.
    #[cfg(feature = "drivers")]
    pub(crate) fn widest_limits(&self) -> Limits {
        self.0.reprieves.widest().unwrap_or_else(|| self.limits())
    }

    /// Whether other bounds may be coming.
    #[cfg(feature = "drivers")]
    pub(crate) fn is_in_reprieve(&self) -> bool {
        self.0.reprieves.widest().is_some()
    }

    /// Says why the bounds stay what they are, before a [`Reprieve`] ends: a message that waits for it, or would have,
    /// ends the session with this, which the peer may not hear otherwise.
    pub fn refuse(&self, reason: Error) {
        self.0.reprieves.refuse(reason);
    }

    /// Ends the session because of a message that is longer than one may be.
    #[cfg(feature = "drivers")]
    pub(crate) fn too_long(&self) {
        self.abort(self.0.reprieves.reason(Error::range_error("A message is too long.")));
    }

    /// Whether a message waits for a [`Reprieve`].
    pub(crate) fn is_waiting(&self) -> bool {
        self.0.reprieves.is_waiting()
    }

    /// The sizes of its tables.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// A reference that does not keep it.
    #[must_use]
    pub fn downgrade(&self) -> WeakSession {
        WeakSession(Rc::downgrade(&self.0))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// A reference to a session that does not keep it.
#[derive(Clone)]
pub struct WeakSession(Weak<Inner>);

impl WeakSession {
    /// The session, while somebody keeps it.
    #[must_use]
    pub fn upgrade(&self) -> Option<Session> {
        self.0.upgrade().map(Session)
    }
}

impl fmt::Debug for WeakSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakSession")
    }
}

/// Nobody keeps the session any more.
pub(crate) fn gone() -> Error {
    Error::new("Error", "The session is over.")
}

//! Messages that wait until it is known which bounds they have.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::Inner;
use crate::error::Error;
use crate::json::Document;
use crate::limits::Limits;
use crate::message::Message;

/// Bytes that a value of a message may take while it waits for what it is sent to, its own bytes aside; at most.
const BYTES_A_VALUE: usize = 128;

/// As long as it is held, a message past the bounds does not end the session: it waits, with all that come after it.
///
/// See [`Session::reprieve`](super::Session::reprieve).
#[must_use = "dropped, it gives no more time"]
pub struct Reprieve(Weak<Inner>);

/// What a session knows of its reprieves.
#[derive(Default)]
pub(super) struct Reprieves {
    /// How many are held, and the widest bounds that they may end in.
    held: Cell<usize>,
    widest: Cell<Option<Limits>>,
    waiting: RefCell<Option<String>>,
    /// What waits may fare otherwise than when it came.
    changed: Cell<bool>,
    /// Why the bounds stay what they are, until the next message is taken.
    refusal: RefCell<Option<Error>>,
}

impl Reprieves {
    /// The widest bounds that there may be soon, where others than these may come.
    pub(super) fn widest(&self) -> Option<Limits> {
        self.widest.get().filter(|_| self.held.get() > 0)
    }

    /// Whether a message waits.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.borrow().is_some()
    }

    pub(super) fn refuse(&self, reason: Error) {
        *self.refusal.borrow_mut() = Some(reason);
    }

    /// Why a message that is too long ends the session: what it had waited for was refused, or the bound is the reason.
    pub(super) fn reason(&self, bound: Error) -> Error {
        self.refusal.take().unwrap_or(bound)
    }

    pub(super) fn clear(&self) {
        drop(self.waiting.take());
    }
}

impl Inner {
    pub(super) fn reprieve(&self, widest: Limits) -> Reprieve {
        let all = &self.reprieves;
        all.held.set(all.held.get() + 1);
        all.widest.set(Some(widest));
        Reprieve(self.this.clone())
    }

    pub(super) fn set_limits(&self, limits: Limits) {
        self.driver.set_limits(limits);
        self.look_again();
    }

    fn look_again(&self) {
        self.reprieves.changed.set(true);
        self.driver.wake();
    }

    /// Takes a message, or lets it wait. An error is to end the session.
    pub(super) fn take_or_keep(self: &Rc<Self>, message: &str) -> Result<(), Error> {
        let all = &self.reprieves;
        if all.is_waiting() {
            return Err(Error::range_error("Too many messages wait."));
        }
        match all.widest() {
            Some(widest) if message.len() <= widest.message_bytes && !self.has_room_for(message) => {
                *all.waiting.borrow_mut() = Some(message.to_owned());
                Ok(())
            }
            _ => {
                // It is of no message but the next one.
                let refusal = all.refusal.take();
                self.take(message).map_err(|error| refusal.filter(|_| error.name == "RangeError").unwrap_or(error))
            }
        }
    }

    /// The message that waits, where it is to be taken again.
    pub(super) fn kept_message(&self) -> Option<String> {
        if !self.reprieves.changed.replace(false) {
            return None;
        }
        self.reprieves.waiting.take()
    }

    /// Whether a message surely stays within the bounds, whatever is in it; one that is malformed has its place in the
    /// order like any other.
    fn has_room_for(&self, message: &str) -> bool {
        let limits = self.driver.limits();
        self.driver.begin_message(message.len());
        match Document::parse(message, &limits) {
            Ok(document) => match Message::parse(&document) {
                Ok(Message::Push(_) | Message::Stream(_)) => self.has_room_for_call(message, &document),
                Ok(Message::Pipe) => self.tables.borrow().pipes() < limits.pipes && self.has_room_for_entries(1),
                Ok(Message::Resolve(..) | Message::Reject(..)) => self.has_room_for_entries(document.lists()),
                _ => true,
            },
            Err(error) => error.name != "RangeError",
        }
    }

    fn has_room_for_call(&self, message: &str, document: &Document<'_>) -> bool {
        let limits = self.driver.limits();
        let work = document.values() + message.len() / 64;
        // What refers to anything is a list.
        let calls = self.driver.unanswered.get() + document.lists();
        let bytes = document.values() * BYTES_A_VALUE + message.len();
        work <= limits.message_work
            && calls <= limits.pending_calls
            && self.driver.kept() + bytes <= limits.held_bytes
            && self.has_room_for_entries(document.lists())
    }

    fn has_room_for_entries(&self, more: usize) -> bool {
        let (tables, most) = (self.tables.borrow(), self.driver.limits().table_entries);
        tables.held() + more <= most && tables.accepted() + more <= most
    }
}

impl Drop for Reprieve {
    fn drop(&mut self) {
        if let Some(session) = self.0.upgrade() {
            let held = &session.reprieves.held;
            held.set(held.get() - 1);
            session.look_again();
        }
    }
}

impl std::fmt::Debug for Reprieve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reprieve")
    }
}

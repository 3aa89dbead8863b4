//! Who waits for something that is not settled.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::task::Waker;

use super::Hook;
use crate::exchange::Id;
use crate::session::Inner;
use crate::stream::Acknowledged;
use crate::turn::{self, Job};

/// One who waits.
pub(crate) enum Waiter {
    /// A request that is going to be sent on.
    Request(Weak<Hook>),
    /// Arguments that want it put in.
    Gathering(Weak<Hook>),
    /// A session that is going to tell its peer.
    Export(Weak<Inner>, Id),
    /// A program.
    Program(Waker),
    /// A stream that is written to, which keeps what it waits for.
    Stream(Rc<Hook>, Acknowledged),
}

impl Waiter {
    /// Lets it go on.
    pub(crate) fn ready(self) {
        match self {
            // Those go on in order, with what they go on to.
            Self::Request(_) => {}
            Self::Gathering(hook) => super::gathering_ready(&hook),
            Self::Export(session, id) => {
                if let Some(session) = session.upgrade() {
                    session.advance(id);
                }
            }
            Self::Program(waker) => waker.wake(),
            Self::Stream(hook, acknowledged) => acknowledged(super::acknowledgement(&hook)),
        }
    }
}

/// All who wait for one thing, in the order in which they came.
#[derive(Default)]
pub(crate) struct Waiters {
    next: Cell<u64>,
    waiting: RefCell<BTreeMap<u64, Waiter>>,
    undelivered: Cell<usize>,
}

impl Waiters {
    fn add(&self, waiter: Waiter) -> u64 {
        let key = self.next.get();
        self.next.set(key + 1);
        self.waiting.borrow_mut().insert(key, waiter);
        key
    }

    fn remove(&self, key: u64) -> Option<Waiter> {
        self.waiting.borrow_mut().remove(&key)
    }

    /// Whether a request that came before has not been sent on: one that comes now must not overtake it.
    pub(crate) fn is_draining(&self) -> bool {
        self.undelivered.get() > 0
    }

    /// What `source` stood for is known.
    pub(crate) fn release(&self, source: &Rc<Hook>) {
        for waiter in std::mem::take(&mut *self.waiting.borrow_mut()).into_values() {
            match waiter {
                Waiter::Request(waiting) => self.forward_later(waiting, source),
                other => turn::later(Job::Ready(other)),
            }
        }
    }

    /// Lets those look again who can.
    pub(super) fn stir(&self) {
        let mut waiting = self.waiting.borrow_mut();
        let stirred: Vec<u64> = waiting
            .iter()
            .filter(|(_, waiter)| matches!(waiter, Waiter::Program(_) | Waiter::Export(..)))
            .map(|(key, _)| *key)
            .collect();
        for waiter in stirred.iter().filter_map(|key| waiting.remove(key)) {
            turn::later(Job::Ready(waiter));
        }
    }

    /// Sends the request on when those before it have been.
    pub(crate) fn forward_later(&self, waiting: Weak<Hook>, source: &Rc<Hook>) {
        self.undelivered.set(self.undelivered.get() + 1);
        turn::later(Job::Forward { waiting, source: source.clone() });
    }

    /// A request has been sent on.
    pub(crate) fn forwarded(&self) {
        self.undelivered.set(self.undelivered.get().saturating_sub(1));
    }
}

/// A place among those who wait, given up when it is dropped.
pub(crate) struct Ticket {
    hook: Weak<Hook>,
    key: u64,
}

impl Ticket {
    /// Waits for `hook`, which is not settled.
    pub(crate) fn take(hook: &Rc<Hook>, waiter: Waiter) -> Option<Self> {
        let key = hook.waiters()?.add(waiter);
        Some(Self { hook: Rc::downgrade(hook), key })
    }

    /// Waits for as long as it takes.
    pub(crate) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(hook) = self.hook.upgrade() {
            drop(hook.waiters().and_then(|waiters| waiters.remove(self.key)));
            // This may have been the last reference, where the thing waited for is going itself.
            drop(hook);
        }
    }
}

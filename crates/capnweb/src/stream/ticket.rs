//! A result that is waited for: whoever works settles it, whoever asked holds the ticket.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::error::{Error, Thrown};

pub(crate) type Done = Result<(), Thrown>;

/// Work that advances when somebody who waits for it asks.
pub(super) trait Work {
    fn advance(&self);

    /// Somebody who waited does so no longer: whoever else waits must be woken in his place.
    fn left(&self);
}

/// Waits for a result. Given up when dropped; what was asked for is done all the same, if anybody still waits.
pub(crate) struct Ticket {
    slot: Rc<RefCell<Slot>>,
    work: Option<Rc<dyn Work>>,
}

/// Settles a ticket.
pub(super) struct Settler(Rc<RefCell<Slot>>);

enum Slot {
    Waiting(Option<Waker>),
    Settled(Done),
    Taken,
}

impl Ticket {
    pub(super) fn pair(work: Option<Rc<dyn Work>>) -> (Settler, Self) {
        let slot = Rc::new(RefCell::new(Slot::Waiting(None)));
        (Settler(slot.clone()), Self { slot, work })
    }

    pub(super) fn settled(done: Done) -> Self {
        Self { slot: Rc::new(RefCell::new(Slot::Settled(done))), work: None }
    }

    fn take(&self, waker: &Waker) -> Option<Done> {
        let mut slot = self.slot.borrow_mut();
        if let Slot::Waiting(kept) = &mut *slot {
            kept.clone_from(&Some(waker.clone()));
            return None;
        }
        match std::mem::replace(&mut *slot, Slot::Taken) {
            Slot::Settled(done) => Some(done),
            Slot::Waiting(_) | Slot::Taken => Some(Err(gone())),
        }
    }
}

impl Future for Ticket {
    type Output = Done;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Done> {
        if let Some(done) = self.take(context.waker()) {
            return Poll::Ready(done);
        }
        let Some(work) = &self.work else { return Poll::Pending };
        work.advance();
        self.take(context.waker()).map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let waiting = matches!(*self.slot.borrow(), Slot::Waiting(_));
        if let Some(work) = self.work.take().filter(|_| waiting) {
            *self.slot.borrow_mut() = Slot::Taken;
            work.left();
        }
    }
}

impl Settler {
    pub(super) fn settle(self, done: Done) {
        self.put(done);
    }

    /// Who is to be woken for the work that this ticket waits for.
    pub(super) fn waker(&self) -> Option<Waker> {
        match &*self.0.borrow() {
            Slot::Waiting(waker) => waker.clone(),
            Slot::Settled(_) | Slot::Taken => None,
        }
    }

    fn put(&self, done: Done) {
        let before = match &mut *self.0.borrow_mut() {
            slot @ Slot::Waiting(_) => std::mem::replace(slot, Slot::Settled(done)),
            Slot::Settled(_) | Slot::Taken => return,
        };
        if let Slot::Waiting(Some(waker)) = before {
            waker.wake();
        }
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        let waiting = matches!(*self.0.borrow(), Slot::Waiting(_));
        if waiting {
            self.put(Err(gone()));
        }
    }
}

pub(super) fn gone() -> Thrown {
    Error::new("Error", "The stream is gone.").into()
}

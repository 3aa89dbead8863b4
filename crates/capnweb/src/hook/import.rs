//! What is with a peer: an object of its, or the answer to a call.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::{Hook, Request, Waiters, progress};
use crate::error::Thrown;
use crate::exchange::Id;
use crate::session::{Inner, Unanswered};
use crate::turn;

/// An entry in the table of what a session holds of its peer's.
pub(crate) struct Import {
    session: Weak<Inner>,
    id: Id,
    /// It is going to have a value; else it is an object.
    is_promise: bool,
    is_pulled: Cell<bool>,
    resolution: RefCell<Option<Rc<Hook>>>,
    pub(super) waiters: Waiters,
    /// Another peer pays for what it makes this side ask.
    unanswered: RefCell<Option<Unanswered>>,
}

impl Import {
    /// An entry.
    pub(crate) fn entry(session: Weak<Inner>, id: Id, is_promise: bool, unanswered: Option<Unanswered>) -> Rc<Hook> {
        Rc::new(Hook::Import(Self {
            session,
            id,
            is_promise,
            is_pulled: Cell::new(false),
            resolution: RefCell::new(None),
            waiters: Waiters::default(),
            unanswered: RefCell::new(unanswered),
        }))
    }

    /// Whether it is going to have a value.
    pub(crate) fn is_promise(&self) -> bool {
        self.is_promise
    }

    /// The peer is going to tell its value unasked.
    pub(crate) fn comes_unasked(&self) {
        self.is_pulled.set(true);
    }

    /// Its position, where it is one of this session's that is not known yet.
    pub(crate) fn position(&self, session: &Rc<Inner>) -> Option<Id> {
        let is_of = std::ptr::eq(self.session.as_ptr(), Rc::as_ptr(session));
        (is_of && self.resolution.borrow().is_none()).then_some(self.id)
    }

    /// Whether both are the same entry.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.session.ptr_eq(&other.session)
    }

    pub(super) fn resolution(&self) -> Option<Rc<Hook>> {
        self.resolution.borrow().clone()
    }

    /// Sends a request to the peer.
    pub(super) fn send(&self, request: Request) -> Rc<Hook> {
        match self.session.upgrade() {
            Some(session) => session.request(self.id, request),
            None => Hook::error(crate::session::gone()),
        }
    }

    /// Sends a request that is answered unasked, and the size of what was sent.
    pub(crate) fn stream(&self, request: Request) -> Result<(Rc<Hook>, usize), Thrown> {
        match self.session.upgrade() {
            Some(session) => session.stream(self.id, request),
            None => Err(crate::session::gone().into()),
        }
    }

    /// Asks the peer for the value.
    pub(super) fn pull(&self) {
        if self.resolution.borrow().is_none()
            && !self.is_pulled.replace(true)
            && let Some(session) = self.session.upgrade()
        {
            session.pull(self.id);
        }
    }

    /// Says what `hook`, which is this, turned out to be.
    pub(crate) fn resolve(&self, hook: &Rc<Hook>, next: Rc<Hook>) {
        let next = progress::without_circle(hook, next);
        let before = self.resolution.replace(Some(next));
        drop((before, self.unanswered.take()));
        self.waiters.release(hook);
    }

    /// Is an error now, and refers to nothing.
    pub(super) fn break_up(&self) {
        let broken = Hook::error(crate::session::gone());
        let mut resolution = self.resolution.borrow_mut();
        let before = resolution.as_mut().map(|resolution| std::mem::replace(resolution, broken));
        drop(resolution);
        turn::bury(before);
    }

    pub(super) fn each_reference(&self, each: &mut dyn FnMut(&Rc<Hook>)) {
        if let Some(resolution) = &*self.resolution.borrow() {
            each(resolution);
        }
    }

    pub(super) fn bury(&mut self) {
        match self.resolution.get_mut().take() {
            Some(resolution) => turn::bury(resolution),
            None => {
                if let Some(session) = self.session.upgrade() {
                    session.release(self.id);
                }
            }
        }
    }
}

//! What is with a peer: an object of its, or the answer to a call.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::{Hook, Request, Waiters, eventual};
use crate::exchange::Id;
use crate::session::Inner;
use crate::turn;

/// An entry in the table of what a session holds of its peer's.
pub(crate) struct Import {
    session: Weak<Inner>,
    id: Id,
    resolution: RefCell<Option<Rc<Hook>>>,
    pulled: Cell<bool>,
    pub(super) waiters: Waiters,
}

impl Import {
    /// An entry. `pulled`: the peer is going to tell its value unasked.
    pub(crate) fn new(session: Weak<Inner>, id: Id, pulled: bool) -> Rc<Hook> {
        let (resolution, pulled) = (RefCell::new(None), Cell::new(pulled));
        Rc::new(Hook::Import(Self { session, id, resolution, pulled, waiters: Waiters::default() }))
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
    pub(crate) fn stream(&self, request: Request) -> (Rc<Hook>, Option<usize>) {
        match self.session.upgrade() {
            Some(session) => session.stream(self.id, request),
            None => (Hook::error(crate::session::gone()), None),
        }
    }

    /// Asks the peer for the value.
    pub(super) fn pull(&self) {
        if self.resolution.borrow().is_none()
            && !self.pulled.replace(true)
            && let Some(session) = self.session.upgrade()
        {
            session.pull(self.id);
        }
    }

    /// Says what `hook`, which is this, turned out to be.
    pub(crate) fn resolve(&self, hook: &Rc<Hook>, next: Rc<Hook>) {
        let next = eventual::without_circle(hook, next);
        let before = self.resolution.replace(Some(next));
        drop(before);
        self.waiters.release(hook);
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

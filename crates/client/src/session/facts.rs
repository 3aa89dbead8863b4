//! What this side knows of a session.

use std::cell::RefCell;

use crate::diff::{SessionDiff, Snapshot};
use crate::view::{CapEntry, SessionInfo, View};

/// The view of one session, and what its next look is compared with.
pub(crate) struct Facts {
    number: u32,
    view: RefCell<View>,
    last: RefCell<Option<Snapshot>>,
}

impl Facts {
    pub(super) fn new(number: u32) -> Self {
        Self { number, view: RefCell::default(), last: RefCell::default() }
    }

    /// Which session of the transcript it is.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(crate) fn view(&self) -> View {
        self.view.borrow().clone()
    }

    pub(super) fn learn_info(&self, info: &SessionInfo) {
        self.view.borrow_mut().info = Some(info.clone());
    }

    pub(super) fn learn_caps(&self, caps: &[CapEntry]) {
        self.view.borrow_mut().caps = Some(caps.to_vec());
    }

    pub(super) fn compare(&self, now: Snapshot) -> SessionDiff {
        let mut last = self.last.borrow_mut();
        let diff = last.as_ref().map_or_else(SessionDiff::baseline, |last| SessionDiff::between(last, &now));
        *last = Some(now);
        diff
    }

    /// It is not to be shown until it is asked for again.
    pub(crate) fn hide(&self) {
        self.view.take();
    }

    /// It is over.
    pub(crate) fn forget(&self) {
        self.hide();
        self.last.take();
    }
}

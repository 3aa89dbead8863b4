//! What a session's driver is asked for: to go on with some work, and to count what a peer has not got yet.

use std::rc::{Rc, Weak};
use std::task::Waker;

use super::driver::{Driver, What};
use crate::error::Error;
use crate::hook::{Hook, Origin};
use crate::stream::Charge;

/// A place among the work of a session, given up when it is dropped.
pub(crate) struct Seat {
    driver: Weak<Driver>,
    key: usize,
}

impl Seat {
    pub(crate) fn take(driver: &Rc<Driver>) -> Self {
        Self { driver: Rc::downgrade(driver), key: driver.add(What::Hook(Weak::new())) }
    }

    /// The seat is that hook's.
    pub(crate) fn give(&self, hook: &Rc<Hook>) {
        if let Some(driver) = self.driver.upgrade()
            && let Some(task) = driver.tasks.borrow_mut().get_mut(self.key)
        {
            task.what = What::Hook(Rc::downgrade(hook));
        }
    }

    pub(crate) fn waker(&self) -> Waker {
        let driver = self.driver.upgrade();
        let waker = driver.and_then(|driver| driver.tasks.borrow().get(self.key).map(|task| task.waker.clone()));
        waker.unwrap_or_else(|| Waker::noop().clone())
    }

    /// Its work can go on.
    pub(crate) fn wake(&self) {
        self.waker().wake();
    }

    /// Whether somebody goes on with its work.
    pub(crate) fn is_driven(&self) -> bool {
        self.driver.strong_count() > 0
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.upgrade() {
            let task = driver.tasks.borrow_mut().try_remove(self.key);
            drop(task);
        }
    }
}

/// Something that a peer asked for and that is not answered.
pub(crate) enum Unanswered {
    Called(Rc<Driver>),
    /// A write counts among what streams hold: a window has room for thousands.
    Written {
        _charge: Option<Charge>,
    },
}

impl Unanswered {
    pub(crate) fn new(origin: &Origin) -> Self {
        let driver = &origin.driver;
        if origin.is_streamed {
            return Self::Written { _charge: driver.custody.place() };
        }
        let count = driver.unanswered.get() + 1;
        driver.unanswered.set(count);
        if count > driver.limits().pending_calls {
            driver.fail(Error::range_error("Too many calls wait for their answers."));
        }
        Self::Called(driver.clone())
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Self::Called(driver) = self {
            driver.unanswered.set(driver.unanswered.get().saturating_sub(1));
        }
    }
}

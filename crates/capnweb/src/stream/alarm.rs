//! Wakes one of several who wait for a future, and remembers whether that future has to be polled at all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

#[derive(Default)]
pub(super) struct Alarm(Arc<Bell>);

#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    sleeper: Mutex<Option<Waker>>,
}

impl Alarm {
    /// Who is woken.
    pub(super) fn set(&self, sleeper: Option<Waker>) {
        *self.0.sleeper() = sleeper;
    }

    /// The next time it is asked, it rang.
    pub(super) fn ring(&self) {
        self.0.rung.store(true, Ordering::Release);
    }

    /// Whether it rang since it was asked last: with the waker to poll with.
    pub(super) fn rung(&self) -> Option<Waker> {
        self.0.rung.swap(false, Ordering::AcqRel).then(|| Waker::from(self.0.clone()))
    }
}

impl Bell {
    fn sleeper(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.sleeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        let sleeper = self.sleeper().clone();
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
    }
}

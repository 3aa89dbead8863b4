//! Memory of the peer's messages, counted for as long as anything here holds them.

use std::cell::Cell;
use std::rc::Rc;
use std::task::Waker;

/// Bytes of messages that were delivered and are not dropped yet.
#[derive(Default)]
pub(crate) struct Held {
    calls: Cell<usize>,
    all: Cell<usize>,
    waiting: Cell<Option<Waker>>,
}

/// One message's share.
pub(crate) struct Share {
    held: Rc<Held>,
    bytes: usize,
    call: bool,
}

impl Held {
    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }

    pub(crate) fn all(&self) -> usize {
        self.all.get()
    }

    pub(crate) fn take(self: &Rc<Self>, bytes: usize, call: bool) -> Share {
        self.all.set(self.all.get() + bytes);
        if call {
            self.calls.set(self.calls.get() + bytes);
        }
        Share { held: self.clone(), bytes, call }
    }

    /// Wakes this once something was given back.
    pub(crate) fn wait(&self, waker: &Waker) {
        self.waiting.set(Some(waker.clone()));
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let held = &self.held;
        held.all.set(held.all.get() - self.bytes);
        if self.call {
            held.calls.set(held.calls.get() - self.bytes);
            if let Some(waker) = held.waiting.take() {
                waker.wake();
            }
        }
    }
}

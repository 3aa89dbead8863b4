//! How far a connection is with the request it is at.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Where one request and its answer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Nothing was asked.
    Idle,
    /// The head was passed on.
    Asked,
    /// The answer is going out.
    Answering,
    /// The same, of one that goes on for as long as it likes.
    Streaming,
    /// All of it is there, and perhaps not written yet.
    Answered,
}

/// Shared by what reads and writes the connection and by what answers on it, which are polled by one task.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    phase: AtomicU8,
    last: AtomicBool,
}

impl Exchange {
    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Idle,
            1 => Phase::Asked,
            2 => Phase::Answering,
            3 => Phase::Streaming,
            _ => Phase::Answered,
        }
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    /// What comes after this request is not looked at any more.
    pub(crate) fn make_last(&self) {
        self.last.store(true, Ordering::Release);
    }

    pub(crate) fn is_last(&self) -> bool {
        self.last.load(Ordering::Acquire)
    }
}

//! Counters of what happened in a laboratory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::sync::Notify;

/// One reading of a [`Tally`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that reached a server method.
    pub started: u64,
    /// Calls whose method returned, with a result or with an error.
    pub finished: u64,
    /// Calls whose method was dropped before it returned.
    pub cancelled: u64,
    /// Objects made so far.
    pub made: u64,
    /// Objects dropped so far.
    pub dropped: u64,
    /// Chunks swallowed by `sink`.
    pub chunks: u64,
    /// Bytes swallowed by `sink`.
    pub bytes: u64,
}

impl Counts {
    /// Calls inside a server method.
    #[must_use]
    pub fn running(&self) -> u64 {
        self.started - self.finished - self.cancelled
    }

    /// Objects that somebody still holds.
    #[must_use]
    pub fn alive(&self) -> u64 {
        self.made - self.dropped
    }
}

/// Counters that any thread may read, and wait on with [`Tally::until`].
#[derive(Debug, Default)]
pub struct Tally {
    started: AtomicU64,
    finished: AtomicU64,
    cancelled: AtomicU64,
    made: AtomicU64,
    dropped: AtomicU64,
    chunks: AtomicU64,
    bytes: AtomicU64,
    changed: Notify,
}

impl Tally {
    /// The counters as they stand.
    #[must_use]
    pub fn counts(&self) -> Counts {
        // What ends is read before what begins, so that a reader on another thread never sees more ends than beginnings.
        let finished = self.finished.load(Relaxed);
        let cancelled = self.cancelled.load(Relaxed);
        let dropped = self.dropped.load(Relaxed);
        Counts {
            started: self.started.load(Relaxed),
            finished,
            cancelled,
            made: self.made.load(Relaxed),
            dropped,
            chunks: self.chunks.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
        }
    }

    /// Waits until the counters satisfy `condition`; the caller sets the time-out.
    pub async fn until(&self, condition: impl Fn(Counts) -> bool) -> Counts {
        loop {
            // Armed before the look, so that a change in between wakes it.
            let changed = self.changed.notified();
            let counts = self.counts();
            if condition(counts) {
                return counts;
            }
            changed.await;
        }
    }

    pub(super) fn object_made(&self) {
        self.bump(&self.made, 1);
    }

    pub(super) fn object_dropped(&self) {
        self.bump(&self.dropped, 1);
    }

    pub(super) fn swallowed(&self, bytes: usize) {
        self.chunks.fetch_add(1, Relaxed);
        self.bump(&self.bytes, bytes as u64);
    }

    fn bump(&self, counter: &AtomicU64, by: u64) {
        counter.fetch_add(by, Relaxed);
        self.changed.notify_waiters();
    }
}

/// One call from its start; dropped without [`Self::finish`] it counts as cancelled.
pub(super) struct CallRecord {
    tally: Arc<Tally>,
    finished: bool,
}

impl CallRecord {
    pub(super) fn new(tally: Arc<Tally>) -> Self {
        tally.bump(&tally.started, 1);
        Self { tally, finished: false }
    }

    pub(super) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for CallRecord {
    fn drop(&mut self) {
        let counter = if self.finished { &self.tally.finished } else { &self.tally.cancelled };
        self.tally.bump(counter, 1);
    }
}

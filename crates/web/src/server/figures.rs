//! What has happened, counted, for the operator.

use std::sync::atomic::{AtomicU64, Ordering};

/// One count.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The count so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts since the start. No client is ever shown them.
#[derive(Debug, Default)]
pub struct Figures {
    /// Connections that were let in.
    pub connections: Count,
    /// Connections for which there was no place.
    pub turned_away: Count,
    /// Requests whose head was whole.
    pub requests: Count,
    /// Requests that broke a bound of the listener, or came by a name that is none of its own.
    pub refused: Count,
    /// Answers that were given up because nobody took them.
    pub stalled: Count,
}

//! Time that moves only when the test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Nanoseconds since this clock began; clones show the same time.
///
/// It never goes back, and it stands still between calls of [`VirtualClock::advance`].
#[derive(Clone, Debug, Default)]
pub struct VirtualClock {
    nanoseconds: Arc<AtomicU64>,
}

impl VirtualClock {
    /// A clock at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The time in nanoseconds.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.nanoseconds.load(Ordering::SeqCst)
    }

    /// Moves the time on, and stops at the end of time rather than begin anew.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let later = |now: u64| Some(now.saturating_add(by));
        self.nanoseconds
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, later)
            .expect("the update always gives a value");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time_and_it_never_wraps() {
        let clock = VirtualClock::new();
        let other = clock.clone();
        clock.advance(Duration::from_nanos(7));
        assert_eq!(other.now(), 7);
        other.advance(Duration::MAX);
        assert_eq!(clock.now(), u64::MAX);
    }
}

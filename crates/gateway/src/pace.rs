//! How many of something in a time: as many at once, then evenly.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A bound on how often. Shared by all threads, and one atomic step to ask.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: u64,
    tolerance: u64,
    due: AtomicU64,
}

impl Pace {
    /// `count` in each `time`.
    pub(crate) fn new(count: u32, time: Duration) -> Self {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let interval = time / u64::from(count.max(1));
        Self { interval, tolerance: interval.saturating_mul(count.into()), due: AtomicU64::new(0) }
    }

    /// Whether one more may be, at this moment in nanoseconds.
    pub(crate) fn allows(&self, now: u64) -> bool {
        let taken = self.due.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |due| {
            let next = due.max(now).saturating_add(self.interval);
            (next - now <= self.tolerance).then_some(next)
        });
        taken.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_then_evenly() {
        let pace = Pace::new(3, Duration::from_secs(3));
        let now = 5_000_000_000;
        assert_eq!([pace.allows(now), pace.allows(now), pace.allows(now), pace.allows(now)], [true, true, true, false]);
        assert!(!pace.allows(now + 999_999_999));
        assert!(pace.allows(now + 1_000_000_000));
        assert!(!pace.allows(now + 1_000_000_000));
    }

    #[test]
    fn none_is_none() {
        assert!(!Pace::new(0, Duration::from_secs(1)).allows(1));
    }
}

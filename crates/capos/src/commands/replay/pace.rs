//! When what a recording has is to be shown. Pure: the time is a parameter.

use std::time::Duration;

/// The pace of a replay.
#[derive(Debug)]
pub(super) struct Pace {
    speed: f64,
    idle: Option<Duration>,
    /// When the last event was, as the recording has it.
    last: Duration,
    /// What is to be waited yet.
    left: Duration,
    stopped: bool,
}

impl Pace {
    /// So many times as fast, with no wait longer than `idle`.
    pub(super) fn new(speed: f64, idle: Option<Duration>) -> Self {
        Self { speed, idle, last: Duration::ZERO, left: Duration::ZERO, stopped: false }
    }

    /// What comes next was at that time.
    pub(super) fn next(&mut self, after: Duration) {
        let gap = after.saturating_sub(self.last);
        self.last = self.last.max(after);
        let gap = self.idle.map_or(gap, |idle| gap.min(idle));
        // Never so long that the sum could not be told: a recording ends within a year.
        let scaled = Duration::try_from_secs_f64(gap.as_secs_f64() / self.speed).unwrap_or(gap);
        self.left = self.left.saturating_add(scaled);
    }

    /// How long to wait yet; nothing where it was stopped.
    pub(super) fn left(&self) -> Option<Duration> {
        (!self.stopped).then_some(self.left)
    }

    /// So much time has passed.
    pub(super) fn passed(&mut self, time: Duration) {
        if !self.stopped {
            self.left = self.left.saturating_sub(time);
        }
    }

    /// Stops, or goes on.
    pub(super) fn toggle(&mut self) {
        self.stopped = !self.stopped;
    }

    /// Shows what comes next at once, where it was stopped.
    pub(super) fn step(&mut self) -> bool {
        if self.stopped {
            self.left = Duration::ZERO;
        }
        self.stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_are_scaled_and_the_long_ones_are_cut() {
        let mut pace = Pace::new(4.0, Some(SECOND * 2));
        pace.next(SECOND);
        assert_eq!(pace.left(), Some(SECOND / 4));
        pace.passed(SECOND / 4);
        pace.next(SECOND * 100);
        assert_eq!(pace.left(), Some(SECOND / 2), "two seconds at most, four times as fast");
        pace.passed(SECOND * 9);
        pace.next(SECOND * 50);
        assert_eq!(pace.left(), Some(Duration::ZERO), "what goes back in time is not waited for");
    }

    #[test]
    fn what_was_stopped_waits_for_ever_and_goes_on_where_it_was() {
        let mut pace = Pace::new(1.0, None);
        pace.next(SECOND * 5);
        pace.passed(SECOND * 2);
        assert!(!pace.step(), "it is not stopped");
        pace.toggle();
        pace.passed(SECOND * 9);
        assert_eq!(pace.left(), None);
        pace.toggle();
        assert_eq!(pace.left(), Some(SECOND * 3));
        pace.toggle();
        assert!(pace.step());
        pace.next(SECOND * 6);
        pace.toggle();
        assert_eq!(pace.left(), Some(SECOND));
    }

    #[test]
    fn the_longest_wait_at_the_slowest_pace_is_a_time() {
        let mut pace = Pace::new(0.01, None);
        for _ in 0..3 {
            pace.next(Duration::MAX);
        }
        assert!(pace.left().is_some());
    }
}

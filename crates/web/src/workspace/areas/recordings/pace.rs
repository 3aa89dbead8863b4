//! When what a recording has is to be shown. Pure: the time is a parameter.

use std::time::Duration;

/// Where a recording is, and how it goes on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pace {
    /// Where it is, as the recording has it.
    at: Duration,
    pub(super) plays: bool,
    /// How many times as fast as it was.
    pub(super) speed: u16,
    /// Longest wait for what comes next; none where all waits are kept.
    pub(super) idle: Option<Duration>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { at: Duration::ZERO, plays: true, speed: 1, idle: None }
    }

    pub(super) fn at(&self) -> Duration {
        self.at
    }

    /// How long to wait until `next` is to be shown; nothing where it does not play.
    pub(super) fn left(&self, next: Duration) -> Option<Duration> {
        self.plays.then(|| self.wait(next) / u32::from(self.speed.max(1)))
    }

    fn wait(&self, next: Duration) -> Duration {
        let gap = next.saturating_sub(self.at);
        self.idle.map_or(gap, |idle| gap.min(idle))
    }

    /// So much time has passed while `next` was waited for. Of a wait that is cut short, its beginning is left out.
    pub(super) fn passed(&mut self, time: Duration, next: Duration) {
        if self.plays {
            let left = self.wait(next).saturating_sub(time.saturating_mul(u32::from(self.speed.max(1))));
            self.at = self.at.max(next.saturating_sub(left));
        }
    }

    /// It is there now.
    pub(super) fn reach(&mut self, at: Duration) {
        self.at = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_goes_as_fast_as_is_asked_for() {
        let mut pace = Pace::new();
        assert_eq!(pace.left(SECOND * 4), Some(SECOND * 4));
        pace.speed = 4;
        assert_eq!(pace.left(SECOND * 4), Some(SECOND));
        pace.passed(SECOND / 2, SECOND * 4);
        assert_eq!((pace.at(), pace.left(SECOND * 4)), (SECOND * 2, Some(SECOND / 2)));
    }

    #[test]
    fn what_is_stopped_stays_where_it_is() {
        let mut pace = Pace { plays: false, ..Pace::new() };
        assert_eq!(pace.left(SECOND), None);
        pace.passed(SECOND * 9, SECOND);
        assert_eq!(pace.at(), Duration::ZERO);
    }

    #[test]
    fn idle_time_is_skipped() {
        let mut pace = Pace { idle: Some(SECOND), ..Pace::new() };
        assert_eq!(pace.left(SECOND * 60), Some(SECOND));
        pace.passed(SECOND / 4, SECOND * 60);
        assert_eq!(pace.left(SECOND * 60), Some(SECOND * 3 / 4), "and no more than once");
        pace.passed(SECOND * 2, SECOND * 60);
        assert_eq!((pace.at(), pace.left(SECOND * 60)), (SECOND * 60, Some(Duration::ZERO)));
        assert_eq!(pace.left(SECOND * 60 + SECOND / 8), Some(SECOND / 8), "what is short is kept");
    }

    #[test]
    fn what_comes_before_where_it_is_is_not_waited_for() {
        let mut pace = Pace::new();
        pace.reach(SECOND * 5);
        assert_eq!(pace.left(SECOND), Some(Duration::ZERO));
        pace.passed(SECOND, SECOND);
        assert_eq!(pace.at(), SECOND * 5);
    }
}

//! How often something may be done: so much at once after a rest, and so much a minute in the long run.
//!
//! It is told the time, so that rules which take the time as a parameter can use it; [`Clock`](crate::Clock) has one that
//! never goes back.

const MINUTE_MS: u64 = 60_000;

/// What somebody may do.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Turns that can be saved up.
    pub burst: u32,
    /// Turns that come in within a minute.
    pub per_minute: u32,
}

impl Rate {
    /// So many at once, and so many a second.
    #[must_use]
    pub fn per_second(burst: u32, per_second: u32) -> Self {
        Self { burst, per_minute: per_second.saturating_mul(60) }
    }

    /// The rate of several of those who have this one.
    #[must_use]
    pub fn times(self, factor: u32) -> Self {
        Self { burst: self.burst.saturating_mul(factor), per_minute: self.per_minute.saturating_mul(factor) }
    }
}

/// The turns that somebody has left. All are there at first.
#[derive(Clone, Debug)]
pub struct Pace {
    rate: Rate,
    /// In parts of a turn, of which there are as many as milliseconds in a minute.
    level: u64,
    at_ms: u64,
}

impl Pace {
    /// Somebody who has rested.
    #[must_use]
    pub fn new(rate: Rate, now_ms: u64) -> Self {
        Self { rate, level: Self::brim(rate), at_ms: now_ms }
    }

    /// Whether there is a turn to be taken.
    pub fn has(&mut self, now_ms: u64) -> bool {
        self.fill(now_ms);
        self.level >= MINUTE_MS
    }

    /// Takes a turn, if there is one.
    pub fn take(&mut self, now_ms: u64) -> bool {
        let has = self.has(now_ms);
        if has {
            self.level -= MINUTE_MS;
        }
        has
    }

    /// Whether it is as good as a new one.
    pub fn is_full(&mut self, now_ms: u64) -> bool {
        self.fill(now_ms);
        self.level == Self::brim(self.rate)
    }

    fn fill(&mut self, now_ms: u64) {
        let passed = now_ms.saturating_sub(self.at_ms);
        let more = passed.saturating_mul(self.rate.per_minute.into());
        self.level = self.level.saturating_add(more).min(Self::brim(self.rate));
        self.at_ms = self.at_ms.max(now_ms);
    }

    fn brim(rate: Rate) -> u64 {
        u64::from(rate.burst) * MINUTE_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_as_much_as_has_come_in() {
        let mut pace = Pace::new(Rate { burst: 3, per_minute: 60 }, 5_000);
        assert_eq!((0..5).filter(|_| pace.take(5_000)).count(), 3);
        assert!(!pace.take(5_999));
        assert!(pace.take(6_000));
        assert!(!pace.take(6_000));
        assert!(!pace.is_full(8_999));
        assert!(pace.is_full(9_000));
        assert_eq!((0..5).filter(|_| pace.take(1_000_000)).count(), 3, "a rest saves up no more than a burst");
    }

    #[test]
    fn time_that_goes_back_fills_nothing_twice() {
        let mut pace = Pace::new(Rate { burst: 1, per_minute: 60 }, 10_000);
        assert!(pace.take(10_000));
        assert!(!pace.take(0));
        assert!(!pace.take(10_999));
        assert!(pace.take(u64::MAX));
    }

    #[test]
    fn a_rate_of_nothing_lets_nothing_through() {
        let mut pace = Pace::new(Rate { burst: 0, per_minute: 60 }, 0);
        assert!(!pace.take(u64::MAX));
    }
}

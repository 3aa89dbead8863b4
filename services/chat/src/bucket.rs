//! How often something may be done: so much at once after a rest, and so much a minute.

const MINUTE_MS: u64 = 60_000;

/// A rate: what a bucket holds, and how fast it fills.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) burst: u32,
    pub(crate) per_minute: u32,
}

impl Rate {
    /// The rate of several of those who have this one.
    pub(crate) fn times(self, factor: u32) -> Self {
        Self { burst: self.burst.saturating_mul(factor), per_minute: self.per_minute.saturating_mul(factor) }
    }
}

/// A bucket of one rate. It is full at first.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    /// In parts of a token, of which there are as many as milliseconds in a minute.
    level: u64,
    at_ms: u64,
}

impl Bucket {
    pub(crate) fn new(rate: Rate, now_ms: u64) -> Self {
        Self { rate, level: Self::brim(rate), at_ms: now_ms }
    }

    /// Whether there is a token to be taken.
    pub(crate) fn has(&mut self, now_ms: u64) -> bool {
        self.fill(now_ms);
        self.level >= MINUTE_MS
    }

    /// Takes a token, if there is one.
    pub(crate) fn take(&mut self, now_ms: u64) -> bool {
        let has = self.has(now_ms);
        if has {
            self.level -= MINUTE_MS;
        }
        has
    }

    /// Whether it is as good as a new one.
    pub(crate) fn is_full(&mut self, now_ms: u64) -> bool {
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
        let mut bucket = Bucket::new(Rate { burst: 3, per_minute: 60 }, 5_000);
        assert_eq!((0..5).filter(|_| bucket.take(5_000)).count(), 3);
        assert!(!bucket.take(5_999));
        assert!(bucket.take(6_000));
        assert!(!bucket.take(6_000));
        assert!(!bucket.is_full(8_999));
        assert!(bucket.is_full(9_000));
        assert_eq!((0..5).filter(|_| bucket.take(1_000_000)).count(), 3, "a rest saves up no more than a burst");
    }

    #[test]
    fn time_that_goes_back_fills_nothing_twice() {
        let mut bucket = Bucket::new(Rate { burst: 1, per_minute: 60 }, 10_000);
        assert!(bucket.take(10_000));
        assert!(!bucket.take(0));
        assert!(!bucket.take(10_999));
        assert!(bucket.take(u64::MAX));
    }

    #[test]
    fn a_rate_of_nothing_lets_nothing_through() {
        let mut bucket = Bucket::new(Rate { burst: 0, per_minute: 60 }, 0);
        assert!(!bucket.take(u64::MAX));
    }
}

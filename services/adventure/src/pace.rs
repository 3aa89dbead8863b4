//! How often one session may do something.

/// A bucket of turns that fills up with time.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: u64,
    most: u64,
    /// Thousandths of a turn that are left.
    left: u64,
    at_ms: u64,
}

impl Pace {
    pub(crate) fn new(per_second: u32, burst: u32) -> Pace {
        let most = u64::from(burst).saturating_mul(1_000);
        Pace { per_second: u64::from(per_second), most, left: most, at_ms: 0 }
    }

    /// Takes one turn, at a time in milliseconds; false where none is left.
    pub(crate) fn take(&mut self, now_ms: u64) -> bool {
        let passed = now_ms.saturating_sub(self.at_ms);
        self.at_ms = self.at_ms.max(now_ms);
        self.left = self.left.saturating_add(passed.saturating_mul(self.per_second)).min(self.most);
        let enough = self.left >= 1_000;
        self.left -= if enough { 1_000 } else { 0 };
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_through_and_one_more_has_to_wait() {
        let mut pace = Pace::new(10, 3);
        assert_eq!([0, 0, 0, 0].map(|now| pace.take(now)), [true, true, true, false]);
        assert!(!pace.take(99));
        assert!(pace.take(100));
        assert!(!pace.take(100));
    }
}

//! Notices when the clock on the wall was set: leases and sessions do not move with it, dates in the journal do.

use std::time::Duration;

/// What a clock may be corrected by without a word; the time service moves it in small steps all day.
const TOLERANCE_MS: u64 = 2000;
/// Time between two looks.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A clock on the wall, beside one that nobody can set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClockWatch {
    wall_ms: u64,
    steady_ns: u64,
}

/// How far the clock on the wall was set, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jump {
    Forward(Duration),
    Back(Duration),
}

impl ClockWatch {
    /// Begins with what both show.
    pub(crate) fn new(wall_ms: u64, steady_ns: u64) -> Self {
        Self { wall_ms, steady_ns }
    }

    /// Compares what both show with the last time.
    pub(crate) fn look(&mut self, wall_ms: u64, steady_ns: u64) -> Option<Jump> {
        let passed_ms = steady_ns.saturating_sub(self.steady_ns) / 1_000_000;
        let expected = self.wall_ms.saturating_add(passed_ms);
        *self = Self::new(wall_ms, steady_ns);
        let ahead = Duration::from_millis(wall_ms.saturating_sub(expected));
        let behind = Duration::from_millis(expected.saturating_sub(wall_ms));
        match wall_ms.abs_diff(expected) {
            0..=TOLERANCE_MS => None,
            _ if wall_ms > expected => Some(Jump::Forward(ahead)),
            _ => Some(Jump::Back(behind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_clock_that_was_set_is_noticed_once() {
        let mut watch = ClockWatch::new(1_000_000, 0);
        assert_eq!(watch.look(1_005_000, 5 * SECOND), None);
        assert_eq!(watch.look(1_010_000 + TOLERANCE_MS, 10 * SECOND), None, "at the tolerance");
        let hour = Duration::from_secs(3600);
        assert_eq!(watch.look(1_017_000 + 3_600_000, 15 * SECOND), Some(Jump::Forward(hour)));
        assert_eq!(watch.look(1_022_000 + 3_600_000, 20 * SECOND), None, "it is the new time");
        assert_eq!(watch.look(1_027_000, 25 * SECOND), Some(Jump::Back(hour)));
        let back = Jump::Back(Duration::from_millis(TOLERANCE_MS + 1));
        assert_eq!(watch.look(1_032_000 - TOLERANCE_MS - 1, 30 * SECOND), Some(back), "past the tolerance");
    }

    #[test]
    fn a_long_sleep_of_the_machine_is_no_jump() {
        let mut watch = ClockWatch::new(0, 0);
        assert_eq!(watch.look(86_400_000, 86_400 * SECOND), None);
    }
}

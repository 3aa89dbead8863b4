//! Deadlines of input and output, as arithmetic on given times.

use std::time::{Duration, Instant};

use crate::limits::Limits;

/// How fast a started frame must come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FramePace {
    since: Instant,
    bytes: u64,
}

impl FramePace {
    pub(crate) fn new(now: Instant) -> Self {
        Self { since: now, bytes: 0 }
    }

    pub(crate) fn arrived(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// When the frame is too slow, if nothing more comes.
    pub(crate) fn deadline(&self, limits: &Limits, in_body: bool) -> Instant {
        if !in_body {
            return self.since + limits.header_time;
        }
        let earned = self.bytes.saturating_mul(1000) / u64::from(limits.body_rate.max(1));
        self.since + limits.body_grace + Duration::from_millis(earned)
    }
}

/// How long output has waited for the peer. Only a fair amount counts as progress, so that reading a byte
/// now and then does not hold a full queue for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SendPace {
    since: Instant,
    bytes: usize,
}

const FAIR_PROGRESS: usize = 64 << 10;

impl SendPace {
    pub(crate) fn new(now: Instant) -> Self {
        Self { since: now, bytes: 0 }
    }

    pub(crate) fn wrote(&mut self, bytes: usize, now: Instant) {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes >= FAIR_PROGRESS {
            *self = Self::new(now);
        }
    }

    pub(crate) fn deadline(&self, limits: &Limits) -> Instant {
        self.since + limits.send_stall
    }
}

/// How long a call has waited for the inbound window. A call that ends is progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pause {
    since: Instant,
    held: usize,
}

impl Pause {
    pub(crate) fn new(held: usize, now: Instant) -> Self {
        Self { since: now, held }
    }

    /// The bytes of calls held at this moment: nothing is taken in meanwhile, so they only ever become fewer.
    pub(crate) fn holds(&mut self, held: usize, now: Instant) {
        if held < self.held {
            *self = Self::new(held, now);
        }
    }

    pub(crate) fn deadline(&self, limits: &Limits) -> Instant {
        self.since + limits.window_stall
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dribbled_frame_is_late_after_the_grace_and_a_steady_one_is_not() {
        let limits = Limits::default();
        let start = Instant::now();
        let mut pace = FramePace::new(start);
        assert_eq!(pace.deadline(&limits, false), start + limits.header_time);
        for _ in 0..5 {
            pace.arrived(1);
        }
        assert_eq!(pace.deadline(&limits, true), start + limits.body_grace);
        pace.arrived(640 << 10);
        assert_eq!(pace.deadline(&limits, true), start + limits.body_grace + Duration::from_secs(10));
    }

    #[test]
    fn a_pause_starts_over_when_a_call_ends_and_only_then() {
        let limits = Limits::default();
        let start = Instant::now();
        let later = start + Duration::from_secs(29);
        let mut pause = Pause::new(100, start);
        pause.holds(100, later);
        assert_eq!(pause.deadline(&limits), start + limits.window_stall);
        pause.holds(99, later);
        assert_eq!(pause.deadline(&limits), later + limits.window_stall);
    }

    #[test]
    fn reading_a_byte_now_and_then_is_no_progress() {
        let limits = Limits::default();
        let start = Instant::now();
        let later = start + Duration::from_secs(29);
        let mut pace = SendPace::new(start);
        pace.wrote(FAIR_PROGRESS - 1, later);
        assert_eq!(pace.deadline(&limits), start + limits.send_stall);
        pace.wrote(1, later);
        assert_eq!(pace.deadline(&limits), later + limits.send_stall);
    }
}

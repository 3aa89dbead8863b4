//! How often a session may ask.

use std::cell::Cell;
use std::time::Instant;

use capos_service::quota_exceeded;

use crate::limits::Limits;

/// Calls that a session has saved up.
pub(crate) struct Pace {
    calls: Cell<f64>,
    at: Cell<Instant>,
    most: f64,
    per_second: f64,
}

impl Pace {
    pub(crate) fn new(limits: &Limits) -> Self {
        let most = f64::from(limits.calls_saved);
        let per_second = f64::from(limits.calls_per_second);
        Self { calls: Cell::new(most), at: Cell::new(Instant::now()), most, per_second }
    }

    /// Takes one call out, or denies it.
    pub(crate) fn take(&self, now: Instant) -> Result<(), capnp::Error> {
        let passed = now.saturating_duration_since(self.at.replace(now)).as_secs_f64();
        let saved = (self.calls.get() + passed * self.per_second).min(self.most);
        let enough = saved >= 1.0;
        self.calls.set(if enough { saved - 1.0 } else { saved });
        enough.then_some(()).ok_or_else(|| quota_exceeded("too many calls in too short a time; wait a moment"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_saved_up_can_be_spent_and_not_one_call_more() {
        let pace = Pace::new(&Limits { calls_saved: 3, calls_per_second: 2, ..Limits::default() });
        let begun = Instant::now();
        let taken = |at: Duration| (0..5).take_while(|_| pace.take(begun + at).is_ok()).count();
        assert_eq!(taken(Duration::ZERO), 3);
        assert_eq!(taken(Duration::from_millis(499)), 0);
        assert_eq!(taken(Duration::from_secs(1)), 2);
        assert_eq!(taken(Duration::from_secs(60)), 3);
    }
}

//! The time, for what must neither stop nor happen twice because the clock on the wall was set.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 that never go back: the time of its making, and what has passed since.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began_ms: u64,
    began: Instant,
}

impl Clock {
    /// A clock that shows what the one on the wall shows.
    #[must_use]
    pub fn new() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { began_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX), began: Instant::now() }
    }

    /// The time.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.began_ms.saturating_add(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

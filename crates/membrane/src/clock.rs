//! Time as the membrane sees it: nanoseconds since some fixed moment, never going back.

use std::time::Instant;

/// Where leases and rates read the time.
pub trait Clock: Send + Sync {
    /// Nanoseconds since the clock's own beginning.
    fn now(&self) -> u64;
}

/// The machine's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Monotonic {
    beginning: Instant,
}

impl Monotonic {
    /// A clock that begins now.
    pub(crate) fn new() -> Self {
        Self { beginning: Instant::now() }
    }
}

impl Clock for Monotonic {
    fn now(&self) -> u64 {
        u64::try_from(self.beginning.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

//! The two times: one that only goes forward, by which things end, and the one that people read.

use std::time::Duration;

use futures::future::BoxFuture;
use rustix::time::{ClockId, clock_gettime};

/// What a sleeper trusts its timer for: a timer stands still while the machine sleeps, the steady clock does not.
const NAP: Duration = Duration::from_secs(1);

/// Where an authority reads the time.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970. It is shown and written down, and may jump.
    fn wall_ms(&self) -> u64;

    /// Nanoseconds since some fixed moment, never going back, and going on while the machine sleeps.
    /// Everything that ends by itself ends by this one.
    fn steady_ns(&self) -> u64;

    /// Waits for a steady time, or for less: whoever waits looks at the clock again.
    fn wait_until(&self, steady_ns: u64) -> BoxFuture<'static, ()> {
        let left = Duration::from_nanos(steady_ns.saturating_sub(self.steady_ns()));
        Box::pin(tokio::time::sleep(left.min(NAP)))
    }
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall_ms(&self) -> u64 {
        let time = clock_gettime(ClockId::Realtime);
        count(time.tv_sec, 1_000).saturating_add(count(time.tv_nsec, 1) / 1_000_000)
    }

    fn steady_ns(&self) -> u64 {
        let time = clock_gettime(ClockId::Boottime);
        count(time.tv_sec, 1_000_000_000).saturating_add(count(time.tv_nsec, 1))
    }
}

/// Nothing before 1970: a clock that says so is wrong.
fn count(number: i64, each: u64) -> u64 {
    u64::try_from(number).unwrap_or(0).saturating_mul(each)
}

//! Whether somebody is there, and until when a session lasts.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::view::shown;

shown! {
    /// Until when a session lasts.
    struct Times {
        /// Where nothing more is done in the browser.
        idle_ends_at_ms: u64,
        /// At most, unless it is renewed.
        ends_at_ms: u64,
    }
}

shown! {
    /// The node was told to stop.
    struct Stopping {
        /// By then it has stopped, and every session has ended.
        by_ms: u64,
    }
}

impl Stopping {
    pub(super) fn within(left: Duration, now_ms: u64) -> Self {
        Self { by_ms: now_ms.saturating_add(millis(left)) }
    }
}

/// Told of everything that somebody does, by the door, which ends what nobody uses.
pub(super) struct Presence {
    begun: Instant,
    begun_at_ms: u64,
    used: Mutex<Instant>,
    idle_time: Duration,
    whole_time: Duration,
}

impl Presence {
    /// Parts of the idle time after which windows are told how it stands.
    const PARTS: u32 = 60;

    /// It begins at that time, in milliseconds since 1970.
    pub(super) fn new(limits: &WorkspaceLimits, begun_at_ms: u64) -> Self {
        let begun = Instant::now();
        Self { begun, begun_at_ms, used: Mutex::new(begun), idle_time: limits.idle_time, whole_time: limits.whole_time }
    }

    pub(super) fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// When to tell windows anew.
    pub(super) fn next(&self) -> Instant {
        Instant::now() + (self.idle_time / Self::PARTS).max(Duration::from_millis(1))
    }

    /// How it stands, for a session that the node ends then.
    pub(super) fn times(&self, session_ends_at_ms: Option<u64>) -> Times {
        let used = *self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = self.at_ms(self.begun + self.whole_time);
        let ends_at_ms = session_ends_at_ms.map_or(whole, |session| session.min(whole));
        Times { idle_ends_at_ms: self.at_ms(used + self.idle_time).min(ends_at_ms), ends_at_ms }
    }

    /// Always the same for the same instant, so that windows are not told what they know.
    fn at_ms(&self, instant: Instant) -> u64 {
        self.begun_at_ms.saturating_add(millis(instant.duration_since(self.begun)))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn times_change_with_what_is_done_alone() {
        let limits = WorkspaceLimits { idle_time: 30 * MINUTE, whole_time: 40 * MINUTE, ..WorkspaceLimits::default() };
        let presence = Presence::new(&limits, 1_000);
        let before = presence.times(None);
        assert_eq!(before, Times { idle_ends_at_ms: 1_801_000, ends_at_ms: 2_401_000 });
        tokio::time::advance(MINUTE).await;
        assert_eq!(presence.times(None), before);
        presence.touch();
        assert_eq!(presence.times(None).idle_ends_at_ms, before.idle_ends_at_ms + 60_000);
        assert_eq!(presence.times(Some(5)), Times { idle_ends_at_ms: 5, ends_at_ms: 5 });
    }
}

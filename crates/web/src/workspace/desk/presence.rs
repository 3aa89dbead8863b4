//! Whether somebody is there, and until when a session lasts.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio::time::Instant;

use super::ending;
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
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

/// Told of everything that somebody does; what a page only reads does not count.
pub(super) struct Presence {
    begun: Instant,
    begun_at_ms: u64,
    used: Mutex<Instant>,
    left: watch::Sender<bool>,
    idle_time: Duration,
    whole_time: Duration,
}

impl Presence {
    /// Parts of the idle time after which windows are told how it stands.
    const PARTS: u32 = 60;

    pub(super) fn new(limits: &WorkspaceLimits) -> Self {
        let begun = Instant::now();
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            begun,
            begun_at_ms: millis(since_1970),
            used: Mutex::new(begun),
            left: watch::Sender::new(false),
            idle_time: limits.idle_time,
            whole_time: limits.whole_time,
        }
    }

    pub(super) fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Nobody is there any more.
    pub(super) fn leave(&self) {
        self.left.send_replace(true);
    }

    pub(super) async fn left(&self) {
        // The sender is right here.
        let _ = self.left.subscribe().wait_for(|left| *left).await;
    }

    fn idle_end(&self) -> Instant {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) + self.idle_time
    }

    fn whole_end(&self) -> Instant {
        self.begun + self.whole_time
    }

    /// When to look again.
    pub(super) fn next(&self) -> Instant {
        let soon = Instant::now() + (self.idle_time / Self::PARTS).max(Duration::from_millis(1));
        soon.min(self.idle_end()).min(self.whole_end())
    }

    /// Why it is over, where it is.
    pub(super) fn over(&self) -> Option<Problem> {
        let now = Instant::now();
        if self.whole_end() <= now {
            return Some(ending::expired());
        }
        (self.idle_end() <= now).then(ending::idle)
    }

    /// How it stands, for a session that the node ends then.
    pub(super) fn times(&self, session_ends_at_ms: Option<u64>) -> Times {
        let whole = self.at_ms(self.whole_end());
        let ends_at_ms = session_ends_at_ms.map_or(whole, |session| session.min(whole));
        Times { idle_ends_at_ms: self.at_ms(self.idle_end()).min(ends_at_ms), ends_at_ms }
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

    fn presence() -> Presence {
        let limits = WorkspaceLimits { idle_time: 30 * MINUTE, whole_time: 40 * MINUTE, ..WorkspaceLimits::default() };
        Presence::new(&limits)
    }

    fn code(why: Option<Problem>) -> Option<String> {
        why.map(|why| why.code.as_str().to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_nothing_is_signed_out_at_the_bound_and_not_before() {
        let presence = presence();
        tokio::time::advance(30 * MINUTE - Duration::from_millis(1)).await;
        assert_eq!(presence.over(), None);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(code(presence.over()).as_deref(), Some("idle"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_something_stays_until_the_whole_time_is_over() {
        let presence = presence();
        tokio::time::advance(29 * MINUTE).await;
        presence.touch();
        tokio::time::advance(11 * MINUTE - Duration::from_millis(1)).await;
        assert_eq!(presence.over(), None);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(code(presence.over()).as_deref(), Some("expired"));
    }

    #[tokio::test(start_paused = true)]
    async fn times_change_with_what_is_done_alone() {
        let presence = presence();
        let before = presence.times(None);
        tokio::time::advance(MINUTE).await;
        assert_eq!(presence.times(None), before);
        presence.touch();
        assert_eq!(presence.times(None).idle_ends_at_ms, before.idle_ends_at_ms + 60_000);
        assert_eq!(presence.times(Some(5)), Times { idle_ends_at_ms: 5, ends_at_ms: 5 });
    }

    #[tokio::test(start_paused = true)]
    async fn it_looks_again_no_later_than_something_ends() {
        let presence = presence();
        for _ in 0..80 {
            presence.touch();
            assert!(presence.next() <= presence.whole_end());
            tokio::time::sleep_until(presence.next()).await;
        }
        assert!(presence.over().is_some());
    }
}

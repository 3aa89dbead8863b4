//! Time that moves only when the test says so.

use std::time::Duration;

use tokio::sync::watch;

/// Nanoseconds since this clock began; clones show the same time.
///
/// It never goes back, and it stands still between calls of [`VirtualClock::advance`].
#[derive(Clone, Debug, Default)]
pub struct VirtualClock {
    nanoseconds: watch::Sender<u64>,
}

impl VirtualClock {
    /// A clock at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A clock at that time.
    #[must_use]
    pub fn at(nanoseconds: u64) -> Self {
        Self { nanoseconds: watch::Sender::new(nanoseconds) }
    }

    /// The time in nanoseconds.
    #[must_use]
    pub fn now(&self) -> u64 {
        *self.nanoseconds.borrow()
    }

    /// Moves the time on, and stops at the end of time rather than begin anew.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.send_modify(|now| *now = now.saturating_add(by));
    }

    /// Waits until it is that time, or later.
    pub fn until(&self, nanoseconds: u64) -> impl Future<Output = ()> + Send + use<> {
        let mut told = self.nanoseconds.subscribe();
        async move {
            // Where the last clock is gone, time does not come.
            if told.wait_for(|now| *now >= nanoseconds).await.is_err() {
                std::future::pending().await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time_and_it_never_wraps() {
        let clock = VirtualClock::new();
        let other = clock.clone();
        clock.advance(Duration::from_nanos(7));
        assert_eq!(other.now(), 7);
        other.advance(Duration::MAX);
        assert_eq!(clock.now(), u64::MAX);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken_when_it_is_time() {
        let clock = VirtualClock::at(5);
        clock.until(5).await;
        let waiting = tokio::spawn(clock.until(7));
        clock.advance(Duration::from_nanos(1));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_nanos(1));
        waiting.await.unwrap();
    }
}

//! A session again and again.

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::Error;

/// How long to wait before trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure. Each further one doubles it.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
    /// Failures in a row after which it is given up; `None` never.
    pub attempts: Option<u32>,
    /// A connection that held so long ends the row.
    pub steady: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(60),
            attempts: None,
            steady: Duration::from_secs(10),
        }
    }
}

impl Backoff {
    /// The wait after so many failures, without chance.
    fn wait(&self, failures: u32) -> Duration {
        let doubled = 2_u32.checked_pow(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(doubled).min(self.longest)
    }
}

/// Makes a connection whenever there is none.
///
/// Every connection is a fresh session: what was held of the one before is broken, and what the peer held of it is
/// disposed. The program asks for everything anew, which only it can do; nothing of this happens unless it is asked for.
///
/// ```no_run
/// # async fn example() -> Result<(), capnweb::Error> {
/// use capnweb::drivers::{Timing, client};
/// use capnweb::{Options, Session};
///
/// let mut reconnect = client::Reconnect::new(client::Backoff::default(), || async {
///     let session = Session::new(Options::default(), |_| None);
///     let driver = client::websocket("ws://127.0.0.1:8080/", &session, Timing::default()).await?;
///     Ok((session, driver))
/// });
/// loop {
///     let (session, driver) = reconnect.next().await?;
///     let work = async { session.remote().call(Some("subscribe"), vec![]).await };
///     let (outcome, ended) = futures::join!(work, driver);
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Reconnect<F> {
    backoff: Backoff,
    connect: F,
    failures: u32,
    connected: Option<Instant>,
}

impl<F> Reconnect<F> {
    /// Connects by `connect`.
    pub fn new(backoff: Backoff, connect: F) -> Self {
        Self { backoff, connect, failures: 0, connected: None }
    }

    /// Makes a connection, at once the first time and after a wait if the one before held for a short time only.
    ///
    /// # Errors
    /// The last failure, when it is given up.
    pub async fn next<T, C>(&mut self) -> Result<T, Error>
    where
        F: FnMut() -> C,
        C: Future<Output = Result<T, Error>>,
    {
        self.look_back();
        loop {
            if self.failures > 0 {
                sleep(with_chance(self.backoff.wait(self.failures))).await;
            }
            match (self.connect)().await {
                Ok(connected) => {
                    self.connected = Some(Instant::now());
                    return Ok(connected);
                }
                Err(error) if self.fails() => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// What became of the connection before.
    fn look_back(&mut self) {
        if let Some(since) = self.connected.take() {
            self.failures = if since.elapsed() >= self.backoff.steady { 0 } else { self.failures.saturating_add(1) };
        }
    }

    /// Counts a failure: whether it was the last one.
    fn fails(&mut self) -> bool {
        self.failures = self.failures.saturating_add(1);
        self.backoff.attempts.is_some_and(|most| self.failures >= most)
    }
}

/// Between half of it and all: clients that lost one server do not come back at one moment.
fn with_chance(wait: Duration) -> Duration {
    let chance = RandomState::new().build_hasher().finish() % 512;
    wait.mul_f64(0.5 + chance as f64 / 1_024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_longest() {
        let backoff = Backoff::default();
        let waits = [1, 2, 3, 7, 8, 40].map(|failures| backoff.wait(failures).as_millis());
        assert_eq!(waits, [500, 1_000, 2_000, 32_000, 60_000, 60_000]);
    }

    #[test]
    fn chance_takes_at_most_half_of_a_wait() {
        for _ in 0..100 {
            let wait = with_chance(Duration::from_secs(2));
            assert!(wait >= Duration::from_secs(1) && wait < Duration::from_secs(2), "{wait:?}");
        }
    }
}

//! Attempts to sign in by password: one at a time for an account and a source, and a wait after too many failures.
//!
//! What is not there is counted like what is: the table knows keyed hashes of names, whatever they name.
//! There is no wait for an account as a whole. It would let anybody lock the owner out, and the hash queue already
//! bounds how fast all sources together can guess.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::Limits;
use crate::source::SourceKey;

/// Failures of all pairs of account and source.
pub(crate) struct Attempts {
    state: Mutex<State>,
    keyed: RandomState,
}

#[derive(Default)]
struct State {
    failing: HashMap<Pair, Failing>,
    /// When a pair last signed in.
    known: HashMap<Pair, u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    account: u64,
    source: SourceKey,
}

#[derive(Default)]
struct Failing {
    turn: Arc<Turn<()>>,
    failures: u32,
    /// When it was last tried.
    tried_ns: u64,
    /// When it last failed.
    failed_ns: u64,
    until_ns: u64,
}

/// One attempt under way. Dropped without a word on how it went, it has failed.
pub(crate) struct Attempt<'a> {
    attempts: &'a Attempts,
    pair: Pair,
    bounds: Bounds,
    started_ns: u64,
    settled: bool,
    _turn: OwnedMutexGuard<()>,
}

#[derive(Clone, Copy)]
struct Bounds {
    failures: u32,
    first_ns: u64,
    longest_ns: u64,
    known: usize,
}

/// There were too many failures; the answer is to come back later.
#[derive(Debug)]
pub(crate) struct Wait;

impl Attempts {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::default(), keyed: RandomState::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pair(&self, account: &str, source: SourceKey) -> Pair {
        Pair { account: self.keyed.hash_one(account), source }
    }

    /// Begins an attempt once those before it are over.
    pub(crate) async fn begin(
        &self,
        account: &str,
        source: SourceKey,
        limits: &Limits,
        now_ns: impl Fn() -> u64,
    ) -> Result<Attempt<'_>, Wait> {
        let pair = self.pair(account, source);
        let turn = self.state().turn(pair, limits, now_ns());
        let turn = turn.lock_owned().await;
        let now = now_ns();
        let bounds = Bounds::of(limits);
        if !self.state().may_try(pair, bounds, now) {
            return Err(Wait);
        }
        Ok(Attempt { attempts: self, pair, bounds, started_ns: now, settled: false, _turn: turn })
    }

    /// Whether a source has signed in to an account before.
    pub(crate) fn knows(&self, account: &str, source: SourceKey) -> bool {
        self.state().known.contains_key(&self.pair(account, source))
    }

    /// Whether a source has signed in to any account before.
    pub(crate) fn knows_source(&self, source: SourceKey) -> bool {
        self.state().known.keys().any(|pair| pair.source == source)
    }

    /// Remembers that a source has signed in to an account.
    pub(crate) fn remember(&self, account: &str, source: SourceKey, limits: &Limits, now_ns: u64) {
        let pair = self.pair(account, source);
        self.state().remember(pair, limits.known_sources, now_ns);
    }
}

impl Attempt<'_> {
    /// The proof held, and so did everything else.
    pub(crate) fn succeeded(mut self) {
        self.settled = true;
        let mut state = self.attempts.state();
        state.failing.remove(&self.pair);
        state.remember(self.pair, self.bounds.known, self.started_ns);
    }

    /// It was not decided, for a reason that is not the peer's.
    pub(crate) fn withdrawn(mut self) {
        self.settled = true;
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.attempts.state().failed(self.pair, self.bounds, self.started_ns);
        }
    }
}

impl Bounds {
    fn of(limits: &Limits) -> Self {
        let ns = |duration: std::time::Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self {
            failures: limits.failures,
            first_ns: ns(limits.first_wait),
            longest_ns: ns(limits.longest_wait),
            known: limits.known_sources,
        }
    }

    fn wait(self, failures: u32) -> u64 {
        let Some(doublings) = failures.checked_sub(self.failures) else { return 0 };
        let factor = 1u64.checked_shl(doublings).unwrap_or(u64::MAX);
        self.first_ns.saturating_mul(factor).min(self.longest_ns)
    }
}

impl State {
    fn turn(&mut self, pair: Pair, limits: &Limits, now: u64) -> Arc<Turn<()>> {
        if !self.failing.contains_key(&pair) && self.failing.len() >= limits.failing {
            self.forget_one(now);
        }
        let failing = self.failing.entry(pair).or_default();
        failing.tried_ns = now;
        failing.turn.clone()
    }

    /// The one whose last attempt is the longest ago, and if possible none that has to wait: an attempt that is
    /// given up costs no hash, and must not push a wait out.
    fn forget_one(&mut self, now: u64) {
        let idle = self.failing.iter().filter(|(_, failing)| Arc::strong_count(&failing.turn) == 1);
        let oldest = idle.min_by_key(|(_, failing)| (now < failing.until_ns, failing.tried_ns));
        if let Some(pair) = oldest.map(|(pair, _)| *pair) {
            self.failing.remove(&pair);
        }
    }

    fn may_try(&mut self, pair: Pair, bounds: Bounds, now: u64) -> bool {
        let Some(failing) = self.failing.get_mut(&pair) else { return true };
        if now < failing.until_ns {
            return false;
        }
        // Long quiet is a new beginning.
        if now.saturating_sub(failing.until_ns.max(failing.failed_ns)) > bounds.longest_ns {
            failing.failures = 0;
        }
        true
    }

    fn failed(&mut self, pair: Pair, bounds: Bounds, now: u64) {
        let failing = self.failing.entry(pair).or_default();
        failing.failures = failing.failures.saturating_add(1);
        failing.failed_ns = now;
        failing.until_ns = now.saturating_add(bounds.wait(failing.failures));
    }

    fn remember(&mut self, pair: Pair, most: usize, now: u64) {
        if !self.known.contains_key(&pair) && self.known.len() >= most {
            let oldest = self.known.iter().min_by_key(|(_, at)| **at).map(|(pair, _)| *pair);
            if let Some(pair) = oldest {
                self.known.remove(&pair);
            }
        }
        self.known.insert(pair, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn source() -> SourceKey {
        Source::local().key()
    }

    async fn fail(attempts: &Attempts, account: &str, limits: &Limits, now: u64) -> bool {
        attempts.begin(account, source(), limits, || now).await.is_ok()
    }

    #[tokio::test]
    async fn so_many_failures_are_remembered_and_a_wait_is_forgotten_last() {
        let limits = Limits { failing: 3, failures: 1, ..Limits::default() };
        let attempts = Attempts::new();
        assert!(fail(&attempts, "waits", &limits, 1).await);
        // Given up without a failure that makes wait: the first to go.
        for name in ["a", "b", "c", "d"] {
            let attempt = attempts.begin(name, source(), &limits, || 2).await;
            attempt.unwrap_or_else(|_| panic!("{name} waits")).withdrawn();
            assert!(attempts.state().failing.len() <= 3);
        }
        assert!(!fail(&attempts, "waits", &limits, 3).await, "its wait was pushed out");
    }

    #[tokio::test]
    async fn long_quiet_is_a_new_beginning() {
        let limits = Limits::default();
        let attempts = Attempts::new();
        for now in 0..5 {
            assert!(fail(&attempts, "a", &limits, now).await);
        }
        assert!(!fail(&attempts, "a", &limits, 5).await);
        let later = u64::try_from((limits.longest_wait + limits.first_wait).as_nanos()).unwrap() + 10;
        for now in 0..5 {
            assert!(fail(&attempts, "a", &limits, later + now).await, "{now}");
        }
        assert!(!fail(&attempts, "a", &limits, later + 5).await);
    }

    #[test]
    fn so_many_sources_are_known_and_the_oldest_is_forgotten() {
        let limits = Limits { known_sources: 2, ..Limits::default() };
        let attempts = Attempts::new();
        for (now, name) in ["a", "b", "c"].into_iter().enumerate() {
            attempts.remember(name, source(), &limits, now as u64);
        }
        assert!(!attempts.knows("a", source()));
        assert!(attempts.knows("b", source()) && attempts.knows("c", source()));
        assert!(attempts.knows_source(source()));
    }
}

//! How much may be asked: at once, per second, and in all.
//!
//! A budget is shared by everything that draws on it (the grants of a session, the sessions of a principal), also
//! across threads, and taking from it is a handful of atomic operations.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

use capos_schema::Code;

const SECOND: u64 = 1_000_000_000;

/// The bounds of one budget.
#[derive(Clone, Copy, Debug)]
pub struct BudgetLimits {
    /// Calls without an answer. 1,024: a pipelined program is served, a flood is not.
    pub in_flight: u32,
    /// Calls per second, and how many may come in one burst; no bound by default.
    pub rate: Option<(u32, u32)>,
    /// Calls in all; no bound by default.
    pub total: Option<u64>,
    /// Bytes of the arguments of calls without an answer; no bound by default.
    ///
    /// A call that is larger by itself than all of it is refused for good, any other only until there is room.
    pub bytes: Option<u64>,
}

impl Default for BudgetLimits {
    fn default() -> Self {
        Self { in_flight: 1_024, rate: None, total: None, bytes: None }
    }
}

/// What is left of [`BudgetLimits`].
#[derive(Debug)]
pub struct Budget {
    limits: BudgetLimits,
    in_flight: AtomicU32,
    bytes: AtomicU64,
    spent: AtomicU64,
    /// When the next call would be due if calls came evenly, in nanoseconds (the "theoretical arrival time" of GCRA).
    due: AtomicU64,
    waiting: AtomicUsize,
    waiters: Mutex<Vec<Waker>>,
}

impl Budget {
    /// A full budget.
    #[must_use]
    pub fn new(limits: BudgetLimits) -> Self {
        Self {
            limits,
            in_flight: AtomicU32::new(0),
            bytes: AtomicU64::new(0),
            spent: AtomicU64::new(0),
            due: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            waiters: Mutex::default(),
        }
    }

    /// Calls without an answer at this moment.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Calls admitted so far.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Bytes of the arguments of calls without an answer; counted only where they are bounded.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn needs_size(&self) -> bool {
        self.limits.bytes.is_some()
    }

    pub(crate) fn needs_time(&self) -> bool {
        self.limits.rate.is_some()
    }

    /// Takes one call of that many bytes, or says which bound it met. What was taken at once is given back by
    /// [`Budget::release`].
    pub(crate) fn take(&self, now: u64, bytes: u64) -> Result<(), Shortage> {
        // One step, taken or not: a failed attempt gives nothing back, so it wakes nobody.
        self.in_flight
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |taken| {
                (taken < self.limits.in_flight).then_some(taken + 1)
            })
            .map_err(|_| Shortage::InFlight)?;
        if let Err(shortage) = self.take_bytes(bytes) {
            self.release(0);
            return Err(shortage);
        }
        let rest = self.take_total().and_then(|()| {
            self.take_rate(now).inspect_err(|_| {
                self.spent.fetch_sub(1, Ordering::Relaxed);
            })
        });
        if rest.is_err() {
            self.release(bytes);
        }
        rest
    }

    fn take_bytes(&self, bytes: u64) -> Result<(), Shortage> {
        let Some(most) = self.limits.bytes else {
            return Ok(());
        };
        if bytes > most {
            return Err(Shortage::TooLarge);
        }
        self.bytes
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |taken| {
                taken.checked_add(bytes).filter(|sum| *sum <= most)
            })
            .map(drop)
            .map_err(|_| Shortage::Bytes)
    }

    fn take_total(&self) -> Result<(), Shortage> {
        let spent = self.spent.fetch_add(1, Ordering::Relaxed);
        if self.limits.total.is_some_and(|total| spent >= total) {
            self.spent.fetch_sub(1, Ordering::Relaxed);
            return Err(Shortage::Total);
        }
        Ok(())
    }

    fn take_rate(&self, now: u64) -> Result<(), Shortage> {
        let Some((per_second, burst)) = self.limits.rate else {
            return Ok(());
        };
        let interval = SECOND / u64::from(per_second.max(1));
        let tolerance = interval.saturating_mul(u64::from(burst.max(1)));
        self.due
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |due| {
                let next = due.max(now).saturating_add(interval);
                (next - now <= tolerance).then_some(next)
            })
            .map(drop)
            .map_err(|_| Shortage::Rate)
    }

    /// Undoes a [`Budget::take`], for a call that was refused on other grounds. The rate stays used: it bounds
    /// attempts.
    pub(crate) fn undo(&self, bytes: u64) {
        self.spent.fetch_sub(1, Ordering::Relaxed);
        self.release(bytes);
    }

    /// Gives back one call in flight, and its bytes.
    ///
    /// The order matters against [`Budget::await_release`]: one of the two sees the other, hence `SeqCst`.
    pub(crate) fn release(&self, bytes: u64) {
        if self.limits.bytes.is_some() {
            self.bytes.fetch_sub(bytes, Ordering::SeqCst);
        }
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.wake_all();
        }
    }

    /// Has `waker` woken at the next release. The caller tries again after this, lest a release came between.
    pub(crate) fn await_release(&self, waker: &Waker) {
        let mut waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiters.iter().any(|other| other.will_wake(waker)) {
            waiters.push(waker.clone());
        }
        self.waiting.store(waiters.len(), Ordering::SeqCst);
    }

    fn wake_all(&self) {
        let woken = {
            let mut waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
            self.waiting.store(0, Ordering::SeqCst);
            std::mem::take(&mut *waiters)
        };
        woken.into_iter().for_each(Waker::wake);
    }
}

/// Which bound a call met, and whose.
#[derive(Debug)]
pub(crate) struct Short<'a> {
    pub(crate) budget: &'a Budget,
    pub(crate) bound: Shortage,
}

/// The bound that a call met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    InFlight,
    Bytes,
    TooLarge,
    Rate,
    Total,
}

impl Shortage {
    /// Whether it is over once calls in flight have ended.
    pub(crate) fn passes(self) -> bool {
        matches!(self, Self::InFlight | Self::Bytes)
    }
}

impl From<Shortage> for Code {
    fn from(shortage: Shortage) -> Self {
        match shortage {
            Shortage::InFlight | Shortage::Rate => Code::TooManyCalls,
            Shortage::Bytes => Code::Overloaded,
            Shortage::TooLarge | Shortage::Total => Code::QuotaExceeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_flight_is_bounded_and_given_back() {
        let budget = Budget::new(BudgetLimits { in_flight: 2, ..BudgetLimits::default() });
        assert_eq!((budget.take(0, 0), budget.take(0, 0)), (Ok(()), Ok(())));
        assert_eq!(budget.take(0, 0), Err(Shortage::InFlight));
        budget.release(0);
        assert_eq!(budget.take(0, 0), Ok(()));
        assert_eq!((budget.in_flight(), budget.spent()), (2, 3));
    }

    #[test]
    fn a_total_is_spent_once_and_never_comes_back() {
        let budget = Budget::new(BudgetLimits { total: Some(2), ..BudgetLimits::default() });
        for _ in 0..2 {
            budget.take(0, 0).expect("within the total");
            budget.release(0);
        }
        assert_eq!(budget.take(0, 0), Err(Shortage::Total));
        assert_eq!((budget.in_flight(), budget.spent()), (0, 2));
    }

    #[test]
    fn a_rate_allows_its_burst_then_one_per_interval() {
        let budget = Budget::new(BudgetLimits { rate: Some((10, 3)), ..BudgetLimits::default() });
        let interval = SECOND / 10;
        for _ in 0..3 {
            budget.take(SECOND, 0).expect("the burst");
        }
        assert_eq!(budget.take(SECOND, 0), Err(Shortage::Rate));
        assert_eq!(budget.take(SECOND + interval - 1, 0), Err(Shortage::Rate));
        assert_eq!(budget.take(SECOND + interval, 0), Ok(()));
        assert_eq!(budget.take(SECOND + interval, 0), Err(Shortage::Rate));
        assert_eq!((budget.in_flight(), budget.spent()), (4, 4));
    }

    #[test]
    fn bytes_are_bounded_and_given_back() {
        let budget = Budget::new(BudgetLimits { bytes: Some(100), ..BudgetLimits::default() });
        assert_eq!((budget.take(0, 60), budget.take(0, 40)), (Ok(()), Ok(())));
        assert_eq!((budget.take(0, 1), budget.take(0, 101)), (Err(Shortage::Bytes), Err(Shortage::TooLarge)));
        assert_eq!((budget.in_flight(), budget.bytes(), budget.spent()), (2, 100, 2));
        budget.release(40);
        assert_eq!((budget.take(0, 41), budget.take(0, 40)), (Err(Shortage::Bytes), Ok(())));
        budget.release(40);
        budget.release(60);
        assert_eq!((budget.in_flight(), budget.bytes()), (0, 0));
    }

    #[test]
    fn a_call_refused_elsewhere_costs_nothing() {
        let budget = Budget::new(BudgetLimits { total: Some(1), ..BudgetLimits::default() });
        budget.take(0, 0).expect("one is left");
        budget.undo(0);
        assert_eq!(budget.take(0, 0), Ok(()));
    }
}

//! Counts for the operator.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use capos_authority::MethodKind;

/// The counts at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Connections being served.
    pub connections_open: u64,
    /// Connections since the start.
    pub connections_total: u64,
    /// Sessions whose objects are here.
    pub sessions_live: u64,
    /// Sign-ins since the start, a row for each way.
    pub sign_ins: Vec<SignIns>,
    /// Calls through grants since the start, the refused ones included.
    pub calls: u64,
    /// Of these, those that were refused.
    pub denied_calls: u64,
    /// Records of calls that the journal had no place for. Such calls were refused, or had been already.
    pub unrecorded_calls: u64,
}

/// How sign-ins of one kind came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIns {
    /// The way.
    pub method: MethodKind,
    /// Those that gave a session.
    pub granted: u64,
    /// Those that were refused.
    pub denied: u64,
}

/// The counts as they are kept.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    connections_open: AtomicU64,
    connections_total: AtomicU64,
    sessions_live: AtomicU64,
    sign_ins: [[AtomicU64; 2]; MethodKind::ALL.len()],
    /// Calls of the connections that are over.
    past: Tally,
    present: Mutex<Vec<Weak<Tally>>>,
}

/// Calls on one connection: no thread but its own writes here, so that vats do not meet over a counter.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    calls: AtomicU64,
    denied: AtomicU64,
    unrecorded: AtomicU64,
}

impl Tally {
    pub(crate) fn call(&self, denied: bool) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.denied.fetch_add(u64::from(denied), Ordering::Relaxed);
    }

    pub(crate) fn unrecorded(&self) {
        self.unrecorded.fetch_add(1, Ordering::Relaxed);
    }

    fn add(&self, other: &Self) {
        for (sum, part) in self.all().into_iter().zip(other.all()) {
            sum.fetch_add(part.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    fn all(&self) -> [&AtomicU64; 3] {
        [&self.calls, &self.denied, &self.unrecorded]
    }
}

impl Counters {
    pub(crate) fn connected(&self) -> Arc<Tally> {
        let tally = Arc::new(Tally::default());
        self.connections_open.fetch_add(1, Ordering::Relaxed);
        self.connections_total.fetch_add(1, Ordering::Relaxed);
        self.present.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&tally));
        tally
    }

    pub(crate) fn disconnected(&self, tally: &Arc<Tally>) {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        present.retain(|other| other.as_ptr() != Arc::as_ptr(tally));
        self.past.add(tally);
        drop(present);
        self.connections_open.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn session_began(&self) {
        self.sessions_live.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn session_ended(&self) {
        self.sessions_live.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn signed_in(&self, kind: MethodKind, granted: bool) {
        let place = MethodKind::ALL.iter().position(|other| *other == kind);
        if let Some(row) = place.and_then(|place| self.sign_ins.get(place)) {
            row[usize::from(!granted)].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn figures(&self) -> Figures {
        let sum = Tally::default();
        {
            // Under the lock, so that no connection is counted twice or not at all on its way into the past.
            let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
            sum.add(&self.past);
            present.iter().filter_map(Weak::upgrade).for_each(|tally| sum.add(&tally));
        }
        let [calls, denied_calls, unrecorded_calls] = sum.all().map(read);
        Figures {
            connections_open: read(&self.connections_open),
            connections_total: read(&self.connections_total),
            sessions_live: read(&self.sessions_live),
            sign_ins: self.sign_ins(),
            calls,
            denied_calls,
            unrecorded_calls,
        }
    }

    fn sign_ins(&self) -> Vec<SignIns> {
        let rows = MethodKind::ALL.iter().zip(&self.sign_ins);
        rows.map(|(method, [granted, denied])| SignIns {
            method: *method,
            granted: read(granted),
            denied: read(denied),
        })
        .collect()
    }
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_of_a_connection_stay_counted_once_it_is_over() {
        let counters = Counters::default();
        let (one, two) = (counters.connected(), counters.connected());
        one.call(false);
        two.call(true);
        counters.disconnected(&one);
        let figures = counters.figures();
        assert_eq!((figures.calls, figures.denied_calls), (2, 1));
        assert_eq!((figures.connections_open, figures.connections_total), (1, 2));
    }

    #[test]
    fn sign_ins_are_counted_by_way_and_outcome() {
        let counters = Counters::default();
        counters.signed_in(MethodKind::Guest, true);
        counters.signed_in(MethodKind::Password, false);
        let of = |kind| {
            counters.figures().sign_ins.into_iter().find(|row| row.method == kind).map(|row| (row.granted, row.denied))
        };
        assert_eq!(of(MethodKind::Guest), Some((1, 0)));
        assert_eq!(of(MethodKind::Password), Some((0, 1)));
        assert_eq!(of(MethodKind::ServiceCredential), Some((0, 0)));
    }
}

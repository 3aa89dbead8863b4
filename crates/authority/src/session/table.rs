//! The sessions that are live, how many of whom, and which of them is over next.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{Handle, Session};
use crate::directory::PrincipalId;
use crate::source::SourceKey;
use crate::{Limits, MethodKind};

/// Whose sessions are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// Those of a principal.
    Principal(PrincipalId),
    /// Visitors have no identity: those that come in the same way from the same source.
    Visitors(MethodKind, SourceKey),
}

/// Live sessions by their handles.
#[derive(Default)]
pub(crate) struct Table {
    state: Arc<Mutex<State>>,
    /// Something is over earlier than it was.
    sooner: Arc<Notify>,
}

#[derive(Default)]
struct State {
    sessions: BTreeMap<Handle, Seated>,
    seats: usize,
    holders: HashMap<Holder, usize>,
    /// When to look at whom, and the same by handle.
    schedule: BTreeSet<(u64, Handle)>,
    scheduled: HashMap<Handle, u64>,
    closed: bool,
}

struct Seated {
    session: Session,
    _seat: Seat,
}

/// The place of one session, taken before it begins; free when dropped.
pub(crate) struct Seat {
    state: Arc<Mutex<State>>,
    holder: Holder,
}

/// Why there is no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSeat {
    Principal,
    Node,
    Closed,
}

impl Table {
    /// A place beside those that are taken, of which so many are about to be free.
    pub(crate) fn seat(&self, holder: Holder, limits: &Limits, leaving: usize) -> Result<Seat, NoSeat> {
        let mut state = locked(&self.state);
        let taken = state.holders.get(&holder).copied().unwrap_or(0);
        if state.closed {
            return Err(NoSeat::Closed);
        }
        if taken.saturating_sub(leaving) >= limits.principal_sessions {
            return Err(NoSeat::Principal);
        }
        let kept = match holder {
            Holder::Principal(_) => 0,
            Holder::Visitors(..) => limits.kept_sessions.min(limits.node_sessions / 2),
        };
        if state.seats.saturating_sub(leaving) >= limits.node_sessions.saturating_sub(kept) {
            return Err(NoSeat::Node);
        }
        state.seats += 1;
        state.holders.insert(holder, taken + 1);
        Ok(Seat { state: self.state.clone(), holder })
    }

    pub(crate) fn insert(&self, session: &Session, seat: Seat) {
        let handle = session.context().handle;
        let seated = Seated { session: session.clone(), _seat: seat };
        // Random handles do not meet.
        let before = locked(&self.state).sessions.insert(handle, seated);
        drop(before);
        self.reschedule(session);
    }

    pub(crate) fn remove(&self, handle: &Handle) {
        let gone = {
            let mut state = locked(&self.state);
            state.unschedule(handle);
            state.sessions.remove(handle)
        };
        // A seat takes the lock to be free again.
        drop(gone);
    }

    pub(crate) fn get(&self, handle: &Handle) -> Option<Session> {
        locked(&self.state).sessions.get(handle).map(|seated| seated.session.clone())
    }

    pub(crate) fn all(&self) -> Vec<Session> {
        locked(&self.state).sessions.values().map(|seated| seated.session.clone()).collect()
    }

    pub(crate) fn len(&self) -> usize {
        locked(&self.state).sessions.len()
    }

    /// No session begins any more. Tells whether one could before.
    pub(crate) fn close(&self) -> bool {
        !std::mem::replace(&mut locked(&self.state).closed, true)
    }

    /// Looks at a session when something in it may be over.
    pub(crate) fn reschedule(&self, session: &Session) {
        let at = session.deadline();
        let handle = session.context().handle;
        let mut state = locked(&self.state);
        if !state.sessions.contains_key(&handle) {
            return;
        }
        let first = state.next();
        state.unschedule(&handle);
        state.schedule.insert((at, handle));
        state.scheduled.insert(handle, at);
        if first.is_none_or(|first| at < first) {
            self.sooner.notify_one();
        }
    }

    /// Sessions to look at by now; each has to be rescheduled, or ended.
    pub(crate) fn due(&self, now_ns: u64) -> Vec<Session> {
        let mut state = locked(&self.state);
        let handles: Vec<_> =
            state.schedule.range(..=(now_ns, Handle([0xff; 16]))).map(|(_, handle)| *handle).collect();
        let session = |handle: &Handle| {
            state.unschedule(handle);
            state.sessions.get(handle).map(|seated| seated.session.clone())
        };
        handles.iter().filter_map(session).collect()
    }

    pub(crate) fn next(&self) -> Option<u64> {
        locked(&self.state).next()
    }

    pub(crate) fn sooner(&self) -> Arc<Notify> {
        self.sooner.clone()
    }
}

impl State {
    fn next(&self) -> Option<u64> {
        self.schedule.first().map(|(at, _)| *at)
    }

    fn unschedule(&mut self, handle: &Handle) {
        if let Some(at) = self.scheduled.remove(handle) {
            self.schedule.remove(&(at, *handle));
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = locked(&self.state);
        state.seats = state.seats.saturating_sub(1);
        if let Some(taken) = state.holders.get_mut(&self.holder) {
            *taken -= 1;
            if *taken == 0 {
                state.holders.remove(&self.holder);
            }
        }
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

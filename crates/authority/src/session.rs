//! Sessions: what signing in gives, until it ends.

mod attached;
mod bundle;
mod changes;
mod entering;
mod facts;
mod others;
mod renewal;
pub(crate) mod table;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use capos_membrane::{Ended, Liveness};
use capos_schema::{Code, Denial};
use capos_store::Entry;
use tokio::sync::{Mutex as Turn, watch};

use crate::claim::Basis;
use crate::core::Core;
use crate::directory::PrincipalId;
use crate::policy::Admission;
use crate::pseudonym::Pseudonyms;
use crate::{Actor, Clock, Error, Event, Secret};
use bundle::{Bundle, Now};
use renewal::Spent;

pub use changes::Changes;
pub use entering::ProfileChoice;
pub use facts::{Context, EndReason, Grant, Handle};

const NS_PER_MS: u64 = 1_000_000;

/// One session. Clones are the same one; to drop them all does not end it.
///
/// **Invariants**: its context never changes; it ends once, for one reason; what has ended in it never stands again.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    context: Context,
    liveness: Liveness,
    clock: Arc<dyn Clock>,
    core: Weak<Core>,
    begun_ns: u64,
    /// The account's own id: a name may be given away and come back.
    principal: Option<PrincipalId>,
    pseudonyms: Arc<Pseudonyms>,
    /// Places in the journal that calls of the session hold.
    slots: Arc<AtomicU32>,
    /// SHA-256 of the challenge that was signed, for the challenges of renewals.
    signed: [u8; 32],
    /// When its holder last did something.
    touched: AtomicU64,
    state: Mutex<State>,
    renewing: Arc<Turn<()>>,
    /// Another profile was entered in its place, or is being.
    left: AtomicBool,
    changes: watch::Sender<u64>,
    why: OnceLock<EndReason>,
    over: watch::Sender<bool>,
}

/// What renewals and changes of policy move.
struct State {
    expires_ns: u64,
    expires_at_ms: u64,
    idle_ns: Option<u64>,
    basis: Basis,
    /// When what it rests on was proven; none where that would prove nothing any more.
    proven_ns: Option<u64>,
    /// How many profiles were entered by that proof.
    entered: u32,
    bundle: Bundle,
    spent: Spent,
}

/// What a session is made of.
pub(crate) struct Beginning {
    pub(crate) context: Context,
    pub(crate) principal: Option<PrincipalId>,
    pub(crate) signed: [u8; 32],
    pub(crate) basis: Basis,
    /// When that was proven, if not now, and how many profiles were entered by it since.
    pub(crate) proven: Option<(u64, u32)>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.0.context.handle)
    }
}

impl Session {
    pub(crate) fn begin(core: &Arc<Core>, beginning: Beginning, admission: &Admission) -> Self {
        let clock = core.clock.clone();
        let now = Now { steady_ns: clock.steady_ns(), wall_ms: beginning.context.created_at_ms };
        let liveness = Liveness::new();
        let (proven_ns, entered) = beginning.proven.unwrap_or((now.steady_ns, 0));
        // A proof is good for so long from when it was made.
        let left_ms = admission.duration_ms.saturating_sub(now.steady_ns.saturating_sub(proven_ns) / NS_PER_MS);
        let state = State {
            expires_ns: now.steady_ns.saturating_add(ns(left_ms)),
            expires_at_ms: now.wall_ms.saturating_add(left_ms),
            idle_ns: admission.idle_ms.map(ns),
            basis: beginning.basis,
            proven_ns: Some(proven_ns),
            entered,
            bundle: Bundle::begin(&admission.grants, &liveness, now),
            spent: Spent::default(),
        };
        Self(Arc::new(Inner {
            context: beginning.context,
            liveness,
            clock,
            core: Arc::downgrade(core),
            begun_ns: now.steady_ns,
            principal: beginning.principal,
            pseudonyms: core.pseudonyms.clone(),
            slots: Arc::default(),
            signed: beginning.signed,
            touched: AtomicU64::new(now.steady_ns),
            state: Mutex::new(state),
            renewing: Arc::default(),
            left: AtomicBool::new(false),
            changes: watch::Sender::new(0),
            why: OnceLock::new(),
            over: watch::Sender::new(false),
        }))
    }

    /// What was fixed when it began.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// The root of everything that the session holds.
    #[must_use]
    pub fn liveness(&self) -> &Liveness {
        &self.0.liveness
    }

    /// When it ends unless renewed, in milliseconds since 1970.
    #[must_use]
    pub fn expires_at_ms(&self) -> u64 {
        self.state().expires_at_ms
    }

    /// The current bundle, in the order of the profile, then of what was attached. A renewal may add to it and replace in it.
    /// A grant that has ended stays, so that its holder is told why.
    #[must_use]
    pub fn grants(&self) -> Vec<Arc<Grant>> {
        self.state().bundle.grants().cloned().collect()
    }

    /// One grant of the current bundle.
    #[must_use]
    pub fn grant(&self, name: &str) -> Option<Arc<Grant>> {
        self.state().bundle.grants().find(|grant| grant.name == name).cloned()
    }

    /// Tells that its holder does something.
    pub fn touch(&self) {
        self.0.touched.store(self.0.clock.steady_ns(), Ordering::Relaxed);
    }

    /// How long its holder has done nothing.
    #[must_use]
    pub fn idle_ms(&self) -> u64 {
        self.0.clock.steady_ns().saturating_sub(self.0.touched.load(Ordering::Relaxed)) / NS_PER_MS
    }

    /// Extends it after a fresh proof, by `duration_ms` or, for 0, by what the profile says; never beyond the longest
    /// time that the profile gives.
    ///
    /// # Errors
    ///
    /// `authenticationDenied`, `staleSession`, and what a sign-in may be refused with.
    pub async fn renew(&self, proof: Secret, duration_ms: u64) -> Result<(), Denial> {
        renewal::renew(self, proof, duration_ms).await
    }

    /// Ends it and all it holds. The first reason stays. It is journaled in the background.
    pub fn end(&self, why: EndReason) -> Ended {
        let (row, ended) = self.finish(why, None);
        if let (Some(row), Some(core)) = (row, self.0.core.upgrade()) {
            core.recorder.push(row);
        }
        ended
    }

    /// The same for somebody, with a note; for who cannot wait until it is in the journal.
    pub fn end_noted(&self, why: EndReason, actor: &Actor, note: &str) -> Ended {
        let (row, ended) = self.finish(why, Some((actor, note)));
        if let (Some(row), Some(core)) = (row, self.0.core.upgrade()) {
            core.recorder.push(row);
        }
        ended
    }

    /// Ends it for an administrator: complete, and in the journal, when this returns.
    ///
    /// # Errors
    ///
    /// Where it could not be written down yet; it has ended all the same.
    pub async fn end_by(&self, actor: &Actor, note: &str) -> Result<(), Error> {
        self.end_for(EndReason::Administrator, actor, note).await
    }

    /// It has ended when this returns; what is awaited is that this is complete, and in the journal.
    pub(crate) fn end_for(
        &self,
        why: EndReason,
        actor: &Actor,
        note: &str,
    ) -> impl Future<Output = Result<(), Error>> + use<> {
        let (row, ended) = self.finish(why, Some((actor, note)));
        let written = self.0.core.upgrade().map(|core| core.recorder.settle(row));
        async move {
            let written = written.ok_or(Error::Stopped)?.await;
            ended.await;
            written
        }
    }

    /// Takes one grant away for as long as the session lasts, completely and in the journal when this returns.
    /// Tells whether there was such a grant that still stood.
    ///
    /// # Errors
    ///
    /// Where it could not be written down yet; it is gone all the same.
    pub async fn revoke_grant(&self, name: &str, actor: &Actor, note: &str) -> Result<bool, Error> {
        let core = self.0.core.upgrade().ok_or(Error::Stopped)?;
        let revoked = self.state().bundle.revoke(name);
        let Some(grant) = revoked else { return Ok(false) };
        let ended = grant.liveness.end(Code::Revoked);
        self.changed();
        let event = actor.on(Event::new("grant.revoked")).with("session", self.handle()).with("grants", vec![name]);
        let event = if note.is_empty() { event } else { event.with("note", note) };
        let written = core.recorder.write(core.audit.entry(event)).await;
        ended.await;
        written.map(|()| true)
    }

    /// Whether it has not ended.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.0.liveness.is_live()
    }

    /// Waits for its end.
    pub async fn ended(&self) -> EndReason {
        // The sender is in here, so it is there.
        let _ = self.0.over.subscribe().wait_for(|over| *over).await;
        self.end_reason().unwrap_or(EndReason::NodeStopping)
    }

    /// Why it has ended, if it has.
    #[must_use]
    pub fn end_reason(&self) -> Option<EndReason> {
        self.0.why.get().copied()
    }
}

/// What the rest of the crate does with it.
impl Session {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self) -> String {
        self.0.context.handle.to_string()
    }

    pub(crate) fn principal(&self) -> Option<PrincipalId> {
        self.0.principal
    }

    pub(crate) fn rests_on(&self, basis: &Basis) -> bool {
        self.state().basis == *basis
    }

    /// Ends it; gives the journal's row to whoever was first.
    fn finish(&self, why: EndReason, by: Option<(&Actor, &str)>) -> (Option<Entry>, Ended) {
        let first = self.0.why.set(why).is_ok();
        let why = self.end_reason().unwrap_or(why);
        let ended = self.0.liveness.end(why);
        if !first {
            return (None, ended);
        }
        self.0.over.send_replace(true);
        let Some(core) = self.0.core.upgrade() else { return (None, ended) };
        core.table.remove(&self.0.context.handle);
        tracing::info!(session = %self.0.context.handle, reason = why.as_str(), "a session ended");
        let mut event = Event::new("session.ended").with("session", self.handle()).with("reason", why.as_str());
        if let Some(account) = &self.0.context.account {
            event = event.with("account", account.clone());
        }
        if let Some((actor, note)) = by {
            event = actor.on(event);
            if !note.is_empty() {
                event = event.with("note", note);
            }
        }
        (Some(core.audit.entry(event)), ended)
    }

    /// Why it is over by now, where it is.
    fn over(&self, state: &State, now_ns: u64) -> Option<EndReason> {
        let idle_ns = state.idle_ns.map(|idle| self.0.touched.load(Ordering::Relaxed).saturating_add(idle));
        if state.expires_ns <= now_ns {
            Some(EndReason::Expired)
        } else {
            idle_ns.filter(|idle| *idle <= now_ns).map(|_| EndReason::Idle)
        }
    }

    /// Ends what is over by now, and tells when to look again; nothing where the session itself is over.
    pub(crate) fn expire(&self, now_ns: u64) -> Option<u64> {
        let (over, due) = {
            let state = self.state();
            (self.over(&state, now_ns), state.bundle.due(now_ns))
        };
        if let Some(why) = over {
            drop(self.end(why));
            return None;
        }
        if !due.is_empty() {
            due.iter().for_each(|grant| drop(grant.liveness.end(Code::LeaseExpired)));
            self.changed();
        }
        Some(self.deadline())
    }

    /// When something in it may be over next.
    pub(crate) fn deadline(&self) -> u64 {
        let state = self.state();
        let idle = state.idle_ns.map(|idle| self.0.touched.load(Ordering::Relaxed).saturating_add(idle));
        let times = [Some(state.expires_ns), idle, state.bundle.next_lease()];
        times.into_iter().flatten().min().unwrap_or(state.expires_ns)
    }

    /// What policy says by now: takes what it gives no longer, and shortens what it has shortened.
    pub(crate) fn review(&self, core: &Core, admission: &Admission) -> Vec<Ended> {
        let (over, taken) = {
            let mut state = self.state();
            let last_ns = self.0.begun_ns.saturating_add(ns(admission.max_duration_ms));
            if let Some(over) = state.expires_ns.checked_sub(last_ns) {
                state.expires_ns = last_ns;
                state.expires_at_ms = state.expires_at_ms.saturating_sub(over / NS_PER_MS);
            }
            state.idle_ns = admission.idle_ms.map(ns);
            (self.over(&state, self.0.clock.steady_ns()), state.bundle.review(&admission.grants))
        };
        if let Some(why) = over {
            return vec![self.end(why)];
        }
        core.table.reschedule(self);
        if !taken.is_empty() {
            let names: Vec<_> = taken.iter().map(|grant| grant.name.clone()).collect();
            let event = Event::new("grant.revoked").with("session", self.handle()).with("grants", names);
            core.recorder.push(core.audit.entry(event.with("by", "policy")));
        }
        let ended = taken.iter().map(|grant| grant.liveness.end(Code::Revoked)).collect();
        if !taken.is_empty() {
            self.changed();
        }
        ended
    }
}

fn ns(ms: u64) -> u64 {
    ms.saturating_mul(NS_PER_MS)
}

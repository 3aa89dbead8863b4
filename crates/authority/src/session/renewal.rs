//! Renewal: a fresh proof, and everything decided anew.

use std::collections::BTreeSet;
use std::sync::Arc;

use capos_schema::{Code, Denial};
use tokio::sync::OwnedMutexGuard;

use super::bundle::Now;
use super::{NS_PER_MS, Session, ns};
use crate::claim::{Proof, Whom};
use crate::core::Core;
use crate::policy::{Admission, Decision, Occasion, Request, decide};
use crate::proof::{Compared, compare};
use crate::{Event, MethodKind, Secret, Selector, challenge, sshsig};

/// Ends of renewals that are remembered; each was signed for, and written down.
const REMEMBERED: usize = 1024;

/// Ends of a session that were signed for. What is signed names the end there is, so a signature is good once if no
/// end that was signed for comes back: one that stays is told a millisecond later.
#[derive(Default)]
pub(super) struct Spent(BTreeSet<u64>);

impl Spent {
    fn spend(&mut self, end_ms: u64) {
        self.0.insert(end_ms);
        if self.0.len() > REMEMBERED {
            // Ends grow, unless policy shortens a session: the earliest comes back last.
            self.0.pop_first();
        }
    }

    fn is_spent(&self, end_ms: u64) -> bool {
        self.0.contains(&end_ms)
    }
}

/// What a renewal is asked for with.
struct Wish {
    proof: Proof,
    duration_ms: u64,
    /// The end that was signed for, where one was.
    signed_ms: Option<u64>,
    /// One renewal at a time.
    _turn: OwnedMutexGuard<()>,
}

pub(super) async fn renew(session: &Session, proof: Secret, duration_ms: u64) -> Result<(), Denial> {
    let core = session.0.core.upgrade().ok_or(Code::StaleSession)?;
    let turn = session.0.renewing.clone().lock_owned().await;
    session.0.liveness.check()?;
    let limits = &core.settings().limits;
    match session.0.context.method {
        MethodKind::Password if proof.bytes().len() <= limits.password_bytes => {
            let whom = whom(session);
            let source = &session.0.context.source;
            let Compared { attempt, hash } = compare(&core, source, &whom, &proof, limits).await?;
            let wish = Wish { proof: Proof::Password(hash), duration_ms, signed_ms: None, _turn: turn };
            let renewed = apply(&core, session, wish).await;
            match &renewed {
                Ok(()) => attempt.succeeded(),
                Err(denial) if denial.code == Code::AuthenticationDenied => drop(attempt),
                Err(_) => attempt.withdrawn(),
            }
            renewed
        }
        MethodKind::PublicKey if proof.bytes().len() <= limits.signature_bytes => {
            let end_ms = session.expires_at_ms();
            let asked = challenge::renewal(&session.0.signed, &session.0.context.handle.0, end_ms);
            let spent = session.state().spent.is_spent(end_ms);
            let key = sshsig::verify(proof.bytes(), &asked).ok().filter(|_| !spent);
            let wish = Wish { proof: Proof::Key(key), duration_ms, signed_ms: Some(end_ms), _turn: turn };
            apply(&core, session, wish).await
        }
        MethodKind::Password | MethodKind::PublicKey => Err(Denial::new(Code::BadRequest, "the proof is too long")),
        // There is nothing that could be proven anew.
        _ => Err(Code::AuthenticationDenied.into()),
    }
}

fn whom(session: &Session) -> Whom {
    Whom::Selected(Selector::Account(session.0.context.account.clone().unwrap_or_default()))
}

/// To its end once begun, whether or not the caller waits.
async fn apply(core: &Arc<Core>, session: &Session, wish: Wish) -> Result<(), Denial> {
    let (core, session) = (core.clone(), session.clone());
    let task = core.runtime.clone().spawn(async move { apply_now(&core, &session, &wish).await });
    task.await.unwrap_or_else(|_| Err(Code::Internal.into()))
}

async fn apply_now(core: &Core, session: &Session, wish: &Wish) -> Result<(), Denial> {
    let proof = &wish.proof;
    let settings = core.settings();
    let context = &session.0.context;
    let directory = core.directory.read().await;
    let entry = whom(session).find(&directory).filter(|entry| Some(entry.principal) == session.0.principal);
    let proven = proof.is_of(entry, &context.source, core.clock.wall_ms(), &settings);
    let request = Request { method: context.method, profile: context.profile.clone(), occasion: Occasion::Renewal };
    let enabled = settings.methods.allow(context.method);
    let account = entry.map(|entry| &entry.account);
    let Decision { outcome, reasons } = decide(&request, &directory.facts(account, enabled, proven));
    let admission = outcome.inspect_err(|denial| {
        let cause = reasons.first().map_or("unknown", |reason| reason.as_str());
        let event = Event::new("session.refused")
            .with("method", context.method.as_str())
            .with("code", denial.code.as_str())
            .with("renewalOf", context.handle.to_string());
        core.refused(&context.source, cause, event);
    })?;
    // A one-time password is good for one thing.
    if matches!(proof, Proof::Password(_)) && account.is_some_and(|account| account.password_is_one_time) {
        return Err(Code::AuthenticationDenied.into());
    }
    let now = Now { steady_ns: core.clock.steady_ns(), wall_ms: core.clock.wall_ms() };
    let until = until(session, &admission, wish, now);
    let event = Event::new("session.renewed")
        .with("session", context.handle.to_string())
        .with("method", context.method.as_str())
        .with("expiresAtMs", until.wall_ms);
    let event = match proof.fingerprint() {
        Some(fingerprint) => event.with("key", fingerprint),
        None => event,
    };
    core.audit_first(event).await?;
    session.0.liveness.check()?;
    extend(core, session, wish, &admission, until, now);
    Ok(())
}

/// The new end: never sooner than the one there is, never later than the profile's longest.
fn until(session: &Session, admission: &Admission, wish: &Wish, now: Now) -> Now {
    let state = session.state();
    let asked_ms = if wish.duration_ms == 0 { u64::MAX } else { wish.duration_ms }.min(admission.duration_ms);
    let last_ns = session.0.begun_ns.saturating_add(ns(admission.max_duration_ms));
    let steady_ns = now.steady_ns.saturating_add(ns(asked_ms)).min(last_ns);
    let mut until = if steady_ns <= state.expires_ns {
        Now { steady_ns: state.expires_ns, wall_ms: state.expires_at_ms }
    } else {
        Now { steady_ns, wall_ms: now.wall_ms.saturating_add((steady_ns - now.steady_ns.min(steady_ns)) / NS_PER_MS) }
    };
    let is_spent = |end_ms| wish.signed_ms == Some(end_ms) || state.spent.is_spent(end_ms);
    while wish.signed_ms.is_some() && is_spent(until.wall_ms) {
        until.wall_ms = until.wall_ms.saturating_add(1);
    }
    until
}

fn extend(core: &Core, session: &Session, wish: &Wish, admission: &Admission, until: Now, now: Now) {
    let over = {
        let mut state = session.state();
        state.expires_ns = until.steady_ns;
        state.expires_at_ms = until.wall_ms;
        state.idle_ns = admission.idle_ms.map(ns);
        state.basis = wish.proof.basis();
        (state.proven_ns, state.entered) = (Some(now.steady_ns), 0);
        if let Some(signed_ms) = wish.signed_ms {
            state.spent.spend(signed_ms);
        }
        state.bundle.renew(&admission.grants, &session.0.liveness, core.settings().limits.grants, now)
    };
    for grant in over {
        let why = match grant.lease_until_ns {
            Some(until) if until <= now.steady_ns => Code::LeaseExpired,
            _ => Code::Revoked,
        };
        drop(grant.liveness.end(why));
    }
    session.touch();
    session.changed();
    core.table.reschedule(session);
}

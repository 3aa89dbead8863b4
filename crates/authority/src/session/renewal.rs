//! Renewal: a fresh proof, and everything decided anew.

use std::sync::Arc;

use capos_schema::{Code, Denial};

use super::bundle::Now;
use super::{NS_PER_MS, Session, ns};
use crate::admission::{Proof, Whom};
use crate::core::Core;
use crate::policy::{Admission, Decision, Occasion, Request, decide};
use crate::proof::{Compared, compare};
use crate::{Event, MethodKind, Secret, Selector, challenge, sshsig};

pub(super) async fn renew(session: &Session, proof: Secret, duration_ms: u64) -> Result<(), Denial> {
    let core = session.0.core.upgrade().ok_or(Code::StaleSession)?;
    let _turn = session.0.renewing.lock().await;
    session.0.liveness.check()?;
    let limits = &core.settings().limits;
    match session.0.context.method {
        MethodKind::Password if proof.bytes().len() <= limits.password_bytes => {
            let whom = whom(session);
            let source = &session.0.context.source;
            let Compared { attempt, hash } = compare(&core, source, &whom, &proof, limits).await?;
            let renewed = apply(&core, session, Proof::Password(hash), duration_ms).await;
            match &renewed {
                Ok(()) => attempt.succeeded(),
                Err(denial) if denial.code == Code::AuthenticationDenied => drop(attempt),
                Err(_) => attempt.withdrawn(),
            }
            renewed
        }
        MethodKind::PublicKey if proof.bytes().len() <= limits.signature_bytes => {
            let context = &session.0.context;
            let asked = challenge::renewal(&session.0.signed, &context.handle.0, session.expires_at_ms());
            let proof = Proof::Key(sshsig::verify(proof.bytes(), &asked).ok());
            apply(&core, session, proof, duration_ms).await
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
async fn apply(core: &Arc<Core>, session: &Session, proof: Proof, duration_ms: u64) -> Result<(), Denial> {
    let (core, session) = (core.clone(), session.clone());
    let task = core.runtime.clone().spawn(async move { apply_now(&core, &session, proof, duration_ms).await });
    task.await.unwrap_or_else(|_| Err(Code::Internal.into()))
}

async fn apply_now(core: &Core, session: &Session, proof: Proof, duration_ms: u64) -> Result<(), Denial> {
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
    let until = until(session, &admission, duration_ms, now);
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
    extend(core, session, &proof, &admission, until, now);
    Ok(())
}

/// The new end: never sooner than the one there is, never later than the profile's longest.
fn until(session: &Session, admission: &Admission, duration_ms: u64, now: Now) -> Now {
    let state = session.state();
    let asked_ms = if duration_ms == 0 { admission.duration_ms } else { duration_ms.min(admission.duration_ms) };
    let last_ns = session.0.begun_ns.saturating_add(ns(admission.max_duration_ms));
    let steady_ns = now.steady_ns.saturating_add(ns(asked_ms)).min(last_ns);
    if steady_ns <= state.expires_ns {
        return Now { steady_ns: state.expires_ns, wall_ms: state.expires_at_ms };
    }
    Now { steady_ns, wall_ms: now.wall_ms.saturating_add((steady_ns - now.steady_ns.min(steady_ns)) / NS_PER_MS) }
}

fn extend(core: &Core, session: &Session, proof: &Proof, admission: &Admission, until: Now, now: Now) {
    let over = {
        let mut state = session.state();
        state.expires_ns = until.steady_ns;
        state.expires_at_ms = until.wall_ms;
        state.idle_ns = admission.idle_ms.map(ns);
        state.basis = proof.basis();
        state.bundle.renew(&admission.grants, &session.0.liveness, now)
    };
    for grant in over {
        let why = match grant.lease_until_ns {
            Some(until) if until <= now.steady_ns => Code::LeaseExpired,
            _ => Code::Revoked,
        };
        drop(grant.liveness.end(why));
    }
    session.touch();
    core.table.reschedule(session);
}

//! Another profile in a session's place, by the proof that the session rests on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use capos_schema::{Code, Denial};

use super::Session;
use crate::admission::{Admitted, Before, admit_by, deliver};
use crate::claim::{Basis, Claim, Proof, Whom};
use crate::core::Core;
use crate::directory::{Directory, Entry, PrincipalId};
use crate::policy::{Occasion, Request, decide};
use crate::{Event, PrincipalKind, Selector};

/// A profile that a session's principal may have by what it proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileChoice {
    /// Its name.
    pub name: String,
    /// Its name for a person; may be empty.
    pub label: String,
    /// Whether it is the session's own.
    pub current: bool,
}

impl Session {
    /// The profiles that the principal may have by what it proved, the session's own first, then by name. Visitors have
    /// proven nothing, and have their own alone.
    pub async fn profiles(&self) -> Vec<ProfileChoice> {
        let Some(core) = self.0.core.upgrade() else { return Vec::new() };
        let directory = core.directory.read().await;
        let own = &self.context().profile;
        let open = |name: &String| *name == *own || self.may_have(&core, &directory, name);
        let choices = directory.profiles.iter().filter(|(name, _)| open(name)).map(|(name, facts)| ProfileChoice {
            name: name.clone(),
            label: facts.definition.label.clone(),
            current: *name == *own,
        });
        let mut choices: Vec<_> = choices.collect();
        choices.sort_by_key(|choice| !choice.current);
        choices
    }

    /// A session of the same principal in another profile; an empty one is the account's default. It rests on the same
    /// proof and is over no later than if that proof had been given for it.
    ///
    /// The caller ends this one with [`EndReason::ProfileEntered`](crate::EndReason::ProfileEntered); no other is
    /// given in its place.
    ///
    /// # Errors
    ///
    /// `authenticationDenied` in the same words whatever speaks against it, `staleSession`, `tooManySessions`,
    /// `overloaded`.
    pub async fn enter(&self, profile: &str) -> Result<Session, Denial> {
        let core = self.0.core.upgrade().ok_or(Code::StaleSession)?;
        // What it rests on stays the same meanwhile.
        let turn = self.0.renewing.clone().lock_owned().await;
        let (entering, session, profile) = (core.clone(), self.clone(), profile.to_owned());
        let entered = deliver(&core, async move {
            let _turn = turn;
            enter_now(&entering, &session, profile).await
        });
        match entered.await? {
            Admitted::Session(session) => Ok(session),
            Admitted::OneTime => Err(Code::AuthenticationDenied.into()),
        }
    }

    /// The secret that it rests on was replaced: nothing more follows from that it was known before.
    pub(crate) fn outdate(&self, principal: &PrincipalId, basis: &Basis) {
        if self.principal() == Some(*principal) && self.rests_on(basis) {
            self.state().proven_ns = None;
        }
    }

    fn may_have(&self, core: &Core, directory: &Directory, profile: &str) -> bool {
        let context = self.context();
        let Some(entry) = self.account_in(directory) else { return false };
        let enabled = core.settings().methods.allow(context.method);
        let request = Request { method: context.method, profile: profile.to_owned(), occasion: Occasion::SignIn };
        decide(&request, &directory.facts(Some(&entry.account), enabled, true)).outcome.is_ok()
    }

    /// The account that has proven who it is.
    fn account_in<'a>(&self, directory: &'a Directory) -> Option<&'a Entry> {
        let visits = matches!(self.context().kind, PrincipalKind::Guest | PrincipalKind::Anonymous);
        self.principal().filter(|_| !visits).and_then(|principal| directory.by_principal(&principal))
    }

    /// What it rests on, as long as that is fresh.
    fn fresh(&self, core: &Core) -> Option<(Basis, Before)> {
        let limits = &core.settings().limits;
        let state = self.state();
        let proven_ns = state.proven_ns?;
        let age = core.clock.steady_ns().saturating_sub(proven_ns);
        let fresh = u128::from(age) < limits.enter_time.as_nanos() && state.entered < limits.enters;
        let handle = self.context().handle;
        let before = Before { handle, proven_ns, entered: state.entered.saturating_add(1) };
        fresh.then(|| (state.basis.clone(), before))
    }
}

async fn enter_now(core: &Arc<Core>, session: &Session, profile: String) -> Result<Admitted, Denial> {
    // While this is held, what the session rests on cannot be taken away unless the session has ended.
    let directory = core.directory.read().await;
    session.0.liveness.check()?;
    if session.0.left.load(Ordering::Acquire) {
        return Err(Code::StaleSession.into());
    }
    let proven = session.account_in(&directory).zip(session.fresh(core));
    let Some((entry, (basis, before))) = proven else { return Err(refused(core, session)) };
    let context = session.context();
    let claim = Claim {
        source: context.source.clone(),
        method: context.method,
        profile,
        whom: Whom::Selected(Selector::Account(entry.account.name.clone())),
        proof: proof(&basis, entry),
        signed: session.0.signed,
    };
    let admitted = admit_by(core, &directory, claim, Some(before)).await.map_err(in_one_word)?;
    session.0.left.store(true, Ordering::Release);
    Ok(admitted)
}

/// What was proven, as the account has it.
fn proof(basis: &Basis, entry: &Entry) -> Proof {
    match basis {
        Basis::Nothing => Proof::Key(None),
        Basis::Password => Proof::Password(entry.password.as_ref().map(|password| password.hash.clone())),
        Basis::Key(fingerprint) => Proof::Key(entry.keys.iter().find(|key| key.fingerprint() == *fingerprint).cloned()),
    }
}

fn refused(core: &Core, session: &Session) -> Denial {
    let context = session.context();
    let event = Event::new("session.refused")
        .with("method", context.method.as_str())
        .with("code", Code::AuthenticationDenied.as_str())
        .with("inPlaceOf", context.handle.to_string());
    core.refused(&context.source, "proofNotFresh", event);
    Code::AuthenticationDenied.into()
}

/// That the method is off by now is nothing that another one's denial would tell.
fn in_one_word(denial: Denial) -> Denial {
    match denial.code {
        Code::DisabledAuthMethod => Code::AuthenticationDenied.into(),
        _ => denial,
    }
}

//! From a claim to a session: one path for every way of signing in, and for whatever is wrong with it.

use std::sync::Arc;

use capos_schema::{Code, Denial};
use tokio::sync::oneshot;

use crate::claim::Claim;
use crate::core::Core;
use crate::directory::{Directory, Entry};
use crate::name::is_name;
use crate::policy::{Admission, Decision, Occasion, Reason, Request, decide};
use crate::random::random;
use crate::session::Beginning;
use crate::session::table::{Holder, NoSeat, Seat};
use crate::{Context, EndReason, Event, Handle, MethodKind, PrincipalKind, Session, Settings};

/// What became of a claim.
pub(crate) enum Admitted {
    Session(Session),
    /// All was in order, but the password is good only to be replaced.
    OneTime,
}

/// Has a claim decided. If the caller does not wait for its session, the session ends.
pub(crate) async fn admit(core: &Arc<Core>, claim: Claim) -> Result<Admitted, Denial> {
    let admitting = core.clone();
    deliver(core, async move {
        let directory = admitting.directory.read().await;
        admit_by(&admitting, &directory, claim, None).await
    })
    .await
}

/// Does it to its end once begun; a session that nobody waits for then ends.
pub(crate) async fn deliver(
    core: &Arc<Core>,
    admitting: impl Future<Output = Result<Admitted, Denial>> + Send + 'static,
) -> Result<Admitted, Denial> {
    let (sender, answer) = oneshot::channel();
    core.runtime.spawn(async move {
        let _ = sender.send(admitting.await.map(Delivery::new));
    });
    match answer.await {
        Ok(Ok(delivery)) => Ok(delivery.take()),
        Ok(Err(denial)) => Err(denial),
        Err(_) => Err(Code::Internal.into()),
    }
}

/// A session on its way to whoever asked for it: ended, where that does not wait.
pub(crate) struct Delivery(Option<Admitted>);

impl Delivery {
    pub(crate) fn new(admitted: Admitted) -> Self {
        Self(Some(admitted))
    }

    pub(crate) fn take(mut self) -> Admitted {
        // It is there until it is taken, and to take it takes this.
        self.0.take().unwrap_or(Admitted::OneTime)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(Admitted::Session(session)) = self.0.take() {
            drop(session.end(EndReason::Disconnected));
        }
    }
}

/// A session in whose place another one begins, by the same proof.
pub(crate) struct Before {
    pub(crate) handle: Handle,
    /// When that was proven, and how many profiles it has been good for since.
    pub(crate) proven_ns: u64,
    pub(crate) entered: u32,
}

/// Has a claim decided by a directory that nobody changes until the session is in the table.
pub(crate) async fn admit_by(
    core: &Arc<Core>,
    directory: &Directory,
    claim: Claim,
    before: Option<Before>,
) -> Result<Admitted, Denial> {
    let settings = core.settings();
    let admission = decided(core, directory, &claim)?;
    let entry = claim.whom.find(directory);
    let account = entry.map(|entry| &entry.account);
    if claim.method == MethodKind::Password && account.is_some_and(|account| account.password_is_one_time) {
        return Ok(Admitted::OneTime);
    }
    // The one before leaves its own in a moment.
    let seat = seat(core, &claim, entry, &settings, usize::from(before.is_some()))?;
    let context = context(&claim, entry, &admission, core.clock.wall_ms())?;
    let mut event = begun(&context, &claim);
    if let Some(before) = &before {
        event = event.with("inPlaceOf", before.handle.to_string());
    }
    // Nothing is handed over that is not written down.
    core.audit_first(event).await?;
    let principal = entry.map(|entry| entry.principal);
    let proven = before.map(|before| (before.proven_ns, before.entered));
    let beginning = Beginning { context, principal, signed: claim.signed, basis: claim.proof.basis(), proven };
    let session = Session::begin(core, beginning, &admission);
    core.table.insert(&session, seat);
    if let Some(account) = account.filter(|_| claim.method == MethodKind::PublicKey) {
        let now = core.clock.steady_ns();
        core.attempts.remember(&account.name, claim.source.key(), &settings.limits, now);
    }
    tell(session.context());
    Ok(Admitted::Session(session))
}

/// What policy says to a claim by now; a refusal is written down.
pub(crate) fn decided(core: &Core, directory: &Directory, claim: &Claim) -> Result<Admission, Denial> {
    let settings = core.settings();
    let entry = claim.whom.find(directory);
    let proven = claim.proof.is_of(entry, &claim.source, core.clock.wall_ms(), &settings);
    let request = Request { method: claim.method, profile: claim.profile.clone(), occasion: Occasion::SignIn };
    let enabled = settings.methods.allow(claim.method);
    let facts = directory.facts(entry.map(|entry| &entry.account), enabled, proven);
    let Decision { outcome, reasons } = decide(&request, &facts);
    outcome.inspect_err(|denial| refuse(core, claim, denial, &reasons))
}

fn tell(context: &Context) {
    tracing::info!(
        session = %context.handle,
        account = context.account.as_deref().unwrap_or("-"),
        method = context.method.as_str(),
        profile = context.profile,
        connection = context.source.connection,
        "a session began"
    );
}

fn seat(
    core: &Core,
    claim: &Claim,
    entry: Option<&Entry>,
    settings: &Settings,
    leaving: usize,
) -> Result<Seat, Denial> {
    let holder = match (claim.method, entry) {
        (MethodKind::Guest | MethodKind::Anonymous, _) | (_, None) => {
            Holder::Visitors(claim.method, claim.source.key())
        }
        (_, Some(entry)) => Holder::Principal(entry.principal),
    };
    core.table.seat(holder, &settings.limits, leaving).map_err(|none| match none {
        NoSeat::Principal => core.limited(&claim.source, "sessionsOfPrincipal", Code::TooManySessions),
        NoSeat::Node => core.limited(&claim.source, "sessionsOfNode", Code::TooManySessions),
        NoSeat::Closed => Denial::new(Code::Overloaded, "the node is stopping"),
    })
}

fn context(claim: &Claim, entry: Option<&Entry>, admission: &Admission, now_ms: u64) -> Result<Context, Denial> {
    let identified = !matches!(admission.kind, PrincipalKind::Guest | PrincipalKind::Anonymous);
    let principal = entry.filter(|_| identified).map(|entry| entry.principal.to_vec());
    Ok(Context {
        handle: Handle(random().map_err(|error| error.denial())?),
        account: entry.map(|entry| entry.account.name.clone()),
        principal: principal.unwrap_or_default(),
        kind: admission.kind,
        display_name: entry.map(|entry| entry.account.display_name.clone()).unwrap_or_default(),
        strength: claim.proof.strength(),
        method: claim.method,
        profile: admission.profile.clone(),
        created_at_ms: now_ms,
        source: claim.source.clone(),
    })
}

fn begun(context: &Context, claim: &Claim) -> Event {
    let mut event = Event::new("session.begun")
        .with("session", context.handle.to_string())
        .with("method", context.method.as_str())
        .with("profile", context.profile.clone())
        .with("kind", context.kind.as_str())
        .with("source", context.source.to_string())
        .with("connection", context.source.connection)
        .with("channelBinding", hex::encode(context.source.channel_binding))
        .with("tls", context.source.tls);
    if let Some(account) = &context.account {
        event = event.with("account", account.clone());
    }
    if let Some(fingerprint) = claim.proof.fingerprint() {
        event = event.with("key", fingerprint);
    }
    event
}

fn refuse(core: &Core, claim: &Claim, denial: &Denial, reasons: &[Reason]) {
    let cause = reasons.first().map_or("unknown", |reason| reason.as_str());
    let all: Vec<_> = reasons.iter().map(|reason| reason.as_str()).collect();
    let mut event = Event::new("session.refused")
        .with("method", claim.method.as_str())
        .with("code", denial.code.as_str())
        .with("causes", all);
    if let Some(account) = claim.whom.shown() {
        event = event.with("account", account);
    }
    if !claim.profile.is_empty() && is_name(&claim.profile) {
        event = event.with("profile", claim.profile.clone());
    }
    core.refused(&claim.source, cause, event);
}

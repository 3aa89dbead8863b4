//! From a claim to a session: one path for every way of signing in, and for whatever is wrong with it.

use std::sync::Arc;

use capos_schema::{Code, Denial};
use tokio::sync::oneshot;

use crate::core::Core;
use crate::directory::{Directory, Entry};
use crate::name::{folded, is_name};
use crate::password::Phc;
use crate::policy::{Admission, Decision, Occasion, Reason, Request, decide};
use crate::public_key::PublicKey;
use crate::random::random;
use crate::session::table::{Holder, NoSeat, Seat};
use crate::session::{Basis, Beginning};
use crate::{
    AuthStrength, Context, EndReason, Event, Handle, MethodKind, PrincipalKind, Selector, Session, Settings, Source,
};

/// Somebody says who they are, with what has been found out about it so far.
pub(crate) struct Claim {
    pub(crate) source: Source,
    pub(crate) method: MethodKind,
    /// As asked for; empty for the default.
    pub(crate) profile: String,
    pub(crate) whom: Whom,
    pub(crate) proof: Proof,
    /// SHA-256 of the challenge that was signed.
    pub(crate) signed: [u8; 32],
}

/// Who it is meant to be.
#[derive(Clone)]
pub(crate) enum Whom {
    Selected(Selector),
    Guest,
    Nobody,
}

/// What was proven, of which it is still to be seen whether it is the account's.
pub(crate) enum Proof {
    /// None is asked for.
    Needless,
    /// A password with this hash; none where it was wrong, or there was none to compare it with.
    Password(Option<Phc>),
    /// A signature by this key; none where it does not hold.
    Key(Option<PublicKey>),
}

/// What became of a claim.
pub(crate) enum Admitted {
    Session(Session),
    /// All was in order, but the password is good only to be replaced.
    OneTime,
}

impl Whom {
    pub(crate) fn find<'a>(&self, directory: &'a Directory) -> Option<&'a Entry> {
        match self {
            Self::Selected(Selector::Account(name)) => directory.accounts.get(&folded(name)),
            Self::Selected(Selector::Principal(id)) => directory.by_principal(id),
            Self::Guest => directory.guest(),
            Self::Nobody => None,
        }
    }

    /// By what attempts on it are counted: one account is one, however it is named.
    pub(crate) fn counted(&self, directory: &Directory) -> String {
        match self {
            Self::Selected(Selector::Account(name)) => folded(name),
            Self::Selected(Selector::Principal(id)) => match directory.by_principal(id) {
                Some(entry) => entry.account.name.clone(),
                None => format!("#{}", hex::encode(id)),
            },
            Self::Guest | Self::Nobody => String::new(),
        }
    }

    /// As the journal has it. What is no name may be a password that went into the wrong field.
    fn shown(&self) -> Option<String> {
        match self {
            Self::Selected(Selector::Account(name)) => {
                let name = folded(name);
                Some(if is_name(&name) { name } else { "(no name)".to_owned() })
            }
            Self::Selected(Selector::Principal(_)) => Some("(by principal)".to_owned()),
            Self::Guest | Self::Nobody => None,
        }
    }
}

impl Proof {
    /// Whether it is this account's, from where it comes, by now.
    pub(crate) fn is_of(&self, entry: Option<&Entry>, source: &Source, now_ms: u64, settings: &Settings) -> bool {
        match (self, entry) {
            (Self::Needless, _) => true,
            (Self::Password(Some(hash)), Some(entry)) => entry.password.as_ref().is_some_and(|password| {
                let usable = password.one_time_until_ms.is_none_or(|until| {
                    // A clock that was set back does not make it last longer.
                    let left = until.checked_sub(now_ms);
                    let longest = u64::try_from(settings.limits.one_time.as_millis()).unwrap_or(u64::MAX);
                    source.is_local() && left.is_some_and(|left| left <= longest)
                });
                usable && password.hash == *hash
            }),
            (Self::Key(Some(key)), Some(entry)) => entry.keys.contains(key),
            _ => false,
        }
    }

    pub(crate) fn strength(&self) -> AuthStrength {
        match self {
            Self::Needless => AuthStrength::None,
            Self::Password(_) => AuthStrength::Password,
            Self::Key(Some(key)) if key.is_hardware() => AuthStrength::HardwareKey,
            Self::Key(_) => AuthStrength::PublicKey,
        }
    }

    pub(crate) fn basis(&self) -> Basis {
        match self {
            Self::Needless | Self::Key(None) => Basis::Nothing,
            Self::Password(_) => Basis::Password,
            Self::Key(Some(key)) => Basis::Key(key.fingerprint()),
        }
    }

    pub(crate) fn fingerprint(&self) -> Option<String> {
        match self {
            Self::Key(Some(key)) => Some(key.fingerprint()),
            _ => None,
        }
    }
}

/// Has a claim decided. If the caller does not wait for its session, the session ends.
pub(crate) async fn admit(core: &Arc<Core>, claim: Claim) -> Result<Admitted, Denial> {
    let (sender, answer) = oneshot::channel();
    let core = core.clone();
    core.runtime.clone().spawn(async move {
        let _ = sender.send(admit_now(&core, claim).await.map(Delivery::new));
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

async fn admit_now(core: &Arc<Core>, claim: Claim) -> Result<Admitted, Denial> {
    let settings = core.settings();
    let directory = core.directory.read().await;
    let admission = decided(core, &directory, &claim)?;
    let entry = claim.whom.find(&directory);
    let account = entry.map(|entry| &entry.account);
    if claim.method == MethodKind::Password && account.is_some_and(|account| account.password_is_one_time) {
        return Ok(Admitted::OneTime);
    }
    let seat = seat(core, &claim, entry, &settings)?;
    let context = context(&claim, entry, &admission, core.clock.wall_ms())?;
    let event = begun(&context, &claim);
    // Nothing is handed over that is not written down.
    core.audit_first(event).await?;
    let principal = entry.map(|entry| entry.principal);
    let beginning = Beginning { context, principal, signed: claim.signed, basis: claim.proof.basis() };
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

fn seat(core: &Core, claim: &Claim, entry: Option<&Entry>, settings: &Settings) -> Result<Seat, Denial> {
    let holder = match (claim.method, entry) {
        (MethodKind::Guest | MethodKind::Anonymous, _) | (_, None) => {
            Holder::Visitors(claim.method, claim.source.key())
        }
        (_, Some(entry)) => Holder::Principal(entry.principal),
    };
    core.table.seat(holder, &settings.limits).map_err(|none| match none {
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

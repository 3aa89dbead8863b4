//! The decision: who may have a session, and what it is given. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use capos_schema::{Code, Denial};

use crate::{Account, AccountState, GrantDefinition, MethodKind, PrincipalKind, Profile, ProfileDefinition, Role};

/// The one profile that guests may ask for.
pub(crate) const GUEST: &str = "guest";
/// The profile of anonymous visitors who ask for none.
const ANONYMOUS: &str = "anonymous";

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// How the principal signs in, or has signed in.
    pub method: MethodKind,
    /// The profile wanted; empty for the account's default.
    pub profile: String,
    /// On what occasion.
    pub occasion: Occasion,
}

/// When a decision is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Somebody signs in.
    SignIn,
    /// A session is renewed.
    Renewal,
    /// An account, role or profile has changed under a session.
    Review,
}

/// What is known.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Whether the operator has the method on.
    pub enabled: bool,
    /// Whether the proof holds; for guest and anonymous there is none to hold.
    pub proven: bool,
    /// The account; none where there is none of that name, and for anonymous.
    pub account: Option<&'a Account>,
    /// All roles by name.
    pub roles: &'a BTreeMap<String, Role>,
    /// All profiles by name.
    pub profiles: &'a BTreeMap<String, ProfileFacts>,
}

/// What is known of one profile.
#[derive(Clone, Debug)]
pub struct ProfileFacts {
    /// As it was written.
    pub profile: Profile,
    /// What it gives, proven.
    pub definition: Arc<ProfileDefinition>,
}

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The session that may be, or the refusal as the peer is told it.
    pub outcome: Result<Admission, Denial>,
    /// The true reasons, for the journal alone.
    pub reasons: Vec<Reason>,
}

/// A session that may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The profile that is entered.
    pub profile: String,
    /// What kind of actor the session's is.
    pub kind: PrincipalKind,
    /// How long the proof is good.
    pub duration_ms: u64,
    /// How long the session may last in all.
    pub max_duration_ms: u64,
    /// How long it may be quiet.
    pub idle_ms: Option<u64>,
    /// Its bundle.
    pub grants: Vec<GrantDefinition>,
}

/// Decides who may have a session, and what it is given, at a sign-in, a renewal and a change of policy alike.
///
/// - What is given is the profile's grants and nothing else.
/// - A profile is never replaced by another one.
#[must_use]
pub fn decide(request: &Request, facts: &Facts<'_>) -> Decision {
    match admission(request, facts) {
        Ok(admission) => Decision { outcome: Ok(admission), reasons: vec![Reason::Admitted] },
        Err(reasons) => Decision { outcome: Err(denial(request.method, &reasons)), reasons },
    }
}

fn admission(request: &Request, facts: &Facts<'_>) -> Result<Admission, Vec<Reason>> {
    // Everything that speaks against it, for the journal; what weighs most comes first.
    let mut against = Vec::new();
    let review = request.occasion == Occasion::Review;
    if !facts.enabled && !review {
        against.push(Reason::MethodOff);
    }
    let kind = principal(request, facts).map_err(|reasons| against.extend(reasons)).ok();
    // That nobody's proof does not hold goes without saying.
    if !facts.proven && !review && !against.contains(&Reason::UnknownAccount) {
        against.push(Reason::WrongProof);
    }
    let profile = kind.map(|kind| entered(request, facts, kind)).transpose();
    match (kind, profile) {
        (Some(kind), Ok(Some((name, definition)))) if against.is_empty() => Ok(Admission {
            profile: name.to_owned(),
            kind,
            duration_ms: definition.duration_ms,
            max_duration_ms: definition.max_duration_ms,
            idle_ms: definition.idle_ms,
            grants: definition.grants.clone(),
        }),
        (_, profile) => {
            against.extend(profile.err());
            Err(against)
        }
    }
}

/// What kind of actor it is, if one that may sign in this way.
fn principal(request: &Request, facts: &Facts<'_>) -> Result<PrincipalKind, Vec<Reason>> {
    if request.method == MethodKind::Anonymous {
        return Ok(PrincipalKind::Anonymous);
    }
    let Some(account) = facts.account else { return Err(vec![Reason::UnknownAccount]) };
    let mut against = Vec::new();
    match account.state {
        AccountState::Active | AccountState::RecoveryOnly => {}
        AccountState::Disabled => against.push(Reason::AccountDisabled),
        AccountState::Locked => against.push(Reason::AccountLocked),
    }
    let visits = request.method == MethodKind::Guest;
    let fits = match account.kind {
        PrincipalKind::Guest => visits,
        PrincipalKind::Human | PrincipalKind::Operator | PrincipalKind::Service => !visits,
        PrincipalKind::Anonymous | PrincipalKind::Pseudonymous => false,
    };
    if !fits {
        against.push(Reason::WrongKind);
    }
    if against.is_empty() { Ok(account.kind) } else { Err(against) }
}

/// The profile that is entered.
fn entered<'a>(
    request: &'a Request,
    facts: &Facts<'a>,
    kind: PrincipalKind,
) -> Result<(&'a str, &'a ProfileDefinition), Reason> {
    let name = wanted(request, facts)?;
    if !allowed(request, facts, name) {
        return Err(Reason::ForbiddenProfile);
    }
    let Some(profile) = facts.profiles.get(name) else { return Err(Reason::UnknownProfile) };
    if profile.profile.retired {
        return Err(Reason::RetiredProfile);
    }
    if !profile.definition.admits.contains(&kind) {
        return Err(Reason::KindNotAdmitted);
    }
    Ok((name, &profile.definition))
}

fn wanted<'a>(request: &'a Request, facts: &Facts<'a>) -> Result<&'a str, Reason> {
    if !request.profile.is_empty() {
        return Ok(&request.profile);
    }
    let default = match (request.method, facts.account) {
        // A guest says so in as many words.
        (MethodKind::Guest, _) => "",
        (MethodKind::Anonymous, _) => ANONYMOUS,
        (_, Some(account)) if account.state == AccountState::RecoveryOnly => &account.recovery_profile,
        (_, Some(account)) => &account.default_profile,
        (_, None) => "",
    };
    if default.is_empty() { Err(Reason::NoProfile) } else { Ok(default) }
}

fn allowed(request: &Request, facts: &Facts<'_>, profile: &str) -> bool {
    match (request.method, facts.account) {
        // What it admits says it all.
        (MethodKind::Anonymous, _) => true,
        (MethodKind::Guest, _) if profile != GUEST => false,
        (_, Some(account)) if account.state == AccountState::RecoveryOnly => account.recovery_profile == profile,
        (_, Some(account)) => roles_allow(&account.roles, facts.roles, profile),
        (_, None) => false,
    }
}

pub(crate) fn roles_allow(held: &[String], roles: &BTreeMap<String, Role>, profile: &str) -> bool {
    let roles = held.iter().filter_map(|role| roles.get(role));
    roles.flat_map(|role| &role.profiles).any(|allowed| allowed == profile)
}

/// What a peer is told: for all who have to prove something the same, whatever the cause.
fn denial(method: MethodKind, reasons: &[Reason]) -> Denial {
    use Reason::{AccountDisabled, AccountLocked, MethodOff, UnknownAccount, WrongKind};
    let off = |reason: &Reason| match method {
        MethodKind::Guest => {
            matches!(reason, MethodOff | UnknownAccount | AccountDisabled | AccountLocked | WrongKind)
        }
        _ => *reason == MethodOff,
    };
    if reasons.iter().any(off) { Code::DisabledAuthMethod.into() } else { Code::AuthenticationDenied.into() }
}

/// Why it was decided so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Everything was in order.
    Admitted,
    /// The method is off, or not built.
    MethodOff,
    /// There is no such account.
    UnknownAccount,
    /// The proof does not hold.
    WrongProof,
    /// The account is disabled.
    AccountDisabled,
    /// The account is locked.
    AccountLocked,
    /// Accounts of this kind do not sign in this way.
    WrongKind,
    /// No profile was asked for, and the account has no default.
    NoProfile,
    /// There is no such profile.
    UnknownProfile,
    /// The profile is retired.
    RetiredProfile,
    /// No role of the account names the profile.
    ForbiddenProfile,
    /// The profile does not admit this kind of principal.
    KindNotAdmitted,
}

impl Reason {
    /// Its name in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::MethodOff => "methodOff",
            Self::UnknownAccount => "unknownAccount",
            Self::WrongProof => "wrongProof",
            Self::AccountDisabled => "accountDisabled",
            Self::AccountLocked => "accountLocked",
            Self::WrongKind => "wrongKind",
            Self::NoProfile => "noProfile",
            Self::UnknownProfile => "unknownProfile",
            Self::RetiredProfile => "retiredProfile",
            Self::ForbiddenProfile => "forbiddenProfile",
            Self::KindNotAdmitted => "kindNotAdmitted",
        }
    }
}

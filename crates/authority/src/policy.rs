//! The decision: who may have a session, and what it is given. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use capos_schema::{Code, Denial};

use crate::{Account, GrantDefinition, MethodKind, PrincipalKind, ProfileDefinition, Role};

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
    /// Whether it gives nothing any more.
    pub retired: bool,
    /// What it gives.
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

/// Decides.
#[must_use]
pub fn decide(_request: &Request, _facts: &Facts<'_>) -> Decision {
    Decision { outcome: Err(Code::Internal.into()), reasons: Vec::new() }
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
    /// The account may only be recovered, and this is not its recovery profile.
    RecoveryOnly,
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

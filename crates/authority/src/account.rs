//! Accounts and roles, as administrators see them. What an account signs in with is not in here.

use serde::{Deserialize, Serialize};

/// What kind of actor stands behind a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PrincipalKind {
    /// A person with an account.
    Human,
    /// A person who runs the node.
    Operator,
    /// A program with an account.
    Service,
    /// A visitor whom the node lets in under its guest account.
    Guest,
    /// Nobody in particular.
    Anonymous,
    /// Somebody who can be recognised again, but not named.
    Pseudonymous,
}

impl PrincipalKind {
    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Operator => "operator",
            Self::Service => "service",
            Self::Guest => "guest",
            Self::Anonymous => "anonymous",
            Self::Pseudonymous => "pseudonymous",
        }
    }
}

/// The strongest proof that a session rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AuthStrength {
    /// No proof was asked for.
    None,
    /// The connection came from the node's own machine.
    LocalPresence,
    /// Something known.
    Password,
    /// A key that cannot leave its device.
    HardwareKey,
    /// More than one party had to agree.
    MultiParty,
    /// A signature by a registered key.
    PublicKey,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AccountState {
    /// It may sign in.
    #[default]
    Active,
    /// An administrator has switched it off.
    Disabled,
    /// It may not sign in until an administrator has looked at it.
    Locked,
    /// It may sign in to its recovery profile alone.
    RecoveryOnly,
}

/// A public key that an account may sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountKey {
    /// As `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// Its type.
    pub algorithm: String,
    /// What its owner calls it.
    pub comment: String,
    /// When it was added, in milliseconds since 1970.
    pub added_at_ms: u64,
}

/// One account, as it can be read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name, by which a sign-in selects it.
    pub name: String,
    /// How to address its owner.
    pub display_name: String,
    /// What kind of actor it is.
    pub kind: PrincipalKind,
    /// Whether it may be used.
    pub state: AccountState,
    /// Its roles, which say what profiles it may enter.
    pub roles: Vec<String>,
    /// The profile it enters where it asks for none; empty for none.
    pub default_profile: String,
    /// The one profile it may enter in recovery; empty for none.
    pub recovery_profile: String,
    /// Whether it has a password.
    pub has_password: bool,
    /// Whether that password is good only to be replaced.
    pub password_is_one_time: bool,
    /// Its public keys.
    pub keys: Vec<AccountKey>,
    /// Grows with each change.
    pub revision: u64,
    /// When it was made, in milliseconds since 1970.
    pub created_at_ms: u64,
}

/// What an account is to be, its name and what it signs in with aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountDraft {
    /// How to address its owner.
    pub display_name: String,
    /// What kind of actor it is.
    pub kind: PrincipalKind,
    /// Whether it may be used.
    pub state: AccountState,
    /// Its roles; each must exist.
    pub roles: Vec<String>,
    /// The profile it enters where it asks for none; one that its roles allow, or empty.
    pub default_profile: String,
    /// The one profile it may enter in recovery; empty for none.
    pub recovery_profile: String,
}

/// A named set of profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// The profiles that its holders may enter; each must exist.
    pub profiles: Vec<String>,
    /// Grows with each change; 0 for one that is new.
    pub revision: u64,
}

//! What is known of a session and its grants, and why it ends.

use std::fmt;

use capos_membrane::Liveness;
use capos_schema::{Code, Denial};

use crate::{AuditLevel, AuthStrength, CallLimits, MethodKind, PrincipalKind, Source, Transfer};

/// Names a session in records. Nothing accepts it as authority.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(pub [u8; 16]);

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is fixed when a session begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Names the session in records.
    pub handle: Handle,
    /// The account that signed in; none for anonymous.
    pub account: Option<String>,
    /// The principal's opaque, stable handle; empty for guest and anonymous.
    pub principal: Vec<u8>,
    /// What kind of actor it is.
    pub kind: PrincipalKind,
    /// How to address the principal.
    pub display_name: String,
    /// What the proof was worth.
    pub strength: AuthStrength,
    /// How it signed in.
    pub method: MethodKind,
    /// The profile that its bundle comes from.
    pub profile: String,
    /// When it began, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// Where from.
    pub source: Source,
}

/// One grant of a session's bundle.
pub struct Grant {
    /// Its name in the bundle.
    pub name: String,
    /// The interface it is granted as.
    pub interface_id: u64,
    /// What stands behind it, such as `builtin:manual`.
    pub object: String,
    /// Whether it may be passed on.
    pub transfer: Transfer,
    /// When its lease is over, by the steady clock; none where it lasts as long as the session.
    pub lease_until_ns: Option<u64>,
    /// The same as people read it, in milliseconds since 1970; 0 for none.
    pub lease_expires_at_ms: u64,
    /// The methods that are open; none for all.
    pub methods: Option<Vec<String>>,
    /// Which of its calls are recorded.
    pub audit: AuditLevel,
    /// How much it may be called.
    pub calls: CallLimits,
    /// Whether it stands; below the session's.
    pub liveness: Liveness,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").field("name", &self.name).field("object", &self.object).finish_non_exhaustive()
    }
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// Its holder has ended it.
    Logout,
    /// Its time was over.
    Expired,
    /// It was quiet for too long.
    Idle,
    /// Its connection is gone.
    Disconnected,
    /// Its holder has ended it from another session.
    EndedElsewhere,
    /// Its holder has entered another profile in its place.
    ProfileEntered,
    /// An administrator has ended it.
    Administrator,
    /// Its account has changed.
    AccountChanged,
    /// Its profile, or a role, has changed.
    PolicyChanged,
    /// The node stops.
    NodeStopping,
}

impl EndReason {
    /// Its name in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::Disconnected => "disconnected",
            Self::EndedElsewhere => "endedElsewhere",
            Self::ProfileEntered => "profileEntered",
            Self::Administrator => "administrator",
            Self::AccountChanged => "accountChanged",
            Self::PolicyChanged => "policyChanged",
            Self::NodeStopping => "nodeStopping",
        }
    }

    /// The same to a person, with what to do.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Logout => "the session was ended; sign in again",
            Self::Expired => "the session's time is over; sign in again",
            Self::Idle => "the session was quiet for too long; sign in again",
            Self::Disconnected => "the session's connection is gone; sign in again",
            Self::EndedElsewhere => "the session was ended from another session of the same account; sign in again",
            Self::ProfileEntered => "another profile was entered in the session's place",
            Self::Administrator => "an administrator has ended the session",
            Self::AccountChanged => "the account has changed; sign in again",
            Self::PolicyChanged => "what the session was given has changed; sign in again",
            Self::NodeStopping => "the node is stopping; sign in again once it is back",
        }
    }
}

impl From<EndReason> for Denial {
    fn from(why: EndReason) -> Self {
        Self::new(Code::StaleSession, why.sentence())
    }
}

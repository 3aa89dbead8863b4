//! What a node tells about itself and a session, as plain data, parsed and bounded.

mod parse;
mod words;

use serde::Serialize;

pub(crate) use parse::{Reading, grants, methods, own_sessions, profile_choices, session_info};
pub use words::{AuthStrength, MethodKind, PrincipalKind, Transfer};

/// A way of signing in that the node supports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Method {
    /// Which one.
    pub kind: MethodKind,
    /// Its name for a person.
    pub label: String,
    /// Profiles worth asking for with it.
    pub profile_hints: Vec<String>,
    /// Whether a person must take part.
    pub interactive: bool,
    /// Whether the node's policy has it on.
    pub enabled: bool,
}

/// The facts of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionInfo {
    /// A public handle to correlate records with, in hexadecimal. No authority.
    pub session_id: String,
    /// The principal's stable handle, in hexadecimal; empty for guests and anonymous sessions. No authority.
    pub principal_id: String,
    /// What kind of actor this is.
    pub principal_kind: PrincipalKind,
    /// How to address the principal.
    pub display_name: String,
    /// What the session's proof was worth.
    pub auth_strength: AuthStrength,
    /// When it began, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// When it ends unless renewed, in milliseconds since 1970.
    pub expires_at_ms: u64,
    /// The profile that its grants come from.
    pub profile: String,
}

/// One grant, as the bundle lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapEntry {
    /// Its name in the bundle.
    pub name: String,
    /// The interface it is granted as.
    pub interface_id: u64,
    /// Whether it may be passed on.
    pub transfer: Transfer,
    /// When its lease is over, in milliseconds since 1970, if before the session.
    pub lease_expires_at_ms: Option<u64>,
}

/// Another session of the same principal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnSession {
    /// Its public handle, in hexadecimal. No authority.
    pub session_id: String,
    /// When it began, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// When it ends unless renewed, in milliseconds since 1970.
    pub expires_at_ms: u64,
    /// How it signed in: a word of [`MethodKind`], where this build knows it.
    pub method: String,
    /// What its proof was worth.
    pub auth_strength: AuthStrength,
    /// The profile that its grants come from.
    pub profile: String,
    /// How long since its last call.
    pub idle_ms: u64,
}

/// A profile that a session's principal may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileChoice {
    /// Its name, as a sign-in asks for it.
    pub name: String,
    /// Its name for a person; may be empty.
    pub label: String,
    /// Whether it is the session's own.
    pub current: bool,
}

/// What was last learnt of a session; gone when the session is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// The session's facts, once they were asked for.
    pub info: Option<SessionInfo>,
    /// The bundle, once it was asked for.
    pub caps: Option<Vec<CapEntry>>,
}

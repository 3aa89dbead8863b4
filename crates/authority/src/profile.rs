//! Profiles: what a session is given.

use serde::Deserialize;

use crate::{Error, Limits, PrincipalKind};

pub(crate) mod duration;
mod parse;
#[cfg(test)]
mod tests;

/// What a session of this profile is given, as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it gives, as JSON: see [`ProfileDefinition`].
    pub definition: String,
    /// Whether it gives nothing any more.
    pub retired: bool,
    /// Grows with each change; 0 for one that is new.
    pub revision: u64,
}

/// What a profile gives, proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileDefinition {
    /// Its name for a person.
    pub label: String,
    /// The kinds of principal that may enter it.
    pub admits: Vec<PrincipalKind>,
    /// How long one proof is good.
    pub duration_ms: u64,
    /// How long a session may last, counted from its beginning, however often it is renewed.
    pub max_duration_ms: u64,
    /// How long a session may be quiet; none for as long as it likes.
    pub idle_ms: Option<u64>,
    /// Its grants, each name once.
    pub grants: Vec<GrantDefinition>,
}

/// One grant of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantDefinition {
    /// Its name in the bundle.
    pub name: String,
    /// The interface it is granted as.
    pub interface_id: u64,
    /// What stands behind it, such as `builtin:manual`.
    pub object: String,
    /// Whether it may be passed on.
    pub transfer: Transfer,
    /// How long it lasts; none for as long as the session.
    pub lease_ms: Option<u64>,
    /// The methods that are open; none for all.
    pub methods: Option<Vec<String>>,
    /// Which of its calls are recorded.
    pub audit: AuditLevel,
    /// How much it may be called.
    pub calls: CallLimits,
}

/// Whether a grant may be passed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Transfer {
    /// It dies with the session and may not be passed on.
    #[default]
    Session,
    /// It may be passed on within the node, narrowed.
    Delegable,
    /// It is listed to explain, and never given.
    Local,
}

impl Transfer {
    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Delegable => "delegable",
            Self::Local => "local",
        }
    }
}

/// Which calls of a grant the journal keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AuditLevel {
    /// None.
    Off,
    /// Those that were refused.
    #[default]
    Denied,
    /// Every one.
    All,
}

/// How much a grant may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// Calls without an answer.
    pub in_flight: u32,
    /// Calls per second.
    pub per_second: Option<u32>,
    /// Calls in all.
    pub total: Option<u64>,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self { in_flight: 1024, per_second: None, total: None }
    }
}

impl ProfileDefinition {
    /// Reads a definition.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with a sentence that names what is wrong.
    pub fn parse_json(text: &str, limits: &Limits) -> Result<Self, Error> {
        parse::definition(text, limits)
    }
}

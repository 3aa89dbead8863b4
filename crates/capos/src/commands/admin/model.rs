//! What is administered, as plain data. Serialised it is what `--json` gives: stable keys in lower camel case.

use serde::Serialize;

/// One account.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) display_name: String,
    /// A name of `PrincipalKind`.
    pub(crate) kind: String,
    /// A name of `AccountState`.
    pub(crate) state: String,
    pub(crate) roles: Vec<String>,
    pub(crate) default_profile: String,
    pub(crate) recovery_profile: String,
    pub(crate) has_password: bool,
    pub(crate) password_is_one_time: bool,
    pub(crate) keys: Vec<Key>,
    pub(crate) revision: u64,
    pub(crate) created_at_ms: u64,
}

/// A public key of an account.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Key {
    /// As `ssh-keygen -l` shows it.
    pub(crate) fingerprint: String,
    pub(crate) algorithm: String,
    pub(crate) comment: String,
    pub(crate) added_at_ms: u64,
}

/// What an account is to be, its name and what it signs in with aside.
#[derive(Clone, Debug)]
pub(crate) struct AccountChange {
    pub(crate) display_name: String,
    /// A name of `PrincipalKind`.
    pub(crate) kind: String,
    /// A name of `AccountState`.
    pub(crate) state: String,
    pub(crate) roles: Vec<String>,
    pub(crate) default_profile: String,
    pub(crate) recovery_profile: String,
}

/// A named set of profiles.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) profiles: Vec<String>,
    pub(crate) revision: u64,
}

/// What a session of this profile is given.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) retired: bool,
    pub(crate) revision: u64,
    /// As JSON text; shown as JSON.
    #[serde(serialize_with = "as_json")]
    pub(crate) definition: String,
}

impl Profile {
    /// Its definition as a value.
    pub(crate) fn parsed(&self) -> serde_json::Value {
        serde_json::from_str(&self.definition).unwrap_or_default()
    }
}

/// A live session.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveSession {
    /// Its public handle.
    #[serde(serialize_with = "as_hex")]
    pub(crate) session: Vec<u8>,
    pub(crate) account: String,
    pub(crate) display_name: String,
    pub(crate) kind: String,
    pub(crate) profile: String,
    pub(crate) auth_strength: String,
    pub(crate) method: String,
    pub(crate) source: String,
    pub(crate) tls: bool,
    pub(crate) created_at_ms: u64,
    pub(crate) expires_at_ms: u64,
    pub(crate) idle_ms: u64,
    /// Whether it is the session that asks.
    pub(crate) own: bool,
}

/// A grant of a live session.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveGrant {
    pub(crate) name: String,
    #[serde(serialize_with = "as_id")]
    pub(crate) interface_id: u64,
    pub(crate) interface_name: String,
    pub(crate) transfer_policy: String,
    pub(crate) lease_expires_at_ms: u64,
    /// Why it has ended, as a denial code; empty while it is live.
    pub(crate) ended: String,
    pub(crate) origin: String,
    pub(crate) references: Vec<LiveReference>,
    pub(crate) calls: u64,
    pub(crate) calls_in_flight: u32,
}

/// A capability that is held through a grant.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveReference {
    pub(crate) number: u64,
    /// 0 for the granted object itself.
    pub(crate) parent: u64,
    #[serde(serialize_with = "as_id")]
    pub(crate) via_interface_id: u64,
    pub(crate) via_method: String,
    pub(crate) callback: bool,
}

fn as_json<S: serde::Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => value.serialize(to),
        Err(_) => text.serialize(to),
    }
}

pub(crate) fn as_hex<S: serde::Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    hex::encode(bytes).serialize(to)
}

/// Ids do not survive JavaScript's numbers, and are written as schemas write them.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
pub(crate) fn as_id<S: serde::Serializer>(id: &u64, to: S) -> Result<S::Ok, S::Error> {
    format!("{id:#018x}").serialize(to)
}

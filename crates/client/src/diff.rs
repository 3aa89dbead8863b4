//! What changed in a session between two looks at it. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::view::{CapEntry, SessionInfo, Transfer};

/// A session at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its facts.
    pub info: SessionInfo,
    /// Its bundle.
    pub caps: Vec<CapEntry>,
}

/// A fact of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "named as in SessionInfo")]
pub enum Field {
    SessionId,
    PrincipalId,
    PrincipalKind,
    DisplayName,
    AuthStrength,
    CreatedAtMs,
    ExpiresAtMs,
    Profile,
}

/// One fact that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Which one.
    pub field: Field,
    /// What it was and what it is; withheld for ids.
    pub values: Option<(String, String)>,
}

/// A grant that stands on other terms: renewed, or bound anew by policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TermsChange {
    /// The grant as it was.
    pub before: CapEntry,
    /// The grant as it is; of the same name and interface.
    pub after: CapEntry,
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionDiff {
    /// Nothing to compare with yet: this look is what the next one is compared with.
    pub baseline: bool,
    /// Grants that came.
    pub added: Vec<CapEntry>,
    /// Grants that went.
    pub removed: Vec<CapEntry>,
    /// Grants on other terms.
    pub policy_changed: Vec<TermsChange>,
    /// Facts of the session that changed.
    pub fields: Vec<FieldChange>,
}

impl SessionDiff {
    /// The first look.
    #[must_use]
    pub fn baseline() -> Self {
        Self { baseline: true, ..Self::default() }
    }

    /// What changed from one look to the next. A grant is the same one if both name and interface are.
    #[must_use]
    pub fn between(before: &Snapshot, after: &Snapshot) -> Self {
        let (old, new) = (by_key(&before.caps), by_key(&after.caps));
        let missing_in = |other: &Keyed<'_>, entry: &CapEntry| !other.contains_key(&key(entry));
        Self {
            baseline: false,
            added: new.values().filter(|entry| missing_in(&old, entry)).map(|&entry| entry.clone()).collect(),
            removed: old.values().filter(|entry| missing_in(&new, entry)).map(|&entry| entry.clone()).collect(),
            policy_changed: new.iter().filter_map(|(key, after)| changed(old.get(key)?, after)).collect(),
            fields: fields(&before.info, &after.info),
        }
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.policy_changed.is_empty() && self.fields.is_empty()
    }

    /// All of it in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.baseline {
            return "first look: later changes are told from here".to_owned();
        }
        let counts = [
            (self.added.len(), "grant added", "grants added"),
            (self.removed.len(), "grant removed", "grants removed"),
            (self.policy_changed.len(), "grant on other terms", "grants on other terms"),
            (self.fields.len(), "session field changed", "session fields changed"),
        ];
        let told = counts.iter().filter(|(count, ..)| *count > 0);
        let told: Vec<_> = told.map(|(n, one, more)| format!("{n} {}", if *n == 1 { one } else { more })).collect();
        if told.is_empty() { "nothing changed".to_owned() } else { told.join(", ") }
    }
}

type Keyed<'e> = BTreeMap<(&'e str, u64), &'e CapEntry>;

fn key(entry: &CapEntry) -> (&str, u64) {
    (&entry.name, entry.interface_id)
}

fn by_key(caps: &[CapEntry]) -> Keyed<'_> {
    caps.iter().map(|entry| (key(entry), entry)).collect()
}

fn terms(entry: &CapEntry) -> (&Transfer, Option<u64>) {
    (&entry.transfer, entry.lease_expires_at_ms)
}

fn changed(before: &CapEntry, after: &CapEntry) -> Option<TermsChange> {
    (terms(before) != terms(after)).then(|| TermsChange { before: before.clone(), after: after.clone() })
}

fn fields(before: &SessionInfo, after: &SessionInfo) -> Vec<FieldChange> {
    let withheld = [
        (Field::SessionId, &before.session_id, &after.session_id),
        (Field::PrincipalId, &before.principal_id, &after.principal_id),
    ];
    let open = [
        (Field::PrincipalKind, before.principal_kind.to_string(), after.principal_kind.to_string()),
        (Field::DisplayName, before.display_name.clone(), after.display_name.clone()),
        (Field::AuthStrength, before.auth_strength.to_string(), after.auth_strength.to_string()),
        (Field::CreatedAtMs, before.created_at_ms.to_string(), after.created_at_ms.to_string()),
        (Field::ExpiresAtMs, before.expires_at_ms.to_string(), after.expires_at_ms.to_string()),
        (Field::Profile, before.profile.clone(), after.profile.clone()),
    ];
    let withheld = withheld.into_iter().filter(|(_, old, new)| old != new);
    let withheld = withheld.map(|(field, ..)| FieldChange { field, values: None });
    let open = open.into_iter().filter(|(_, old, new)| old != new);
    withheld.chain(open.map(|(field, old, new)| FieldChange { field, values: Some((old, new)) })).collect()
}

#[cfg(test)]
mod tests;

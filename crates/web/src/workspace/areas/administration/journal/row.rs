//! A row, as a page may have it.

use capos_schema::audit_capnp::audit_row;
use serde_json::{Map, Value};

use crate::workspace::view::{Text, shown};

shown! {
    /// One row.
    struct RowView {
        /// Its place.
        sequence: u64,
        /// When.
        at_ms: u64,
        /// What kind of event.
        kind: Text,
        /// What happened.
        facts: Vec<Fact>,
        /// Facts that are not told here.
        withheld: u32,
    }

    /// One of them.
    struct Fact {
        /// Which.
        name: Text,
        /// What it is.
        value: Text,
    }
}

/// What may be told. Everything else is withheld: a new fact is before somebody has thought of it.
const TOLD: &[&str] = &[
    "account",
    "action",
    "by",
    "bytes",
    "callback",
    "cause",
    "causes",
    "code",
    "count",
    "defaultProfile",
    "displayName",
    "durationMs",
    "expiresAtMs",
    "grant",
    "grants",
    "kind",
    "method",
    "more",
    "note",
    "oneTime",
    "outcome",
    "profile",
    "profiles",
    "reason",
    "recoveryProfile",
    "retired",
    "role",
    "roles",
    "service",
    "state",
    "tls",
    "us",
    "way",
];

pub(super) fn row_view(from: audit_row::Reader<'_>) -> capnp::Result<RowView> {
    let payload: Map<String, Value> = serde_json::from_slice(from.get_payload()?).unwrap_or_default();
    let facts = facts(&payload);
    Ok(RowView {
        sequence: from.get_sequence(),
        at_ms: from.get_at_ms(),
        kind: Text::line(from.get_kind()?.to_str()?),
        withheld: u32::try_from(payload.len().saturating_sub(facts.len())).unwrap_or(u32::MAX),
        facts,
    })
}

fn facts(payload: &Map<String, Value>) -> Vec<Fact> {
    let told = payload.iter().filter(|(name, _)| TOLD.contains(&name.as_str()));
    told.map(|(name, value)| Fact { name: Text::line(name), value: words(value) }).collect()
}

fn words(value: &Value) -> Text {
    match value {
        Value::String(text) => Text::line(text),
        Value::Array(all) => {
            let all = all.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
            Text::line(&all.collect::<Vec<_>>().join(", "))
        }
        other => Text::line(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workspace::view::json as text;

    #[test]
    fn only_known_facts_are_told() {
        let payload = json!({
            "account": "alice", "roles": ["operator", "auditor\u{1b}"], "oneTime": true, "causes": {"wait": 3},
            "session": "5e551011", "source": "192.0.2.7:4000", "channelBinding": "b1d1", "node": "0d0d", "new": "x",
        });
        let facts = facts(payload.as_object().unwrap());
        let told = text(&facts);
        for marker in ["5e551011", "192.0.2.7", "b1d1", "0d0d", "\"new\"", "\u{1b}"] {
            assert!(!told.contains(marker), "{marker:?} in {told}");
        }
        assert!(told.contains(r#"{"name":"roles","value":"operator, auditor"#), "{told}");
        assert_eq!(facts.len(), 4);
    }
}

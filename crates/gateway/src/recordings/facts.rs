//! What is known of a recording beside what was drawn.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Names a recording. Nothing accepts it as authority: whoever may not see the recording is told what he is told of one
/// that there is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(String);

/// Bytes of chance in an id.
const ID_BYTES: usize = 16;

impl Id {
    pub(crate) fn new(bytes: [u8; ID_BYTES]) -> Self {
        Self(hex(&bytes))
    }

    /// An id as it is written; nothing for what cannot be one, so that no name of a file comes from outside.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (digits && text.len() == 2 * ID_BYTES).then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose a recording is: a hash that stands for a principal, and is told to nobody.
pub(crate) type Owner = [u8; 32];

/// Whether a recording is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    Running,
    Finished,
    Cut,
}

/// What is kept of a recording in a file beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Facts {
    pub(crate) title: String,
    pub(crate) command: String,
    pub(crate) columns: u16,
    pub(crate) rows: u16,
    pub(crate) started_at_ms: u64,
    pub(crate) duration_ms: u64,
    pub(crate) state: State,
    pub(crate) exit_code: i32,
    pub(crate) signal: String,
    /// Nobody's for guests and anonymous visitors, who are nobody the next time.
    #[serde(with = "owner")]
    pub(crate) owner: Option<Owner>,
    /// The account's name, for auditors.
    pub(crate) account: String,
    /// The public handle of the session.
    pub(crate) session: String,
    /// The service that ran the terminal.
    pub(crate) service: String,
    /// Whether its owner may not remove it.
    pub(crate) kept: bool,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

mod owner {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de};

    use super::{Owner, hex};

    pub(super) fn serialize<S: Serializer>(owner: &Option<Owner>, to: S) -> Result<S::Ok, S::Error> {
        owner.map(|owner| hex(&owner)).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Owner>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
        parse(&text).map(Some).ok_or_else(|| de::Error::custom("no owner"))
    }

    fn parse(text: &str) -> Option<Owner> {
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
        bytes?.try_into().ok()
    }
}

/// At most so many bytes of a text that somebody chose, without what a terminal would obey.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let plain = text.chars().map(|c| if capos_schema::text::acts(c) { char::REPLACEMENT_CHARACTER } else { c });
    let mut kept = String::new();
    for c in plain {
        if kept.len() + c.len_utf8() > most {
            break;
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
pub(crate) fn sample(started_at_ms: u64, owner: Option<Owner>, session: &str) -> Facts {
    Facts {
        title: "work".into(),
        command: "bash".into(),
        columns: 80,
        rows: 24,
        started_at_ms,
        duration_ms: 0,
        state: State::Running,
        exit_code: 0,
        signal: String::new(),
        owner,
        account: "ada".into(),
        session: session.into(),
        service: "shell".into(),
        kept: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_hexadecimal_and_of_its_length() {
        let id = Id::new([0xab; 16]);
        assert_eq!(Id::parse(id.as_str()), Some(id.clone()));
        for no in ["", "..", "ab", &id.as_str().to_uppercase(), &format!("{id}0"), &id.as_str().replacen("ab", "/.", 1)]
        {
            assert_eq!(Id::parse(no), None, "{no}");
        }
    }

    #[test]
    fn facts_come_back_as_they_were_written() {
        for owner in [None, Some([9; 32])] {
            let facts = sample(5, owner, "ab");
            let text = serde_json::to_string(&facts).unwrap();
            assert_eq!(serde_json::from_str::<Facts>(&text).unwrap(), facts);
        }
        let wrong = serde_json::to_string(&sample(5, Some([9; 32]), "ab")).unwrap().replace("0909", "09zz");
        assert!(serde_json::from_str::<Facts>(&wrong).is_err());
    }

    #[test]
    fn what_is_shown_is_short_and_obeyed_by_nothing() {
        assert_eq!(shown("a\x1b]0;b\u{202e}c", 64), "a\u{fffd}]0;b\u{fffd}c");
        assert_eq!(shown("äää", 4), "ää");
        assert_eq!(shown("äää", 3), "ä");
    }
}

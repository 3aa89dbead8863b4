//! The line that a public key is kept in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::material::Algorithm;
use super::{MAX_BYTES, Refused};

/// Bytes of a comment: it is shown beside the key in lists.
const MAX_COMMENT: usize = 256;

/// A line in its parts; what its bytes mean is not yet known.
pub(super) struct Line<'a> {
    pub(super) kind: &'a str,
    pub(super) blob: Vec<u8>,
    pub(super) comment: &'a str,
}

pub(super) fn parse(text: &str) -> Result<Line<'_>, Refused> {
    if text.len() > MAX_BYTES {
        return Err(Refused::TooLong);
    }
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    if text.contains(['\n', '\r']) || text.starts_with('#') {
        return Err(Refused::NotAKey);
    }
    let (kind, rest) = split_word(text);
    check_kind(kind, rest)?;
    let (base64, comment) = split_word(rest);
    if comment.len() > MAX_COMMENT || comment.chars().any(char::is_control) {
        return Err(Refused::Comment);
    }
    let blob = STANDARD.decode(base64).map_err(|_| Refused::NotAKey)?;
    Ok(Line { kind, blob, comment })
}

fn split_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    (word, rest.trim_start_matches([' ', '\t']))
}

/// Says what is in the place of a kind, since that is what people get wrong.
fn check_kind(kind: &str, rest: &str) -> Result<(), Refused> {
    if kind.is_empty() || rest.is_empty() {
        return Err(Refused::NotAKey);
    }
    match Algorithm::parse(kind.as_bytes()) {
        // The kind of a key stands later in the line: what is in front are options.
        Err(Refused::UnknownKind) if rest.split([' ', '\t']).any(is_kind) => Err(Refused::Options),
        other => other.map(|_| ()),
    }
}

fn is_kind(word: &str) -> bool {
    Algorithm::parse(word.as_bytes()) != Err(Refused::UnknownKind)
}

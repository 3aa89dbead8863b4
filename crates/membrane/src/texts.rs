//! What of an exception may cross: its type, and a text that cannot pass for the node's own.

use capnp::{Error, ErrorKind};
use capos_schema::text::acts;
use capos_schema::{Code, Denial, denial::strip_remote};

/// The longest text relayed. Enough for a sentence and a hint, too little to flood a log.
const LONGEST: usize = 1024;

/// Relays the error of someone who is not trusted to speak for the node.
///
/// What went wrong with the link to them is told as a denial, in the node's own words.
pub(crate) fn foreign(speaker: &str, error: Error) -> Error {
    match error.kind {
        ErrorKind::Disconnected => Code::ServiceUnavailable.into(),
        ErrorKind::Failed | ErrorKind::Overloaded | ErrorKind::Unimplemented => {
            Error { extra: clean(&format!("{speaker}: "), &error.extra), kind: error.kind }
        }
        // Every other kind is this library's complaint about a message, and may tell how it was laid out.
        _ => Error::failed(format!("{speaker}: sent a malformed message")),
    }
}

/// Relays the error of the node's own code: codes stay, library prefixes and control characters go.
pub(crate) fn own(error: Error) -> Error {
    match error.kind {
        ErrorKind::Failed | ErrorKind::Overloaded | ErrorKind::Disconnected | ErrorKind::Unimplemented => {
            Error { extra: clean("", &error.extra), kind: error.kind }
        }
        _ => Code::Internal.into(),
    }
}

/// What a caller is told whose message cannot be read, or not be carried on.
pub(crate) fn malformed() -> Error {
    Denial::new(Code::BadRequest, "the message cannot be read, or holds too many capabilities").into()
}

fn clean(speaker: &str, text: &str) -> String {
    let mut out = String::from(speaker);
    for letter in strip_remote(text).chars().filter(|letter| !acts(*letter)) {
        if out.len() + letter.len_utf8() > LONGEST {
            break;
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_cannot_forge_a_code() {
        let error = foreign("service", Error::failed("remote exception: revoked: go away".into()));
        assert_eq!(error.extra, "service: revoked: go away");
        assert_eq!(Denial::from_error(&error), None);
    }

    #[test]
    fn texts_are_cut_and_cleaned_and_kinds_stay() {
        let error = foreign("service", Error::overloaded(format!("a\x1b[31m\u{202e}\u{61c}b\n{}", "ß".repeat(4000))));
        assert_eq!(error.kind, ErrorKind::Overloaded);
        assert!(error.extra.starts_with("service: a[31mbßß"), "{}", &error.extra[..32]);
        assert!(error.extra.len() <= LONGEST && error.extra.len() > LONGEST - 4);
    }

    #[test]
    fn a_lost_service_is_told_in_the_nodes_words() {
        let error = foreign("service", Error::disconnected("10.0.0.1: os error 104".into()));
        assert_eq!(Denial::from_error(&error), Some(Code::ServiceUnavailable.into()));
        assert_eq!(error.kind, ErrorKind::Disconnected);
    }

    #[test]
    fn the_nodes_own_codes_pass() {
        let error =
            own(Error { extra: "remote exception: quotaExceeded: no more".into(), kind: ErrorKind::Overloaded });
        assert_eq!(error.extra, "quotaExceeded: no more");
    }
}

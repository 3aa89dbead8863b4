//! What the wire says, as it may be shown.

use capnp::NotInSchema;
use capnp::text;
use capos_schema::accounts_capnp::AccountState;
use capos_schema::identity_capnp::{AuthStrength, PrincipalKind};

use crate::workspace::problem::Problem;
use crate::workspace::view::Text;

/// A text of the node's, in one line.
pub(super) fn line(from: capnp::Result<text::Reader<'_>>) -> capnp::Result<Text> {
    Ok(Text::line(from?.to_str()?))
}

pub(super) fn lines(from: capnp::Result<capnp::text_list::Reader<'_>>) -> capnp::Result<Vec<Text>> {
    from?.iter().map(line).collect()
}

/// A line without what looks like a place of the host.
pub(super) fn placeless(from: capnp::Result<text::Reader<'_>>) -> capnp::Result<Text> {
    let text = from?.to_str()?;
    let words = text.split(' ').map(|word| if is_place(word) { "(a path)" } else { word });
    Ok(Text::line(&words.collect::<Vec<_>>().join(" ")))
}

fn is_place(word: &str) -> bool {
    word.trim_start_matches(['`', '"', '\'', '(', '=', ':']).starts_with('/') && word.len() > 1 || word.contains("=/")
}

/// Texts for the node.
pub(super) fn write<'b>(texts: &[String], init: impl FnOnce(u32) -> capnp::text_list::Builder<'b>) {
    let count = u32::try_from(texts.len()).unwrap_or(u32::MAX);
    let mut list = init(count);
    for (index, text) in (0..count).zip(texts) {
        list.set(index, text);
    }
}

/// What this program's schema does not know yet.
const UNKNOWN: &str = "unknown";

pub(super) fn state_word(state: Result<AccountState, NotInSchema>) -> Text {
    Text::fixed(match state {
        Ok(AccountState::Active) => "active",
        Ok(AccountState::Disabled) => "disabled",
        Ok(AccountState::Locked) => "locked",
        Ok(AccountState::RecoveryOnly) => "recoveryOnly",
        Err(NotInSchema(_)) => UNKNOWN,
    })
}

pub(super) fn parse_state(word: &str) -> Result<AccountState, Problem> {
    match word {
        "active" => Ok(AccountState::Active),
        "disabled" => Ok(AccountState::Disabled),
        "locked" => Ok(AccountState::Locked),
        "recoveryOnly" => Ok(AccountState::RecoveryOnly),
        _ => Err(Problem::bad_request("An account has no such state.")),
    }
}

pub(super) fn kind_word(kind: Result<PrincipalKind, NotInSchema>) -> Text {
    Text::fixed(match kind {
        Ok(PrincipalKind::Human) => "human",
        Ok(PrincipalKind::Operator) => "operator",
        Ok(PrincipalKind::Service) => "service",
        Ok(PrincipalKind::Guest) => "guest",
        Ok(PrincipalKind::Anonymous) => "anonymous",
        Ok(PrincipalKind::Pseudonymous) => "pseudonymous",
        Err(NotInSchema(_)) => UNKNOWN,
    })
}

pub(super) fn parse_kind(word: &str) -> Result<PrincipalKind, Problem> {
    match word {
        "human" => Ok(PrincipalKind::Human),
        "operator" => Ok(PrincipalKind::Operator),
        "service" => Ok(PrincipalKind::Service),
        "guest" => Ok(PrincipalKind::Guest),
        _ => Err(Problem::bad_request("An account is of no such kind.")),
    }
}

pub(super) fn strength_word(strength: Result<AuthStrength, NotInSchema>) -> Text {
    Text::fixed(match strength {
        Ok(AuthStrength::None) => "none",
        Ok(AuthStrength::LocalPresence) => "localPresence",
        Ok(AuthStrength::Password) => "password",
        Ok(AuthStrength::HardwareKey) => "hardwareKey",
        Ok(AuthStrength::MultiParty) => "multiParty",
        Ok(AuthStrength::PublicKey) => "publicKey",
        Err(NotInSchema(_)) => UNKNOWN,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_the_host_is_not_shown() {
        let shown = |text: &str| placeless(Ok(text.into())).unwrap();
        let told =
            shown("the program /usr/lib/secret/chat and `/etc/secret` of home=/home/secret are not there; 1/2 done");
        assert!(!told.as_str().contains("secret"), "{told:?}");
        assert!(told.as_str().contains("are not there; 1/2 done"));
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for state in ["active", "disabled", "locked", "recoveryOnly"] {
            assert_eq!(state_word(Ok(parse_state(state).unwrap())).as_str(), state);
        }
        for kind in ["human", "operator", "service", "guest"] {
            assert_eq!(kind_word(Ok(parse_kind(kind).unwrap())).as_str(), kind);
        }
        assert!(parse_kind("anonymous").is_err() && parse_state("").is_err());
        assert_eq!(state_word(Err(NotInSchema(99))).as_str(), "unknown");
    }
}

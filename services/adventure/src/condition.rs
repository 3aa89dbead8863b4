//! What may have to hold in a player's story before something is possible.

use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::token::Token;

/// Something that holds for a player, or does not. Written as `kind:name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A thing learned or done that has a name of its own.
    Flag(Token),
    /// The opposite of a flag.
    Without(Token),
    /// Carries an item of this kind.
    Item(Token),
    /// Has been in this room.
    Visited(Token),
    /// Has beaten this mob, at least once.
    Slain(Token),
    /// Has found this relic, sealed since or not.
    Relic(Token),
    /// Has sealed this relic or place.
    Sealed(Token),
    /// Has taken on this writ, finished since or not.
    Writ(Token),
    /// Has finished this writ.
    Done(Token),
    /// Has this writ, and it stands delegated to an actor, or is finished.
    Delegated(Token),
    /// Has sealed every relic there is.
    AllSealed,
}

impl Condition {
    /// Reads `kind:name`.
    pub fn parse(text: &str) -> Result<Condition, String> {
        if text == "all-sealed" {
            return Ok(Condition::AllSealed);
        }
        let (kind, name) = text.split_once(':').ok_or_else(|| format!("`{text}` is not `kind:name`"))?;
        let name = Token::parse(name).map_err(|fault| format!("`{text}`: {fault}"))?;
        Ok(match kind {
            "flag" => Condition::Flag(name),
            "without" => Condition::Without(name),
            "item" => Condition::Item(name),
            "visited" => Condition::Visited(name),
            "slain" => Condition::Slain(name),
            "relic" => Condition::Relic(name),
            "sealed" => Condition::Sealed(name),
            "writ" => Condition::Writ(name),
            "done" => Condition::Done(name),
            "delegated" => Condition::Delegated(name),
            _ => return Err(format!("`{kind}` is no kind of condition")),
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = match self {
            Condition::Flag(name) => ("flag", name),
            Condition::Without(name) => ("without", name),
            Condition::Item(name) => ("item", name),
            Condition::Visited(name) => ("visited", name),
            Condition::Slain(name) => ("slain", name),
            Condition::Relic(name) => ("relic", name),
            Condition::Sealed(name) => ("sealed", name),
            Condition::Writ(name) => ("writ", name),
            Condition::Done(name) => ("done", name),
            Condition::Delegated(name) => ("delegated", name),
            Condition::AllSealed => return formatter.write_str("all-sealed"),
        };
        write!(formatter, "{kind}:{name}")
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Condition, D::Error> {
        let text = String::deserialize(deserializer)?;
        Condition::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["flag:a", "without:a", "item:b", "visited:c", "slain:d", "relic:e", "delegated:f", "all-sealed"] {
            assert_eq!(Condition::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["", "flag", "flag:", "flag:A b", "luck:high"] {
            assert!(Condition::parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! What peers and files call things and say, proven.

use std::borrow::Borrow;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use capos_schema::text::acts;

use crate::Error;

/// Letters of a channel's name: it is a file's name, too.
const NAME_BYTES: usize = 64;

/// A channel's name: `[a-z0-9][a-z0-9._-]{0,63}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChannelName(Arc<str>);

impl ChannelName {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let first = text.bytes().next().is_some_and(is_plain);
        let rest = text.bytes().all(|byte| is_plain(byte) || b"._-".contains(&byte));
        if first && rest && text.len() <= NAME_BYTES {
            return Ok(Self(text.into()));
        }
        Err(Error::BadRequest("a channel's name has small letters, digits, dots, hyphens and underscores"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whose channel it is by its name: `adventure.hall` is the adventure's.
    pub(crate) fn owner(&self) -> Option<&str> {
        self.0.split_once('.').map(|(owner, _)| owner)
    }

    pub(crate) fn shared(&self) -> Arc<str> {
        self.0.clone()
    }
}

impl Borrow<str> for ChannelName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something said: not empty, one line, nothing in it that a terminal would obey.
pub(crate) fn parse_text(text: &str, most_bytes: usize) -> Result<Rc<str>, Error> {
    let text = parse_note(text, most_bytes)?;
    if text.is_empty() {
        return Err(Error::BadRequest("there is nothing to say"));
    }
    Ok(text)
}

/// A topic or a reason: the same, but it may be empty.
pub(crate) fn parse_note(text: &str, most_bytes: usize) -> Result<Rc<str>, Error> {
    let text = text.trim();
    if text.len() > most_bytes {
        return Err(Error::BadRequest("the text is too long"));
    }
    if text.chars().any(acts) {
        return Err(Error::BadRequest("the text has control characters, or more than one line"));
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channels_name_is_a_plain_word_of_at_most_64_letters() {
        let long = "a".repeat(64);
        for good in ["a", "7", "lobby", "adventure.great-hall_2", "a..", &long] {
            assert_eq!(ChannelName::parse(good).unwrap().as_str(), good);
        }
        let too_long = "a".repeat(65);
        for bad in ["", ".", "..", "-a", "_a", ".a", "Lobby", "a b", "a/b", "@a", "ä", "a\n", "a\0", &too_long] {
            assert!(ChannelName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_text_is_one_line_within_its_bound() {
        assert_eq!(&*parse_text("  hello, 世界 👩‍👩‍👧 ", 64).unwrap(), "hello, 世界 👩‍👩‍👧");
        assert_eq!(&*parse_text("12345678", 8).unwrap(), "12345678");
        for bad in ["", "  ", "123456789", "a\nb", "a\rb", "\x1b[2Jx", "a\u{202e}b", "a\tb", "a\0b"] {
            assert!(parse_text(bad, 8).is_err(), "{bad:?}");
        }
        assert_eq!(&*parse_note(" ", 8).unwrap(), "");
    }
}

//! Words that name something in the world: short, lower case, and safe to print anywhere.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest word, in bytes.
pub const LONGEST: usize = 32;

/// What a player may write around a word, in bytes.
const LONGEST_WRITTEN: usize = 64;

/// A name of something: `[a-z0-9-]{1,32}`, with no hyphen at either end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

/// What is not a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoToken;

impl fmt::Display for NoToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("names are 1 to 32 of a-z, 0-9 and hyphens")
    }
}

impl std::error::Error for NoToken {}

impl Token {
    /// Takes a word exactly as it has to be.
    pub fn parse(word: &str) -> Result<Token, NoToken> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let edges = word.starts_with('-') || word.ends_with('-');
        match !word.is_empty() && word.len() <= LONGEST && word.bytes().all(plain) && !edges {
            true => Ok(Token(word.to_owned())),
            false => Err(NoToken),
        }
    }

    /// Takes a word as people write it: in any case, and with spaces for hyphens.
    pub fn parse_written(word: &str) -> Result<Token, NoToken> {
        if word.len() > LONGEST_WRITTEN {
            return Err(NoToken);
        }
        let lower = word.trim().to_ascii_lowercase();
        Token::parse(&lower.split_ascii_whitespace().collect::<Vec<_>>().join("-"))
    }

    /// The nearest word to a name from outside, which may have anything in it.
    pub fn from_name(name: &str) -> Token {
        let mut word = String::new();
        for character in name.chars().take(256).flat_map(char::to_lowercase) {
            match character {
                'a'..='z' | '0'..='9' => word.push(character),
                _ if word.ends_with('-') || word.is_empty() => {}
                _ => word.push('-'),
            }
        }
        // Room is left for a number behind it.
        word.truncate(LONGEST - 6);
        match word.trim_end_matches('-') {
            "" => Token("stranger".to_owned()),
            word => Token(word.to_owned()),
        }
    }

    /// This word with a number behind it, for the second of a name.
    pub fn numbered(&self, number: u32) -> Token {
        let tail = format!("-{number}");
        let head = &self.0[..self.0.len().min(LONGEST - tail.len())];
        Token(format!("{}{tail}", head.trim_end_matches('-')))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The word as a person would write it in a sentence.
    pub fn spoken(&self) -> String {
        self.0.replace('-', " ")
    }
}

impl TryFrom<String> for Token {
    type Error = NoToken;

    fn try_from(word: String) -> Result<Token, NoToken> {
        Token::parse(&word)
    }
}

impl From<Token> for String {
    fn from(token: Token) -> String {
        token.0
    }
}

impl Borrow<str> for Token {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Token {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Token {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_is_taken_at_its_longest_and_not_past_it() {
        assert!(Token::parse(&"a".repeat(LONGEST)).is_ok());
        assert!(Token::parse(&"a".repeat(LONGEST + 1)).is_err());
        assert!(Token::parse("").is_err());
    }

    #[test]
    fn people_may_write_spaces_and_capitals() {
        assert_eq!(Token::parse_written(" Bog  Wight ").unwrap(), "bog-wight");
        for hostile in ["\u{1b}[2J", "a\nb/", "naïve", "--", "-a", "a'; drop", "../../etc"] {
            assert!(Token::parse_written(hostile).is_err(), "{hostile:?}");
        }
    }

    proptest! {
        #[test]
        fn any_name_becomes_a_safe_word(name in "\\PC{0,80}", number in 2u32..100_000) {
            let token = Token::from_name(&name);
            prop_assert!(Token::parse(token.as_str()).is_ok());
            prop_assert!(Token::parse(token.numbered(number).as_str()).is_ok());
        }

        #[test]
        fn whatever_is_written_is_refused_or_safe(word in any::<String>()) {
            if let Ok(token) = Token::parse_written(&word) {
                prop_assert!(Token::parse(token.as_str()).is_ok());
            }
        }
    }
}

//! Under which name somebody is seen in a channel.

mod fold;

use std::rc::Rc;

use crate::Error;

pub(crate) use fold::Likeness;

/// Words that would pass for the service or those who run it. Whoever is called so by the node may be called so here.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "all",
    "capos",
    "channel",
    "chat",
    "everyone",
    "here",
    "lobby",
    "moderator",
    "nobody",
    "node",
    "operator",
    "root",
    "server",
    "service",
    "system",
];

/// A handle: letters of one alphabet, digits, single spaces and `-_.'` between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handle {
    text: Rc<str>,
    likeness: Likeness,
}

impl Handle {
    /// Proves a handle of at most `most_chars`. White space around and between its words does not count.
    pub(crate) fn parse(text: &str, most_chars: usize) -> Result<Self, Error> {
        let words = || text.split(' ').filter(|word| !word.is_empty());
        let mut kept = String::new();
        for word in words().take(most_chars.saturating_add(1)) {
            if !kept.is_empty() {
                kept.push(' ');
            }
            kept.push_str(word);
        }
        if kept.chars().take(most_chars.saturating_add(1)).count() > most_chars {
            return Err(Error::BadRequest("the handle is too long"));
        }
        if !fold::is_of_one_alphabet(&kept) {
            return Err(Error::BadRequest("a handle has letters of one alphabet, digits, spaces and -_.'"));
        }
        let likeness = Likeness::of(&kept);
        if likeness.is_empty() || !kept.starts_with(char::is_alphanumeric) {
            return Err(Error::BadRequest("a handle begins with a letter or a digit"));
        }
        Ok(Self { text: kept.into(), likeness })
    }

    /// What is left of a name that somebody else gave, if that is a handle.
    pub(crate) fn from_display_name(name: &str, most_chars: usize) -> Option<Self> {
        let allowed = |c: &char| fold::is_neutral(*c) || fold::alphabet(*c).is_some();
        let kept: String = name.chars().take(256).filter(allowed).collect();
        let kept = kept.trim_start_matches(|c: char| !c.is_alphanumeric());
        Self::parse(&kept.chars().take(most_chars).collect::<String>(), most_chars).ok()
    }

    /// The same with a number behind it, for where it is taken.
    pub(crate) fn numbered(&self, number: u64, most_chars: usize) -> Option<Self> {
        let behind = format!("-{number}");
        let room = most_chars.checked_sub(behind.len())?;
        let stem: String = self.text.chars().take(room).collect();
        Self::parse(&format!("{stem}{behind}"), most_chars).ok()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn shared(&self) -> Rc<str> {
        self.text.clone()
    }

    pub(crate) fn likeness(&self) -> &Likeness {
        &self.likeness
    }

    /// Whether only those whom the node calls so may be called so.
    pub(crate) fn is_reserved(&self) -> bool {
        RESERVED.iter().any(|word| Likeness::of(word) == self.likeness)
    }
}

#[cfg(test)]
mod tests;

//! Names of files that cannot lead anywhere else.

use std::fmt;

use crate::context::Pseudonym;

/// Longest name; a file system bears 255 bytes, with what is added to those put aside.
const LONGEST: usize = 128;
/// Digits of a pseudonym.
const HEX: usize = 64;

/// The name of a file in a home: lower-case letters, digits, `-` and `_`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(String);

impl FileName {
    /// Reads a name. `None` for anything but 1 to 128 lower-case letters, digits, `-` and `_`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        let whole = !text.is_empty() && text.len() <= LONGEST && text.bytes().all(fits);
        whole.then(|| Self(text.to_owned()))
    }

    /// The file of one kind that belongs to one principal.
    ///
    /// # Panics
    /// Where `kind` is not a name of at most 63 bytes: it is written in the program.
    #[must_use]
    pub fn of(kind: &'static str, who: &Pseudonym) -> Self {
        Self::parse(&format!("{kind}-{}", who.hex())).expect("a kind of file is named as a file is, and shortly")
    }

    /// A name that is written in the program.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn fixed(name: &'static str) -> Self {
        Self::parse(name).expect("a file's name has lower-case letters, digits, - and _")
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Cut before what may stand for a principal: a log is read by more people than the service is.
impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at_checked(self.0.len().saturating_sub(HEX)) {
            Some((kind, who)) if kind.ends_with('-') && who.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                write!(f, "{kind}…")
            }
            _ => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileName({self})")
    }
}

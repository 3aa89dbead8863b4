//! What can go wrong, grouped by who must act.

use std::borrow::Cow;
use std::fmt;

use capos_schema::{Code, Denial};

/// What a caller of this crate may have to deal with.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// For the caller: there is no such thing. The word says what thing.
    Missing(&'static str),
    /// For the caller: there is one already.
    Exists(&'static str),
    /// For the caller: it has changed since its revision was read.
    Changed(&'static str),
    /// For the caller: what was asked is not allowed; the sentence says why.
    Invalid(Cow<'static, str>),
    /// For the caller: nobody could administer accounts any more.
    LastAdministrator,
    /// For the caller: something else still names it.
    InUse(&'static str),
    /// For the caller: too much waits already.
    Overloaded,
    /// For the caller: the authority has shut down.
    Stopped,
    /// For the operator: a record in the store is not what this program writes.
    Damaged(String),
    /// For the operator: the system gave no random bytes.
    NoRandomness,
    /// For the operator, mostly: what the store said.
    Store(capos_store::Error),
}

impl Error {
    pub(crate) fn invalid(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(sentence.into())
    }

    /// The same as a peer is told it: never what the system or the store said.
    #[must_use]
    pub fn denial(&self) -> Denial {
        match self {
            Self::Overloaded | Self::Store(capos_store::Error::Overloaded) => Code::Overloaded.into(),
            Self::Stopped => Denial::new(Code::Overloaded, "the node is stopping"),
            Self::Damaged(_) | Self::NoRandomness | Self::Store(_) => Code::Internal.into(),
            _ => Denial::new(Code::BadRequest, self.to_string()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what) => write!(f, "there is no such {what}"),
            Self::Exists(what) => write!(f, "there is such {} already", Article(what)),
            Self::Changed(what) => write!(f, "the {what} has changed since it was read; read it again"),
            Self::Invalid(sentence) => f.write_str(sentence),
            Self::LastAdministrator => f.write_str("nobody could administer accounts any more"),
            Self::InUse(what) => write!(f, "{} still names it", Article(what)),
            Self::Overloaded => f.write_str("too much waits already"),
            Self::Stopped => f.write_str("the node is stopping"),
            Self::Damaged(which) => write!(f, "the record {which} is damaged"),
            Self::NoRandomness => f.write_str("the system gives no random bytes"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

/// A noun with its article.
struct Article<'a>(&'a str);

impl fmt::Display for Article<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vowel = self.0.starts_with(['a', 'e', 'i', 'o', 'u']);
        write!(f, "{} {}", if vowel { "an" } else { "a" }, self.0)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<capos_store::Error> for Error {
    fn from(error: capos_store::Error) -> Self {
        match error {
            capos_store::Error::Overloaded => Self::Overloaded,
            error => Self::Store(error),
        }
    }
}

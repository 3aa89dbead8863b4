//! What can go wrong, by who must act.

use std::fmt;
use std::io;
use std::path::PathBuf;

use capos_schema::{Code, Denial};

/// Why something was not done.
#[derive(Debug)]
pub enum Error {
    /// The caller sent what nobody can make sense of.
    BadRequest(&'static str),
    /// The caller asked for more than is its share.
    Quota(&'static str),
    /// The operator's limits cannot be read.
    Limits(serde_json::Error),
    /// A file of the service's home cannot be read.
    Home(PathBuf, io::Error),
    /// What a moderator ordered holds, but could not be written down.
    NotKept,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::BadRequest(sentence) | Error::Quota(sentence) => f.write_str(sentence),
            Error::Limits(error) => write!(f, "CHAT_LIMITS is no object of limits: {error}"),
            Error::Home(path, error) => write!(f, "{}: {error}", path.display()),
            Error::NotKept => f.write_str("it holds until the service ends, but could not be written down"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for Denial {
    fn from(error: Error) -> Self {
        match error {
            Error::BadRequest(sentence) => Denial::new(Code::BadRequest, sentence),
            Error::Quota(sentence) => Denial::new(Code::QuotaExceeded, sentence),
            error @ Error::NotKept => Denial::new(Code::Internal, error.to_string()),
            Error::Limits(_) | Error::Home(..) => Code::Internal.into(),
        }
    }
}

impl From<Error> for capnp::Error {
    fn from(error: Error) -> Self {
        Denial::from(error).into()
    }
}

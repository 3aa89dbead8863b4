//! What can go wrong, by who must act.

use std::fmt;

use capnp::ErrorKind;
use capos_schema::{Code, Denial};

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The caller sent what makes no sense.
    BadRequest(&'static str),
    /// The caller has used up its share of something.
    Quota(&'static str),
    /// As many run as may.
    TooMany(&'static str),
    /// It follows what was before too fast.
    TooFast(&'static str),
    /// What it takes is gone, for now.
    Unavailable(&'static str),
    /// The operator's settings make no sense.
    Settings(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadRequest(sentence)
            | Self::Quota(sentence)
            | Self::TooMany(sentence)
            | Self::TooFast(sentence)
            | Self::Unavailable(sentence) => f.write_str(sentence),
            Self::Settings(sentence) => f.write_str(sentence),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for Denial {
    fn from(error: Error) -> Self {
        match error {
            Error::BadRequest(sentence) => Denial::new(Code::BadRequest, sentence),
            Error::Quota(sentence) => Denial::new(Code::QuotaExceeded, sentence),
            Error::TooMany(sentence) => Denial::new(Code::TooManyCalls, sentence),
            Error::TooFast(sentence) => Denial::new(Code::Overloaded, sentence),
            Error::Unavailable(sentence) => Denial::new(Code::ServiceUnavailable, sentence),
            Error::Settings(sentence) => Denial::new(Code::BadRequest, sentence),
        }
    }
}

impl From<Error> for capnp::Error {
    fn from(error: Error) -> Self {
        let error: Self = Denial::from(error).into();
        match error.kind {
            // The service is there, and says why. As the end of a connection the node would tell it in words of its own.
            ErrorKind::Disconnected => Self::failed(error.extra),
            _ => error,
        }
    }
}

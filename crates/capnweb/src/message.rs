//! The messages of a session.

mod write;

pub(crate) use write::{Sending, abort, call, pipe, pull, reject, release, remap, resolve};

use crate::error::Error;
use crate::exchange::Id;
use crate::json::{Document, Items, Json};

/// What a peer sends. Expressions are not read yet: see [`crate::expression::read`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Message<'d> {
    /// A call, or anything else that has an answer.
    Push(Json<'d>),
    /// A call whose answer is asked for at once and forgotten when it is given.
    Stream(Json<'d>),
    /// A stream whose writer is the sender.
    Pipe,
    /// The answer is wanted.
    Pull(Id),
    /// An answer.
    Resolve(Id, Json<'d>),
    /// An answer that is an error.
    Reject(Id, Json<'d>),
    /// That many references are gone.
    Release(Id, u64),
    /// The session is over, and why.
    Abort(Json<'d>),
}

impl<'d> Message<'d> {
    /// Which message it is.
    pub(crate) fn parse(document: &'d Document<'_>) -> Result<Self, Error> {
        let malformed = || Error::type_error("A message is malformed.");
        let mut items = document.root().items().ok_or_else(malformed)?;
        let kind = items.next().and_then(Json::text).ok_or_else(malformed)?;
        Self::of_kind(&kind, items).ok_or_else(malformed)
    }

    fn of_kind(kind: &str, mut rest: Items<'d>) -> Option<Self> {
        let mut next = || rest.next();
        Some(match kind {
            "push" => Self::Push(next()?),
            "stream" => Self::Stream(next()?),
            "pipe" => Self::Pipe,
            "pull" => Self::Pull(next()?.integer()?),
            "resolve" => Self::Resolve(next()?.integer()?, next()?),
            "reject" => Self::Reject(next()?.integer()?, next()?),
            "release" => Self::Release(next()?.integer()?, next()?.integer()?.try_into().ok()?),
            "abort" => Self::Abort(next()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;

//! What goes wrong in reading schemas and in reflection, told by who must act.

use std::borrow::Cow;
use std::fmt;

use crate::denial::{Code, Denial};

/// A failure and the place in the value, message or schema where it showed.
#[derive(Clone, Debug)]
pub struct Error {
    path: String,
    fault: Fault,
}

/// Who must act, and on what.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Whoever made the value: it does not fit its type.
    Value(Cow<'static, str>),
    /// Whoever made the value: it is of its type's kind, and beyond its range.
    Range(Cow<'static, str>),
    /// Whoever sent the message: it is not a value of its type.
    Message(Cow<'static, str>),
    /// Whoever compiled the schema: it is damaged or contradicts a pinned one.
    Schema(Cow<'static, str>),
    /// Whoever sends less: a bound was reached.
    Limit(Cow<'static, str>),
    /// Whoever keeps the capabilities: one could not be passed.
    Capability(capnp::Error),
    /// Whoever was called: the call failed.
    Call(capnp::Error),
}

/// A result with this crate's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The value does not fit its type.
    pub fn value(problem: impl Into<Cow<'static, str>>) -> Self {
        Fault::Value(problem.into()).into()
    }

    /// The value is beyond what its type can tell.
    pub fn range(problem: impl Into<Cow<'static, str>>) -> Self {
        Fault::Range(problem.into()).into()
    }

    /// The schema is damaged.
    pub fn schema(problem: impl Into<Cow<'static, str>>) -> Self {
        Fault::Schema(problem.into()).into()
    }

    /// The message is damaged.
    pub fn message(problem: impl Into<Cow<'static, str>>) -> Self {
        Fault::Message(problem.into()).into()
    }

    /// A bound was reached.
    pub fn limit(problem: impl Into<Cow<'static, str>>) -> Self {
        Fault::Limit(problem.into()).into()
    }

    pub(crate) fn unreadable(error: &capnp::Error) -> Self {
        Self::message(error.kind.to_string())
    }

    /// Who must act, and on what.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Where it showed, as `request.items[3].kind`; empty for the whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same failure, seen from one member further out.
    #[must_use]
    pub fn within(mut self, member: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{member}{dot}{}", self.path);
        self
    }

    /// The same failure, seen from the list around it.
    #[must_use]
    pub fn at(self, index: u32) -> Self {
        self.within(&format!("[{index}]"))
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self { path: String::new(), fault }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        match &self.fault {
            Fault::Value(text)
            | Fault::Range(text)
            | Fault::Message(text)
            | Fault::Schema(text)
            | Fault::Limit(text) => f.write_str(text),
            Fault::Capability(error) | Fault::Call(error) => f.write_str(&error.extra),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for capnp::Error {
    fn from(error: Error) -> Self {
        let code = match error.fault {
            Fault::Capability(cause) | Fault::Call(cause) => return cause,
            Fault::Value(_) | Fault::Range(_) | Fault::Limit(_) => Code::BadRequest,
            Fault::Message(_) | Fault::Schema(_) => Code::Internal,
        };
        match code {
            Code::BadRequest => Denial::new(code, error.to_string()).into(),
            other => other.into(),
        }
    }
}

//! What a piece of work on a connection can fail with, before it is known what that means.

use capos_schema::{Error as Reflected, Fault};

use crate::error::Error;
use crate::text::plain;

/// An exception that has to be judged by the state of the connection, or an error that is clear.
#[derive(Debug)]
pub(crate) enum Failed {
    Call(capnp::Error),
    Clear(Error),
    /// The node's value does not fit its schema.
    Value(String),
}

impl From<capnp::Error> for Failed {
    fn from(error: capnp::Error) -> Self {
        Self::Call(error)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Clear(error)
    }
}

impl From<Reflected> for Failed {
    fn from(error: Reflected) -> Self {
        let text = plain(&error.to_string()).into_owned();
        match error.fault() {
            Fault::Call(cause) => Self::Call(cause.clone()),
            Fault::Value(_) | Fault::Range(_) => Self::Clear(Error::Input(text)),
            Fault::Limit(_) => {
                Self::Clear(Error::Limit { code: "valueTooLarge", what: "a value is larger than can be taken" })
            }
            // The table of capabilities is this side's own.
            Fault::Capability(cause) => Self::Clear(capability(cause)),
            Fault::Message(_) | Fault::Schema(_) => Self::Value(text),
        }
    }
}

fn capability(cause: &capnp::Error) -> Error {
    if cause.kind == capnp::ErrorKind::Overloaded {
        return Error::Limit { code: "tooManyCapHolders", what: "too many capabilities are kept; drop some first" };
    }
    Error::Input("an argument should be a capability, and stands for none that is kept".to_owned())
}

//! What goes wrong, as JavaScript is told it.

use capnp::ErrorKind;
use capnweb::{Error, Thrown, Value};
use capos_schema::denial::strip_remote;
use capos_schema::{Denial, Fault};

/// What a call failed with.
///
/// A denial is an error whose name is its code; the official package makes `Error` of a name that it does not know, so
/// the code is a property as well. Anything else keeps its words, and says in `kind` what sort of failure it was.
pub(crate) fn thrown(error: capnp::Error) -> Thrown {
    if let Some(denial) = Denial::from_error(&error) {
        return denied(&denial);
    }
    let (name, kind) = match error.kind {
        ErrorKind::Unimplemented => ("TypeError", "unimplemented"),
        ErrorKind::Overloaded => ("Error", "overloaded"),
        ErrorKind::Disconnected => ("Error", "disconnected"),
        _ => ("Error", "failed"),
    };
    Error::new(name, strip_remote(&error.extra)).with("kind", kind).into()
}

/// A refusal.
pub(crate) fn denied(denial: &Denial) -> Thrown {
    let code = denial.code.as_str();
    Error::new(code, &*denial.sentence).with("code", code).into()
}

/// What is wrong with a value that a program gave to the method of that name.
pub(crate) fn refused(method: &str, error: &capos_schema::Error) -> Thrown {
    let message = format!("{method}: {error}");
    match error.fault() {
        Fault::Call(error) | Fault::Capability(error) => thrown(error.clone()),
        Fault::Range(_) | Fault::Limit(_) => Error::range_error(message).into(),
        Fault::Value(_) | Fault::Message(_) | Fault::Schema(_) => Error::type_error(message).into(),
    }
}

/// What became of a call of the method of that name: it failed, or its answer cannot be read.
pub(crate) fn failed(method: &str, error: &capos_schema::Error) -> Thrown {
    match error.fault() {
        Fault::Call(error) | Fault::Capability(error) => thrown(error.clone()),
        Fault::Limit(_) => Error::range_error(format!("{method}: {error}")).into(),
        _ => Error::new("Error", format!("{method}: {error}")).into(),
    }
}

/// What a program's own function threw, for the service that called it.
pub(crate) fn relayed(thrown: &Thrown) -> capnp::Error {
    capnp::Error::failed(match &thrown.0 {
        Value::String(text) => text.clone(),
        _ => thrown.to_string(),
    })
}

//! What is sent.

use crate::error::Error;
use crate::exchange::{Exporter, Id, Reference};
use crate::expression;
use crate::json::{Program, write_integer};
use crate::target::Key;
use crate::value::Value;

/// How the answer of a call is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    /// When it is pulled.
    Push,
    /// At once, and forgotten when it is there.
    Stream,
}

/// A call of what is at that path of what the peer has there; without arguments, that itself.
pub(crate) fn call(
    sending: Sending,
    id: Id,
    path: &[Key],
    arguments: Option<&[Value]>,
    exporter: &mut dyn Exporter,
) -> Result<String, Error> {
    let mut message = begin(match sending {
        Sending::Push => "push",
        Sending::Stream => "stream",
    });
    expression::write_call(id, path, arguments, &mut message, exporter)?;
    message.push(']');
    Ok(message)
}

/// A mapping of what is at that path of what the peer has there. Captures are imports or exports.
pub(crate) fn remap(id: Id, path: &[Key], captures: &[Reference], program: &Program) -> String {
    let mut message = begin("push");
    expression::write_remap(id, path, captures, program, &mut message);
    message.push(']');
    message
}

/// A stream that this side writes.
pub(crate) fn pipe() -> String {
    "[\"pipe\"]".to_owned()
}

/// The answer is wanted.
pub(crate) fn pull(id: Id) -> String {
    let mut message = begin("pull");
    write_integer(id, &mut message);
    message.push(']');
    message
}

/// An answer.
pub(crate) fn resolve(id: Id, value: &Value, exporter: &mut dyn Exporter) -> Result<String, Error> {
    answer("resolve", id, value, exporter)
}

/// An answer that was thrown.
pub(crate) fn reject(id: Id, thrown: &Value, exporter: &mut dyn Exporter) -> Result<String, Error> {
    answer("reject", id, thrown, exporter)
}

/// That many references are gone.
pub(crate) fn release(id: Id, references: u64) -> String {
    let mut message = begin("release");
    write_integer(id, &mut message);
    message.push(',');
    message.push_str(&references.to_string());
    message.push(']');
    message
}

/// The session is over.
pub(crate) fn abort(thrown: &Value, exporter: &mut dyn Exporter) -> Result<String, Error> {
    let mut message = begin("abort");
    expression::write(thrown, &mut message, exporter)?;
    message.push(']');
    Ok(message)
}

fn answer(kind: &str, id: Id, value: &Value, exporter: &mut dyn Exporter) -> Result<String, Error> {
    let mut message = begin(kind);
    write_integer(id, &mut message);
    message.push(',');
    expression::write(value, &mut message, exporter)?;
    message.push(']');
    Ok(message)
}

fn begin(kind: &str) -> String {
    const USUAL: usize = 96;
    let mut message = String::with_capacity(USUAL);
    message.push_str("[\"");
    message.push_str(kind);
    message.push_str("\",");
    message
}

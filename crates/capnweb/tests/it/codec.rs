//! Values to text and back, without a session.

mod bounds;
mod hostile;
mod kinds;
mod official;
mod properties;
mod refused;
mod values;

use capnweb::{Error, Limits, Value, deserialize, serialize};

/// Room for anything; a test of a bound sets its own.
fn roomy() -> Limits {
    Limits { message_bytes: 64 << 20, depth: 800, bigint_digits: 16_384, message_work: 16 << 20, ..Limits::default() }
}

fn read(text: &str) -> Value {
    deserialize(text, &roomy()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn refusal(text: &str) -> Error {
    match deserialize(text, &roomy()) {
        Ok(value) => panic!("{text} was read as {value:?}"),
        Err(error) => error,
    }
}

fn written(value: impl Into<Value>) -> String {
    serialize(&value.into()).unwrap()
}

/// Values have no equality, since references and what is not a number have none. What is printed of them tells all.
fn shown(value: &Value) -> String {
    format!("{value:?}")
}

/// Reads a text and writes what it says.
fn again(text: &str) -> String {
    written(read(text))
}

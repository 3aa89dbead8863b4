//! Values of Cap'n Proto as values of JavaScript: the notation of `docs/capnweb.md`.

use std::borrow::Cow;
use std::sync::Arc;

use capnweb::{BigInt, Bytes, Container, Value};
use capos_schema::dynamic::Means;
use capos_schema::reflect::{Capability as Hook, Notation};
use capos_schema::{Error, Result, Type};

use crate::callbacks;
use crate::capability::Capability;
use crate::world::World;

/// The largest number that JavaScript counts to one by one.
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
const MAX_SAFE_INTEGER: i128 = 9_007_199_254_740_991;

/// JavaScript's values, in messages by these schemas, with capabilities of this world.
pub(crate) struct Web {
    pub(crate) means: Arc<Means>,
    pub(crate) world: World,
}

impl Notation for Web {
    type Value = Value;

    const PAIRS: bool = true;
    const OPTIONAL: bool = true;

    fn null(&mut self) -> Value {
        Value::Null
    }

    fn boolean(&mut self, value: bool) -> Value {
        Value::Bool(value)
    }

    fn integer(&mut self, number: i128, _wide: bool) -> Value {
        match safe(number) {
            Some(number) => Value::Number(number),
            None => Value::BigInt(BigInt::from(number)),
        }
    }

    fn float(&mut self, number: f64) -> Value {
        Value::Number(number)
    }

    fn text(&mut self, text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Value {
        Value::Bytes(Bytes { container: Container::Uint8Array, data: bytes.to_vec().into() })
    }

    fn list(&mut self, elements: Vec<Value>) -> Value {
        Value::Array(elements)
    }

    fn object(&mut self, members: Vec<(String, Value)>) -> Value {
        Value::Object(members.into_iter().collect())
    }

    fn export(&mut self, capability: Hook, interface: &Type) -> Result<Value> {
        let object = self.world.object(&self.means, capability, interface);
        Ok(Value::Stub(Capability::stub(object, &self.world)))
    }

    fn import(&mut self, value: &Value, interface: &Type) -> Result<Hook> {
        callbacks::import(self, value, interface)
    }

    fn size_of_text(&self, text: &str) -> usize {
        text.bytes().map(escaped).sum()
    }

    fn size_of_bytes(&self, bytes: usize) -> usize {
        bytes.div_ceil(3).saturating_mul(4)
    }

    fn is_null(&self, value: &Value) -> bool {
        matches!(value, Value::Null | Value::Undefined)
    }

    fn is_left_out(&self, value: &Value) -> bool {
        matches!(value, Value::Undefined)
    }

    fn as_boolean(&self, value: &Value) -> Option<bool> {
        match value {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    fn as_integer(&self, value: &Value, _wide: bool) -> Option<i128> {
        match value {
            Value::Number(number) if number.is_finite() && number.fract() == 0.0 => Some(whole(*number)),
            // What has more digits than this is beyond every type.
            Value::BigInt(number) => Some(number.to_i128().unwrap_or(i128::MAX)),
            _ => None,
        }
    }

    fn as_float(&self, value: &Value) -> Result<f64> {
        match value {
            Value::Number(number) => Ok(*number),
            _ => Err(Error::value("expected a number")),
        }
    }

    fn as_text<'v>(&self, value: &'v Value) -> Option<&'v str> {
        match value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn as_bytes<'v>(&self, value: &'v Value) -> Result<Cow<'v, [u8]>> {
        match value {
            Value::Bytes(bytes) => Ok(Cow::Borrowed(&bytes.data)),
            _ => Err(Error::value("expected bytes, as a Uint8Array")),
        }
    }

    fn as_list<'v>(&self, value: &'v Value) -> Option<&'v [Value]> {
        match value {
            Value::Array(elements) => Some(elements),
            _ => None,
        }
    }

    fn as_object<'v>(&self, value: &'v Value) -> Option<impl Iterator<Item = (&'v str, &'v Value)> + use<'v>> {
        match value {
            Value::Object(object) => Some(object.iter()),
            _ => None,
        }
    }
}

/// What a byte of a text takes in a message: one that would make it larger than the program may be sent must fail by
/// itself, and not end the session.
fn escaped(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => 6,
        _ => 1,
    }
}

/// A number that JavaScript can tell from its neighbours.
fn safe(number: i128) -> Option<f64> {
    if !(-MAX_SAFE_INTEGER..=MAX_SAFE_INTEGER).contains(&number) {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "it is one of those that lose none")]
    Some(number as f64)
}

/// A whole number; one that may have been rounded on its way is beyond every type.
fn whole(number: f64) -> i128 {
    if number.abs() > MAX_SAFE {
        return i128::MAX;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within")]
    let number = number as i128;
    number
}

#[cfg(test)]
mod tests;

//! Values as JSON.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use super::notation::Notation;
use super::resolver::{Capability, CapabilityResolver};
use crate::error::{Error, Fault, Result};
use crate::types::Type;

/// The notation of `docs/reflection.md`, with what keeps capabilities meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Json<R>(pub R);

impl<R: CapabilityResolver> Notation for Json<R> {
    type Value = Value;

    fn null(&mut self) -> Value {
        Value::Null
    }

    fn boolean(&mut self, value: bool) -> Value {
        value.into()
    }

    fn integer(&mut self, number: i128, wide: bool) -> Value {
        // Beyond 2^53 a number does not survive JavaScript.
        if wide {
            return number.to_string().into();
        }
        i64::try_from(number).map_or_else(|_| number.to_string().into(), Value::from)
    }

    fn float(&mut self, number: f64) -> Value {
        match Number::from_f64(number) {
            Some(number) => Value::Number(number),
            None if number.is_nan() => "NaN".into(),
            None if number > 0.0 => "Infinity".into(),
            None => "-Infinity".into(),
        }
    }

    fn text(&mut self, text: &str) -> Value {
        text.into()
    }

    fn bytes(&mut self, bytes: &[u8]) -> Value {
        STANDARD.encode(bytes).into()
    }

    fn list(&mut self, elements: Vec<Value>) -> Value {
        Value::Array(elements)
    }

    fn object(&mut self, members: Vec<(String, Value)>) -> Value {
        members.into_iter().collect()
    }

    fn export(&mut self, capability: Capability, interface: &Type) -> Result<Value> {
        self.0.export(capability, id_of(interface)).map_err(|error| Fault::Capability(error).into())
    }

    fn import(&mut self, value: &Value, interface: &Type) -> Result<Capability> {
        self.0.import(value, id_of(interface)).map_err(|error| Fault::Capability(error).into())
    }

    fn size_of_bytes(&self, bytes: usize) -> usize {
        bytes.div_ceil(3).saturating_mul(4)
    }

    fn is_null(&self, value: &Value) -> bool {
        value.is_null()
    }

    fn as_boolean(&self, value: &Value) -> Option<bool> {
        value.as_bool()
    }

    fn as_integer(&self, value: &Value, wide: bool) -> Option<i128> {
        match value {
            Value::Number(number) => {
                let signed = number.as_i64().map(i128::from);
                signed.or_else(|| number.as_u64().map(i128::from))
            }
            Value::String(digits) if wide => digits.parse().ok(),
            _ => None,
        }
    }

    fn as_float(&self, value: &Value) -> Result<f64> {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(name) => match name.as_str() {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                _ => None,
            },
            _ => None,
        };
        number.ok_or_else(|| Error::value(r#"expected a number, "NaN", "Infinity" or "-Infinity""#))
    }

    fn as_text<'v>(&self, value: &'v Value) -> Option<&'v str> {
        value.as_str()
    }

    fn as_bytes<'v>(&self, value: &'v Value) -> Result<Cow<'v, [u8]>> {
        let bytes = value.as_str().and_then(|text| STANDARD.decode(text).ok());
        bytes.map(Cow::Owned).ok_or_else(|| Error::value("expected bytes as base64"))
    }

    fn as_list<'v>(&self, value: &'v Value) -> Option<&'v [Value]> {
        value.as_array().map(Vec::as_slice)
    }

    fn as_object<'v>(&self, value: &'v Value) -> Option<impl Iterator<Item = (&'v str, &'v Value)> + use<'v, R>> {
        let members = value.as_object()?.iter();
        Some(members.map(|(name, value)| (name.as_str(), value)))
    }
}

fn id_of(interface: &Type) -> u64 {
    match interface {
        Type::Interface(id, _) => *id,
        _ => 0,
    }
}

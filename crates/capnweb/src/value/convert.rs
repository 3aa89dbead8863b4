//! To values and from them.

use super::{BigInt, Blob, Bytes, Object, Request, Response, Value};
use crate::error::Error;
use crate::stream::{Readable, Writable};
use crate::stub::{Promise, Stub};

/// The largest integer that a number can tell from its neighbours.
const LARGEST_SAFE: i64 = 9_007_199_254_740_991;

impl Value {
    /// What it is, in a word of JavaScript.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::BigInt(_) => "bigint",
            Self::Date(_) => "Date",
            Self::Bytes(bytes) => bytes.container.name(),
            Self::Error(_) => "Error",
            Self::Url(_) => "URL",
            Self::Headers(_) => "Headers",
            Self::Request(_) => "Request",
            Self::Response(_) => "Response",
            Self::Blob(_) => "Blob",
            Self::Array(_) => "Array",
            Self::Object(_) => "Object",
            Self::Stub(_) => "RpcStub",
            Self::Promise(_) => "RpcPromise",
            Self::Readable(_) => "ReadableStream",
            Self::Writable(_) => "WritableStream",
        }
    }

    /// Whether it is [`Value::Undefined`] or [`Value::Null`].
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// True or false, if it is that.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(value) = self { Some(*value) } else { None }
    }

    /// The integer, if it is a number that says exactly which, or a bigint that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(value) if value.fract() == 0.0 && value.abs() <= LARGEST_SAFE as f64 => Some(*value as i64),
            Self::BigInt(value) => value.to_i64(),
            _ => None,
        }
    }

    /// The integer from zero on, if it is a number that says exactly which, or a bigint that fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::BigInt(value) => value.to_u64(),
            _ => self.as_i64()?.try_into().ok(),
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(value) = self { Some(value) } else { None }
    }

    /// The bytes, if it is some, in whatever container.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&bytes::Bytes> {
        if let Self::Bytes(value) = self { Some(&value.data) } else { None }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(value) = self { Some(value) } else { None }
    }

    /// The object, if it is a plain one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(value) = self { Some(value) } else { None }
    }

    /// The error, if it is one.
    #[must_use]
    pub fn as_error(&self) -> Option<&Error> {
        if let Self::Error(value) = self { Some(value) } else { None }
    }

    /// The reference, if it is one.
    #[must_use]
    pub fn as_stub(&self) -> Option<&Stub> {
        if let Self::Stub(value) = self { Some(value) } else { None }
    }
}

macro_rules! from_values {
    ($($type:ty => $variant:path,)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                $variant(value.into())
            }
        }
    )*};
}

from_values! {
    bool => Value::Bool,
    f64 => Value::Number,
    f32 => Value::Number,
    i8 => Value::Number,
    u8 => Value::Number,
    i16 => Value::Number,
    u16 => Value::Number,
    i32 => Value::Number,
    u32 => Value::Number,
    i128 => Value::BigInt,
    u128 => Value::BigInt,
    BigInt => Value::BigInt,
    &str => Value::String,
    String => Value::String,
    Bytes => Value::Bytes,
    Error => Value::Error,
    Request => Value::Request,
    Response => Value::Response,
    Blob => Value::Blob,
    Vec<Value> => Value::Array,
    Object => Value::Object,
    Stub => Value::Stub,
    Promise => Value::Promise,
    Readable => Value::Readable,
    Writable => Value::Writable,
}

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::Undefined
    }
}

impl From<bytes::Bytes> for Value {
    fn from(data: bytes::Bytes) -> Self {
        Self::Bytes(Bytes::new(data))
    }
}

/// A number where that says exactly which integer it is, else a bigint.
impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        if integer.unsigned_abs() <= LARGEST_SAFE.unsigned_abs() {
            Self::Number(integer as f64)
        } else {
            Self::BigInt(integer.into())
        }
    }
}

/// A number where that says exactly which integer it is, else a bigint.
impl From<u64> for Value {
    fn from(integer: u64) -> Self {
        if integer <= LARGEST_SAFE.unsigned_abs() { Self::Number(integer as f64) } else { Self::BigInt(integer.into()) }
    }
}

/// A number where that says exactly which integer it is, else a bigint.
impl From<usize> for Value {
    fn from(integer: usize) -> Self {
        Self::from(integer as u64)
    }
}

impl<V: Into<Value>, const COUNT: usize> From<[V; COUNT]> for Value {
    fn from(values: [V; COUNT]) -> Self {
        values.into_iter().collect()
    }
}

impl<V: Into<Value>> FromIterator<V> for Value {
    fn from_iter<I: IntoIterator<Item = V>>(values: I) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}

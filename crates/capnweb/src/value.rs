//! Values, as programs see them.

use crate::error::Error;
use crate::stream::{Readable, Writable};
use crate::stub::{Promise, Stub};

/// Whatever can be an argument or a result.
///
/// A clone of a stub is another reference to the same object; dropping the last one disposes it.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Nothing there.
    #[default]
    Undefined,
    /// There, and nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// Any number of JavaScript, the ones that are none and the infinite ones included.
    Number(f64),
    /// Text. What is half a character in JavaScript is U+FFFD here.
    String(String),
    /// A whole number of any size.
    BigInt(BigInt),
    /// Milliseconds since 1970; not a number where the date is invalid.
    Date(f64),
    /// Bytes, in the container that JavaScript has them in.
    Bytes(Bytes),
    /// An error that is passed on, not thrown.
    Error(Box<Error>),
    /// An address.
    Url(String),
    /// The head of a message of HTTP.
    Headers(Headers),
    /// A request of HTTP.
    Request(Box<Request>),
    /// A response of HTTP.
    Response(Box<Response>),
    /// Bytes with a media type.
    Blob(Blob),
    /// A list.
    Array(Vec<Value>),
    /// Values by name.
    Object(Object),
    /// An object that can be called.
    Stub(Stub),
    /// A value that comes later. Never found in arguments and results that were received: those wait for it.
    Promise(Promise),
    /// A stream to read from.
    Readable(Readable),
    /// A stream to write to.
    Writable(Writable),
}

/// Values by name, in the order in which they were given.
#[derive(Clone, Debug, Default)]
pub struct Object(Vec<(String, Value)>);

impl Object {
    /// Without a value.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Takes out the value of that name.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let place = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.remove(place).1)
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl FromIterator<(String, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

/// A whole number of any size: its decimal digits, without leading zeros, after a minus where it is below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BigInt(String);

impl BigInt {
    /// The number, where it is not beyond 128 bits.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        self.0.parse().ok()
    }
}

impl From<i128> for BigInt {
    fn from(number: i128) -> Self {
        Self(number.to_string())
    }
}

/// Bytes, in the container that JavaScript has them in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// What JavaScript sees.
    pub container: Container,
    /// Little-endian where an element has several.
    pub data: bytes::Bytes,
}

/// What holds bytes in JavaScript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Container {
    ArrayBuffer,
    DataView,
    Int8Array,
    #[default]
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    BigInt64Array,
    BigUint64Array,
    Float32Array,
    Float64Array,
}

/// Names and values, in order; a name may come twice.
pub type Headers = Vec<(String, String)>;

/// A request of HTTP.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where it goes.
    pub url: String,
    /// `GET` and others.
    pub method: String,
    /// Its head.
    pub headers: Headers,
    /// What it brings.
    pub body: Body,
    /// What else JavaScript says of it: `redirect`, `cache`, `mode` …
    pub further: Object,
}

/// A response of HTTP.
#[derive(Clone, Debug)]
pub struct Response {
    /// 200 and others.
    pub status: u16,
    /// What the status says in words.
    pub status_text: String,
    /// Its head.
    pub headers: Headers,
    /// What it brings.
    pub body: Body,
    /// What else JavaScript says of it.
    pub further: Object,
}

/// What a request or a response brings.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(bytes::Bytes),
    /// A stream of bytes.
    Stream(Readable),
}

/// Bytes with a media type. On the wire they are a stream; what was received is whole when a program sees it.
#[derive(Clone, Debug)]
pub struct Blob {
    /// The media type, or nothing.
    pub mime: String,
    /// The bytes.
    pub data: bytes::Bytes,
}

//! Values, as programs see them.

mod big_int;
mod bytes;
mod convert;
mod http;
mod object;

pub use big_int::BigInt;
pub use bytes::{Blob, Bytes, Container};
pub use http::{Body, Headers, Request, Response};
pub use object::{Object, ObjectIntoIter, ObjectIter};

pub(crate) use http::{check_headers, check_url};

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
    Blob(Box<Blob>),
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

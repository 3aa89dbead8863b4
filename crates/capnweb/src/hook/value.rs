//! A value that is held, to be sent and to be asked for its parts.

use std::rc::Rc;

use super::request::{Origin, Share};
use crate::error::Error;
use crate::turn;
use crate::value::{Body, Headers, Object, Request, Response, Value};

/// A value, and who is charged for its being held.
pub(crate) struct Held {
    value: Value,
    _share: Option<Share>,
}

impl Held {
    pub(super) fn new(value: Value, origin: Option<&Rc<Origin>>) -> Self {
        let share = origin.and_then(|origin| Share::of(weight(&value), origin));
        Self { value, _share: share }
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    /// The value, where nobody else needs it.
    pub(super) fn take(&mut self) -> Value {
        std::mem::take(&mut self.value)
    }

    pub(super) fn bury(&mut self) {
        if let Value::Array(_) | Value::Object(_) | Value::Stub(_) | Value::Promise(_) | Value::Error(_) = &self.value {
            turn::bury(self.take());
        }
    }
}

/// About how many bytes a value is, beyond a small constant.
pub(crate) fn weight(value: &Value) -> usize {
    let own = size_of::<Value>();
    own + match value {
        Value::String(text) | Value::Url(text) => text.len(),
        Value::BigInt(number) => number.as_str().len(),
        Value::Bytes(bytes) => bytes.data.len(),
        Value::Blob(blob) => blob.mime.len() + blob.data.len(),
        Value::Headers(headers) => of_headers(headers),
        Value::Request(request) => of_request(request),
        Value::Response(response) => of_response(response),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(object) => of_object(object),
        Value::Error(error) => {
            size_of::<Error>() + error.name.len() + error.message.len() + of_object(&error.properties)
        }
        _ => 0,
    }
}

fn of_object(object: &Object) -> usize {
    object.iter().map(|(name, value)| size_of::<String>() + name.len() + weight(value)).sum()
}

fn of_headers(headers: &Headers) -> usize {
    headers.iter().map(|(name, value)| 2 * size_of::<String>() + name.len() + value.len()).sum()
}

fn of_request(request: &Request) -> usize {
    let texts = request.url.len() + request.method.len();
    size_of::<Request>() + texts + of_headers(&request.headers) + of_body(&request.body) + of_object(&request.further)
}

fn of_response(response: &Response) -> usize {
    let parts = of_headers(&response.headers) + of_body(&response.body) + of_object(&response.further);
    size_of::<Response>() + response.status_text.len() + parts
}

fn of_body(body: &Body) -> usize {
    match body {
        Body::None | Body::Stream(_) => 0,
        Body::Text(text) => text.len(),
        Body::Bytes(bytes) => bytes.len(),
    }
}

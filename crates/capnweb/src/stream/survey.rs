//! What a chunk takes, and whether it holds more than data.

use crate::error::Error;
use crate::value::{Body, Object, Value};

/// What each value counts for beside its bytes.
const VALUE: usize = 16;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    pub(super) bytes: usize,
    /// Whether there are references in it, which could lead back to the stream.
    pub(super) references: bool,
}

/// Looks through a value that was received, so that its depth is bounded.
pub(super) fn survey(value: &Value) -> Survey {
    let mut survey = Survey::default();
    survey.value(value);
    survey
}

impl Survey {
    fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn value(&mut self, value: &Value) {
        self.add(VALUE);
        match value {
            Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Date(_) => {}
            Value::String(text) | Value::Url(text) => self.add(text.len()),
            Value::BigInt(number) => self.add(number.as_str().len()),
            Value::Bytes(bytes) => self.add(bytes.data.len()),
            Value::Blob(blob) => self.add(blob.data.len()),
            Value::Error(error) => self.error(error),
            Value::Headers(headers) => self.headers(headers),
            Value::Request(request) => {
                self.add(request.url.len());
                self.message(&request.headers, &request.body, &request.further);
            }
            Value::Response(response) => self.message(&response.headers, &response.body, &response.further),
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(object) => self.object(object),
            Value::Stub(_) | Value::Promise(_) | Value::Readable(_) | Value::Writable(_) => self.references = true,
        }
    }

    fn object(&mut self, object: &Object) {
        for (name, value) in object.iter() {
            self.add(name.len());
            self.value(value);
        }
    }

    fn error(&mut self, error: &Error) {
        self.add(error.name.len().saturating_add(error.message.len()));
        self.object(&error.properties);
    }

    fn headers(&mut self, headers: &[(String, String)]) {
        headers.iter().for_each(|(name, text)| self.add(VALUE.saturating_add(name.len()).saturating_add(text.len())));
    }

    fn message(&mut self, headers: &[(String, String)], body: &Body, further: &Object) {
        self.headers(headers);
        self.object(further);
        match body {
            Body::None => {}
            Body::Text(text) => self.add(text.len()),
            Body::Bytes(bytes) => self.add(bytes.len()),
            Body::Stream(_) => self.references = true,
        }
    }
}

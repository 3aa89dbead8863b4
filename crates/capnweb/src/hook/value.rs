//! A value that is held, to be sent and to be asked for its parts.

use std::rc::Rc;

use super::request::{Origin, Share};
use crate::turn;
use crate::value::Value;

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
    match value {
        Value::String(text) | Value::Url(text) => own + text.len(),
        Value::Bytes(bytes) => own + bytes.data.len(),
        Value::Blob(blob) => own + blob.mime.len() + blob.data.len(),
        Value::Array(items) => items.iter().map(weight).sum::<usize>() + own,
        Value::Object(object) => object.iter().map(|(name, value)| name.len() + weight(value)).sum::<usize>() + own,
        Value::Error(error) => {
            let properties = error.properties.iter().map(|(name, value)| name.len() + weight(value));
            own + error.message.len() + properties.sum::<usize>()
        }
        _ => own,
    }
}

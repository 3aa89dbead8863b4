//! Untyped values: kept whole as base64 of a message of one segment, `{"$raw": "…"}`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use capnp::any_pointer;
use capnp::private::layout::PointerType;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::types::AnyKind;
use crate::words::Words;

const RAW: &str = "$raw";

/// The JSON form of bytes.
pub(super) fn bytes_to_json(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes that a JSON value stands for.
pub(super) fn bytes_from_json(value: &Value) -> Result<Vec<u8>> {
    let bytes = value.as_str().and_then(|text| STANDARD.decode(text).ok());
    bytes.ok_or_else(|| Error::value("expected bytes as base64"))
}

/// How many bytes base64 makes of so many.
pub(super) fn encoded_length(bytes: usize) -> usize {
    bytes.div_ceil(3).saturating_mul(4)
}

/// The JSON form of an untyped struct or list of at most so many words.
pub(super) fn raw_to_json(value: any_pointer::Reader<'_>, words: usize) -> Result<Value> {
    let words = Words::copy(value, words)?;
    Ok(json!({ RAW: bytes_to_json(words.bytes()) }))
}

/// The text of an untyped value, where a JSON value is one.
pub(super) fn raw_text(value: &Value) -> Option<&Value> {
    let object = value.as_object()?;
    object.get(RAW).filter(|_| object.len() == 1)
}

/// Whether a pointer of that type may be where only `kind` may be.
pub(super) fn check_kind(kind: AnyKind, found: &PointerType) -> Result<()> {
    let fits = match kind {
        AnyKind::Any => true,
        AnyKind::Struct => matches!(found, PointerType::Struct | PointerType::Null),
        AnyKind::List => matches!(found, PointerType::List | PointerType::Null),
        AnyKind::Capability => matches!(found, PointerType::Capability | PointerType::Null),
    };
    if fits {
        return Ok(());
    }
    Err(Error::message(match kind {
        AnyKind::Struct => "expected a struct",
        AnyKind::List => "expected a list",
        AnyKind::Any | AnyKind::Capability => "expected a capability",
    }))
}

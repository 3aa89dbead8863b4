//! Untyped values: kept whole as the bytes of a message of one segment, `{"$raw": …}`.

use capnp::private::layout::PointerType;

use super::Notation;
use crate::error::{Error, Result};
use crate::types::AnyKind;

/// The name that stands for an untyped value.
pub(super) const RAW: &str = "$raw";

/// What an untyped value is made of, where a value stands for one.
pub(super) fn raw_of<'v, N: Notation>(notation: &N, value: &'v N::Value) -> Option<&'v N::Value> {
    let mut members = notation.as_object(value)?;
    match (members.next(), members.next()) {
        (Some((RAW, raw)), None) => Some(raw),
        _ => None,
    }
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

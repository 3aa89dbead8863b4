//! What a schema says of its values beyond their types.

use capnp::schema_capnp::{annotation, value};
use capnp::struct_list;

use super::load::{damaged, not_text, unknown_kind};
use crate::annotations_capnp::{closed_by as closed, key_value as table, optional as absent, pair};
use crate::error::{Error, Result};
use crate::model::{KeyValue, Place, Struct};
use crate::types::Type;

type Annotations<'r> = struct_list::Reader<'r, annotation::Owned>;

/// Which members of a struct are a key and its value.
pub(super) fn key_value(annotations: Annotations<'_>, structure: &Struct) -> Result<Option<KeyValue>> {
    let Some(annotation) = find(annotations, table::ID) else {
        return Ok(None);
    };
    let unfit = || Error::schema("the struct is no key and its value");
    let value::Struct(names) = value_of(annotation)? else {
        return Err(unfit());
    };
    let names: pair::Reader<'_> = names.get_as().map_err(damaged)?;
    let position = |name: capnp::Result<capnp::text::Reader<'_>>, otherwise: usize| -> Result<usize> {
        match name.map_err(damaged)?.to_str().map_err(|_| not_text())? {
            "" => Ok(otherwise),
            name => structure.by_name.get(name).copied().ok_or_else(unfit),
        }
    };
    let found = KeyValue { key: position(names.get_key(), 0)?, value: position(names.get_value(), 1)? };
    if fits(structure, found) { Ok(Some(found)) } else { Err(unfit()) }
}

/// Two members, each in every such struct, the key a text.
fn fits(structure: &Struct, found: KeyValue) -> bool {
    let plain = structure.discriminant.is_none() && structure.fields.len() == 2 && found.key != found.value;
    let key = structure.fields.get(found.key);
    plain && key.is_some_and(|field| matches!(field.place, Place::Slot { ty: Type::Text, .. }))
}

/// Whether a member says nothing where it is empty.
pub(super) fn optional(annotations: Annotations<'_>) -> bool {
    find(annotations, absent::ID).is_some()
}

/// The method that says that no more comes.
pub(super) fn closed_by(annotations: Annotations<'_>) -> Result<Option<String>> {
    let Some(annotation) = find(annotations, closed::ID) else {
        return Ok(None);
    };
    match value_of(annotation)? {
        value::Text(name) => Ok(Some(name.map_err(damaged)?.to_string().map_err(|_| not_text())?)),
        _ => Err(Error::schema("the method that closes a stream is told by its name")),
    }
}

fn find(annotations: Annotations<'_>, id: u64) -> Option<annotation::Reader<'_>> {
    annotations.iter().find(|annotation| annotation.get_id() == id)
}

fn value_of(annotation: annotation::Reader<'_>) -> Result<value::WhichReader<'_>> {
    annotation.get_value().map_err(damaged)?.which().map_err(unknown_kind)
}

//! Expressions to values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::name;
use crate::error::Error;
use crate::exchange::{Importer, Payload};
use crate::json::{Entries, Items, Json, Kind, Text};
use crate::value::{Object, Value};

/// Bytes that cost as much as a value.
const BYTES_A_UNIT: usize = 64;

/// Past so many entries an object is searched for names that come twice by a table.
const COMPARED: usize = 16;

/// Reads a value. What it asked for of `importer` is in the payload, or dropped with an error.
///
/// Calls itself for each level. The reader of JSON has bounded them.
pub(crate) fn read(json: Json<'_>, importer: &mut dyn Importer) -> Result<Payload, Error> {
    let mut reader = Reader::new(importer);
    let value = reader.value(json)?;
    Ok(Payload { value, promises: reader.promises })
}

/// Reads one payload.
pub(super) struct Reader<'i> {
    pub(super) importer: &'i mut dyn Importer,
    promises: usize,
}

impl<'i> Reader<'i> {
    pub(super) fn new(importer: &'i mut dyn Importer) -> Self {
        Self { importer, promises: 0 }
    }

    pub(super) fn value(&mut self, json: Json<'_>) -> Result<Value, Error> {
        match json.kind() {
            Kind::Text(text) => self.text(text).map(Value::String),
            Kind::Array(items) => self.array(items),
            Kind::Object(entries) => self.object(entries),
            Kind::Number(number) => self.simple(Value::Number(number)),
            Kind::Bool(value) => self.simple(Value::Bool(value)),
            Kind::Null => self.simple(Value::Null),
        }
    }

    /// The arguments of a call: a list that is not escaped, and a payload of its own.
    pub(super) fn arguments(&mut self, list: Items<'_>) -> Result<Payload, Error> {
        let mut reader = Reader::new(&mut *self.importer);
        let value = reader.list(list)?;
        Ok(Payload { value, promises: reader.promises })
    }

    /// A value that only JSON is in: an array is an array.
    pub(super) fn plain(&mut self, json: Json<'_>) -> Result<Value, Error> {
        match json.kind() {
            Kind::Array(items) => {
                self.spend(1)?;
                items.map(|item| self.plain(item)).collect::<Result<_, _>>().map(Value::Array)
            }
            Kind::Object(entries) => self.plain_object(entries),
            _ => self.value(json),
        }
    }

    fn plain_object(&mut self, entries: Entries<'_>) -> Result<Value, Error> {
        self.spend(1)?;
        let mut object = Object::new();
        for (name, json) in entries {
            self.spend(name.len() / BYTES_A_UNIT)?;
            let value = self.plain(json)?;
            if !name::is_dropped(&name) {
                object.insert(name, value);
            }
        }
        Ok(Value::Object(object))
    }

    /// Counts a promise that is in the value.
    pub(super) fn promised(&mut self, value: Value) -> Value {
        self.promises += 1;
        value
    }

    pub(super) fn text(&mut self, text: Text<'_>) -> Result<String, Error> {
        self.spend(1 + text.written_bytes() / BYTES_A_UNIT)?;
        Ok(text.decoded().into_owned())
    }

    pub(super) fn spend(&mut self, work: usize) -> Result<(), Error> {
        if work == 0 { Ok(()) } else { self.importer.spend(work) }
    }

    fn simple(&mut self, value: Value) -> Result<Value, Error> {
        self.spend(1)?;
        Ok(value)
    }

    fn array(&mut self, items: Items<'_>) -> Result<Value, Error> {
        let mut rest = items;
        match rest.next().map(Json::kind) {
            Some(Kind::Array(escaped)) if items.len() == 1 => self.list(escaped),
            Some(Kind::Text(kind)) => {
                self.spend(1)?;
                self.special(&kind.decoded(), rest)
            }
            _ => Err(unknown("")),
        }
    }

    fn list(&mut self, items: Items<'_>) -> Result<Value, Error> {
        self.spend(1)?;
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.value(item)?);
        }
        Ok(Value::Array(values))
    }

    fn object(&mut self, entries: Entries<'_>) -> Result<Value, Error> {
        self.spend(1)?;
        let mut object = Object::with_capacity(entries.len());
        self.members(entries, &mut object, |_| false)?;
        Ok(Value::Object(object))
    }

    /// Reads properties into an object. A name that comes twice has the place of the first and the value of the last.
    pub(super) fn members(
        &mut self,
        entries: Entries<'_>,
        object: &mut Object,
        is_skipped: fn(&str) -> bool,
    ) -> Result<(), Error> {
        if may_repeat(entries) {
            return self.repeating_members(entries, object, is_skipped);
        }
        for (name, json) in entries {
            if !is_skipped(&name) {
                self.member(name, json, object)?;
            }
        }
        Ok(())
    }

    fn repeating_members(
        &mut self,
        entries: Entries<'_>,
        object: &mut Object,
        is_skipped: fn(&str) -> bool,
    ) -> Result<(), Error> {
        for (name, json) in last_of_each(entries) {
            if !is_skipped(&name) {
                self.member(name, json, object)?;
            }
        }
        Ok(())
    }

    /// What is dropped is read all the same, so that the references in it are released.
    fn member(&mut self, name: Cow<'_, str>, json: Json<'_>, object: &mut Object) -> Result<(), Error> {
        self.spend(name.len() / BYTES_A_UNIT)?;
        let promises = self.promises;
        let value = self.value(json)?;
        if name::is_dropped(&name) {
            self.promises = promises;
        } else {
            object.push(name.into_owned(), value);
        }
        Ok(())
    }
}

/// Whether a name comes twice, or there are too many to tell by comparing them.
fn may_repeat(entries: Entries<'_>) -> bool {
    if entries.len() > COMPARED {
        return true;
    }
    let mut rest = entries;
    while let Some((name, _)) = rest.next() {
        if rest.names().any(|other| other == name) {
            return true;
        }
    }
    false
}

fn last_of_each(entries: Entries<'_>) -> Vec<(Cow<'_, str>, Json<'_>)> {
    let mut positions: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(entries.len());
    let mut distinct: Vec<(Cow<'_, str>, Json<'_>)> = Vec::with_capacity(entries.len());
    for (name, json) in entries {
        match positions.entry(name.clone()) {
            Entry::Occupied(held) => distinct[*held.get()].1 = json,
            Entry::Vacant(free) => {
                free.insert(distinct.len());
                distinct.push((name, json));
            }
        }
    }
    distinct
}

/// An array that means nothing.
pub(super) fn unknown(kind: &str) -> Error {
    const TOLD: usize = 32;
    let kind: String = kind.chars().take(TOLD).collect();
    Error::type_error(format!("unknown special value: {kind:?}"))
}

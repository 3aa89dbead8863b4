//! Expressions to values.

use super::LEVELS;
use super::open::{Call, List, Members, Open};
use crate::error::Error;
use crate::exchange::{Importer, Payload};
use crate::json::{Items, Json, Kind, Text};
use crate::value::Value;

/// Bytes that cost as much as a value.
const BYTES_A_UNIT: usize = 64;

/// Reads a value. What it asked for of `importer` is in the payload, or dropped with an error.
///
/// Nothing here calls itself for what is inside: a level would take kilobytes of stack, and what `importer` does for a
/// call deep inside would begin there.
pub(crate) fn read(json: Json<'_>, importer: &mut dyn Importer) -> Result<Payload, Error> {
    let mut reader = Reader { importer, promises: 0, open: Vec::new(), is_plain: false };
    let value = reader.value(json)?;
    Ok(Payload { value, promises: reader.promises })
}

/// Reads one payload and those of the calls in it.
pub(super) struct Reader<'i, 'd> {
    pub(super) importer: &'i mut dyn Importer,
    /// Those in the payload that is being read.
    promises: usize,
    /// What the value that is being read is inside of.
    open: Vec<Open<'d>>,
    /// Whether an array is just an array.
    is_plain: bool,
}

impl<'d> Reader<'_, 'd> {
    fn value(&mut self, json: Json<'d>) -> Result<Value, Error> {
        let outside = self.open.len();
        let mut done = self.enter(json)?;
        loop {
            if let Some(value) = done.take() {
                if self.open.len() == outside {
                    return Ok(value);
                }
                self.keep(value);
            }
            done = match self.next()? {
                Some(json) => self.enter(json)?,
                None => self.close()?,
            };
        }
    }

    /// A value that only JSON is in: an array is an array.
    pub(super) fn plain(&mut self, json: Json<'d>) -> Result<Value, Error> {
        self.is_plain = true;
        let value = self.value(json);
        self.is_plain = false;
        value
    }

    /// Reads a value, or opens it when there are others in it.
    fn enter(&mut self, json: Json<'d>) -> Result<Option<Value>, Error> {
        if self.open.len() >= LEVELS {
            return Err(Error::range_error(format!("Values nest more than {LEVELS} levels.")));
        }
        let value = match json.kind() {
            Kind::Text(text) => return self.text(text).map(Value::String).map(Some),
            Kind::Array(items) if self.is_plain => return self.open(Open::List(List::new(items))),
            Kind::Array(items) => return self.array(items),
            Kind::Object(entries) => return self.open(Open::Object(Members::new(entries))),
            Kind::Number(number) => Value::Number(number),
            Kind::Bool(value) => Value::Bool(value),
            Kind::Null => Value::Null,
        };
        self.spend(1)?;
        Ok(Some(value))
    }

    fn array(&mut self, items: Items<'d>) -> Result<Option<Value>, Error> {
        let mut rest = items;
        match rest.next().map(Json::kind) {
            Some(Kind::Array(escaped)) if items.len() == 1 => self.open(Open::List(List::new(escaped))),
            Some(Kind::Text(kind)) => {
                self.spend(1)?;
                self.special(&kind.decoded(), rest)
            }
            _ => Err(unknown("")),
        }
    }

    /// Goes into a value: those in it are next.
    pub(super) fn open(&mut self, open: Open<'d>) -> Result<Option<Value>, Error> {
        self.spend(1)?;
        self.open.push(open);
        Ok(None)
    }

    /// Goes into the arguments of a call, which are a payload of their own.
    pub(super) fn open_call(&mut self, call: Call<'d>) -> Result<Option<Value>, Error> {
        let promises = std::mem::take(&mut self.promises);
        self.open(Open::Call { call, promises })
    }

    /// The next value of the innermost that is open.
    fn next(&mut self) -> Result<Option<Json<'d>>, Error> {
        match self.open.last_mut() {
            None => Ok(None),
            Some(Open::List(list) | Open::Call { call: Call { list, .. }, .. }) => Ok(list.next()),
            Some(Open::Object(members) | Open::Error(_, members)) => {
                let Some((name_bytes, json)) = members.next(self.promises) else { return Ok(None) };
                self.spend(name_bytes / BYTES_A_UNIT)?;
                Ok(Some(json))
            }
        }
    }

    /// Puts a value into the innermost that is open.
    fn keep(&mut self, value: Value) {
        match self.open.last_mut() {
            None => {}
            Some(Open::List(list) | Open::Call { call: Call { list, .. }, .. }) => list.keep(value),
            Some(Open::Object(members) | Open::Error(_, members)) => {
                if let Some(promises) = members.keep(value) {
                    self.promises = promises;
                }
            }
        }
    }

    /// Leaves the innermost that is open: the value that it is.
    fn close(&mut self) -> Result<Option<Value>, Error> {
        Ok(match self.open.pop() {
            None => None,
            Some(Open::List(list)) => Some(list.into_value()),
            Some(Open::Object(members)) => Some(Value::Object(members.into_object())),
            Some(Open::Error(mut error, members)) => {
                error.properties = members.into_object();
                Some(Value::Error(error))
            }
            Some(Open::Call { call, promises }) => {
                let inside = std::mem::replace(&mut self.promises, promises);
                Some(self.finish_call(call, inside)?)
            }
        })
    }

    /// Counts a promise that is in the value.
    pub(super) fn promised(&mut self, value: Value) -> Value {
        self.promises += 1;
        value
    }

    pub(super) fn text(&mut self, text: Text<'d>) -> Result<String, Error> {
        self.spend(1 + text.written_bytes() / BYTES_A_UNIT)?;
        Ok(text.decoded().into_owned())
    }

    pub(super) fn spend(&mut self, work: usize) -> Result<(), Error> {
        if work == 0 { Ok(()) } else { self.importer.spend(work) }
    }
}

/// An array that means nothing.
pub(super) fn unknown(kind: &str) -> Error {
    const TOLD: usize = 32;
    let kind: String = kind.chars().take(TOLD).collect();
    Error::type_error(format!("unknown special value: {kind:?}"))
}

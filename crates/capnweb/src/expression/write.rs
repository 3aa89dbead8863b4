//! Values to expressions.

use super::calls::{write_position, write_reference};
use super::special::clip;
use super::{LEVELS, bytes};
use crate::error::Error;
use crate::exchange::{Exporter, Id, Made, Reference};
use crate::json::{write_number, write_text};
use crate::stream::Readable;
use crate::value::{Blob, Bytes, Object, Value, check_url};

/// Writes a value behind what `out` holds. After an error `out` is as it was and nothing stays exported.
pub(crate) fn write(value: &Value, out: &mut String, exporter: &mut dyn Exporter) -> Result<(), Error> {
    attempt(out, exporter, |writer| writer.value(value))
}

/// Writes the arguments of a call, a list that is not escaped.
pub(super) fn write_arguments(arguments: &[Value], out: &mut String, exporter: &mut dyn Exporter) -> Result<(), Error> {
    attempt(out, exporter, |writer| writer.list(arguments, Writer::nested))
}

fn attempt(
    out: &mut String,
    exporter: &mut dyn Exporter,
    work: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let before = out.len();
    let mut writer = Writer { out, exporter, made: Vec::new(), depth: 0 };
    let written = work(&mut writer);
    if written.is_err() {
        writer.undo(before, 0);
    }
    written
}

/// Writes one payload.
pub(super) struct Writer<'w> {
    out: &'w mut String,
    exporter: &'w mut dyn Exporter,
    made: Vec<Made>,
    depth: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        match value {
            Value::Undefined => self.raw("[\"undefined\"]"),
            Value::Null => self.raw("null"),
            Value::Bool(value) => self.raw(if *value { "true" } else { "false" }),
            Value::Number(number) => self.any_number(*number),
            Value::String(text) => self.text(text),
            Value::BigInt(number) => self.tagged("bigint", number.as_str()),
            Value::Date(time) => self.date(*time),
            Value::Bytes(bytes) => return self.bytes(bytes),
            Value::Error(error) => self.error(error),
            Value::Array(items) => {
                self.raw("[");
                self.list(items, Self::nested)?;
                self.raw("]");
            }
            Value::Object(object) => return self.object(object),
            other => return self.rare(other),
        }
        Ok(())
    }

    fn rare(&mut self, value: &Value) -> Result<(), Error> {
        match value {
            Value::Url(url) => {
                check_url(url)?;
                self.tagged("url", url);
                Ok(())
            }
            Value::Headers(headers) => {
                self.raw("[\"headers\",");
                self.headers(headers)?;
                self.raw("]");
                Ok(())
            }
            Value::Request(request) => self.request(request),
            Value::Response(response) => self.response(response),
            Value::Blob(blob) => self.blob(blob),
            Value::Stub(stub) => self.exporter.stub(stub).map(|reference| self.reference(&reference)),
            Value::Promise(promise) => self.exporter.promise(promise).map(|reference| self.reference(&reference)),
            Value::Writable(writable) => {
                let id = self.exporter.writable(writable)?;
                self.made.push(Made::Export(id));
                self.position("writable", id);
                Ok(())
            }
            Value::Readable(readable) => self.readable(readable),
            other => Err(Error::type_error(format!("Cannot serialize value: {}", other.type_name()))),
        }
    }

    /// A value within another.
    fn nested(&mut self, value: &Value) -> Result<(), Error> {
        self.depth += 1;
        if self.depth >= LEVELS {
            return Err(Error::range_error(format!("Values nest more than {LEVELS} levels.")));
        }
        self.value(value)?;
        self.depth -= 1;
        Ok(())
    }

    pub(super) fn list<T>(
        &mut self,
        items: &[T],
        each: impl Fn(&mut Self, &T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.raw("[");
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.raw(",");
            }
            each(self, item)?;
        }
        self.raw("]");
        Ok(())
    }

    fn object(&mut self, object: &Object) -> Result<(), Error> {
        self.raw("{");
        for (position, (name, value)) in object.iter().enumerate() {
            if position > 0 {
                self.raw(",");
            }
            self.text(name);
            self.raw(":");
            self.nested(value)?;
        }
        self.raw("}");
        Ok(())
    }

    /// Only what JSON knows, and arrays as they are.
    pub(super) fn plain(&mut self, value: &Value) -> Result<(), Error> {
        self.depth += 1;
        match value {
            Value::Array(items) if self.depth < LEVELS => self.list(items, Self::plain)?,
            Value::Object(object) if self.depth < LEVELS => self.plain_object(object)?,
            Value::Null | Value::Bool(_) | Value::String(_) => self.value(value)?,
            Value::Number(number) if number.is_finite() => self.number(*number),
            _ => return Err(Error::type_error("What JSON does not know is said of a request or response.")),
        }
        self.depth -= 1;
        Ok(())
    }

    fn plain_object(&mut self, object: &Object) -> Result<(), Error> {
        self.raw("{");
        for (position, (name, value)) in object.iter().enumerate() {
            if position > 0 {
                self.raw(",");
            }
            self.text(name);
            self.raw(":");
            self.plain(value)?;
        }
        self.raw("}");
        Ok(())
    }

    /// What cannot be written of its properties is left out: the error itself must arrive.
    fn error(&mut self, error: &Error) {
        self.raw("[\"error\",");
        self.text(&error.name);
        self.raw(",");
        self.text(&error.message);
        let plain = self.out.len();
        self.raw(",null,");
        let mut separator = "{";
        for (name, value) in &error.properties {
            if !matches!(name, "name" | "message" | "stack") && self.property(separator, name, value) {
                separator = ",";
            }
        }
        if separator == "{" {
            self.out.truncate(plain);
            self.raw("]");
        } else {
            self.raw("}]");
        }
    }

    /// Whether it could be written; if not, nothing is left of it.
    fn property(&mut self, separator: &str, name: &str, value: &Value) -> bool {
        let (text, made, depth) = (self.out.len(), self.made.len(), self.depth);
        self.raw(separator);
        self.text(name);
        self.raw(":");
        let is_written = self.nested(value).is_ok();
        if !is_written {
            self.undo(text, made);
            self.depth = depth;
        }
        is_written
    }

    fn undo(&mut self, text: usize, made: usize) {
        self.out.truncate(text);
        let made = self.made.split_off(made);
        if !made.is_empty() {
            self.exporter.take_back(&made);
        }
    }

    pub(super) fn bytes(&mut self, bytes: &Bytes) -> Result<(), Error> {
        bytes::write(bytes, self.out)
    }

    /// A Blob is streamed, however small: its receivers accept nothing else.
    fn blob(&mut self, blob: &Blob) -> Result<(), Error> {
        self.raw("[\"blob\",");
        self.text(&blob.mime);
        self.raw(",");
        self.readable(&Readable::of_bytes(blob.data.clone()))?;
        self.raw("]");
        Ok(())
    }

    pub(super) fn readable(&mut self, readable: &Readable) -> Result<(), Error> {
        let id = self.exporter.readable(readable)?;
        self.made.push(Made::Pipe(id));
        self.position("readable", id);
        Ok(())
    }

    fn reference(&mut self, reference: &Reference) {
        if let Reference::Export(id) | Reference::Promise(id) = reference {
            self.made.push(Made::Export(*id));
        }
        write_reference(reference, self.out);
    }

    fn position(&mut self, kind: &str, id: Id) {
        write_position(kind, id, self.out);
    }

    fn any_number(&mut self, number: f64) {
        if number.is_finite() {
            self.number(number);
        } else if number.is_nan() {
            self.raw("[\"nan\"]");
        } else {
            self.raw(if number > 0.0 { "[\"inf\"]" } else { "[\"-inf\"]" });
        }
    }

    fn date(&mut self, time: f64) {
        self.raw("[\"date\",");
        self.number(clip(time));
        self.raw("]");
    }

    /// A kind, and a text.
    fn tagged(&mut self, kind: &str, text: &str) {
        self.raw("[\"");
        self.raw(kind);
        self.raw("\",");
        self.text(text);
        self.raw("]");
    }

    /// One that is none becomes null.
    pub(super) fn number(&mut self, number: f64) {
        write_number(number, self.out);
    }

    pub(super) fn text(&mut self, text: &str) {
        write_text(text, self.out);
    }

    pub(super) fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }
}

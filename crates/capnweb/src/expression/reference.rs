//! What points into the tables of a session.

use super::read::{Reader, unknown};
use crate::error::Error;
use crate::exchange::{Id, Payload};
use crate::json::{Items, Json, Kind};
use crate::stub::{Promise, Stub};
use crate::target::Key;
use crate::value::Value;

impl Reader<'_> {
    pub(super) fn reference(&mut self, kind: &str, mut rest: Items<'_>) -> Result<Value, Error> {
        let id = rest.next().and_then(Json::integer).ok_or_else(|| unknown(kind))?;
        match kind {
            "export" => self.importer.stub(id).map(Value::Stub),
            "writable" => self.importer.writable(id).map(Value::Writable),
            "readable" => self.importer.readable(id).map(Value::Readable),
            "promise" => self.importer.promise(id).map(|promise| self.promised(Value::Promise(promise))),
            "import" => self.own(id, rest),
            "pipeline" => self.part(id, rest),
            "remap" => self.remap(id, rest),
            _ => Err(unknown(kind)),
        }
    }

    fn own(&mut self, id: Id, rest: Items<'_>) -> Result<Value, Error> {
        if rest.len() == 0 {
            return self.importer.own(id).map(Value::Stub);
        }
        let (path, arguments) = self.call(rest)?;
        self.importer.own_part(id, path, arguments).map(Value::Stub)
    }

    fn part(&mut self, id: Id, rest: Items<'_>) -> Result<Value, Error> {
        let (path, arguments) = self.call(rest)?;
        let promise = self.importer.part(id, path, arguments)?;
        Ok(self.promised(Value::Promise(promise)))
    }

    /// `path?, arguments?`.
    fn call(&mut self, mut rest: Items<'_>) -> Result<(Vec<Key>, Option<Payload>), Error> {
        if rest.len() > 2 {
            return Err(unknown("pipeline"));
        }
        let path = rest.next().map_or(Ok(Vec::new()), |path| self.path(path))?;
        let arguments = match rest.next().map(Json::kind) {
            None => None,
            Some(Kind::Array(list)) => Some(self.arguments(list)?),
            Some(_) => return Err(unknown("pipeline")),
        };
        Ok((path, arguments))
    }

    fn path(&mut self, path: Json<'_>) -> Result<Vec<Key>, Error> {
        let keys = path.items().ok_or_else(|| unknown("path"))?;
        self.spend(keys.len())?;
        keys.map(|json| key(json).ok_or_else(|| unknown("path"))).collect()
    }

    /// `path, captures, instructions`.
    fn remap(&mut self, id: Id, mut rest: Items<'_>) -> Result<Value, Error> {
        let (3, Some(path), Some(captures), Some(instructions)) = (rest.len(), rest.next(), rest.next(), rest.next())
        else {
            return Err(unknown("remap"));
        };
        let path = self.path(path)?;
        let captures = captures.items().ok_or_else(|| unknown("remap"))?;
        let program = instructions.to_program().ok_or_else(|| unknown("remap"))?;
        self.spend(captures.len() + program.work())?;
        let captures = captures.map(|capture| self.capture(capture)).collect::<Result<_, _>>()?;
        let promise = self.importer.remap(id, path, captures, program)?;
        Ok(self.promised(Value::Promise(promise)))
    }

    fn capture(&mut self, capture: Json<'_>) -> Result<Stub, Error> {
        let malformed = || Error::type_error("unknown map capture");
        let mut parts = capture.items().filter(|parts| parts.len() == 2).ok_or_else(malformed)?;
        let kind = parts.next().and_then(Json::text).ok_or_else(malformed)?;
        let id = parts.next().and_then(Json::integer).ok_or_else(malformed)?;
        match &*kind {
            "export" => self.importer.stub(id),
            "import" => self.importer.own(id),
            _ => Err(malformed()),
        }
    }

    /// `mime, ["readable", id]`: delivered when all of it is there.
    pub(super) fn blob(&mut self, mut rest: Items<'_>) -> Result<Value, Error> {
        let (2, Some(Kind::Text(mime)), Some(content)) = (rest.len(), rest.next().map(Json::kind), rest.next()) else {
            return Err(unknown("blob"));
        };
        let mime = self.text(mime)?;
        let Value::Readable(content) = self.value(content)? else {
            return Err(Error::type_error("Blob content must be serialized as a ReadableStream."));
        };
        let most = self.importer.limits().held_bytes;
        let promise = Promise::new(content.blob(mime, most));
        Ok(self.promised(Value::Promise(promise)))
    }
}

/// A number that is no index is a name, as it is in JavaScript.
fn key(json: Json<'_>) -> Option<Key> {
    match json.kind() {
        Kind::Text(name) => Some(Key::Name(name.decoded().into_owned())),
        Kind::Number(number) => Some(match json.integer().map(u32::try_from) {
            Some(Ok(index)) => Key::Index(index),
            _ => Key::Name(number.to_string()),
        }),
        _ => None,
    }
}

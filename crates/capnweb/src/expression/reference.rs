//! What points into the tables of a session.

use super::open::{Call, List};
use super::read::{Reader, unknown};
use crate::error::Error;
use crate::exchange::{Id, Payload};
use crate::json::{Items, Json, Kind};
use crate::stub::{Promise, Stub};
use crate::target::Key;
use crate::value::Value;

impl<'d> Reader<'_, 'd> {
    /// `id`.
    pub(super) fn reference(&mut self, kind: &str, mut rest: Items<'d>) -> Result<Value, Error> {
        let id = id(kind, &mut rest)?;
        match kind {
            "export" => self.importer.stub(id).map(Value::Stub),
            "writable" => self.importer.writable(id).map(Value::Writable),
            "readable" => self.importer.readable(id).map(Value::Readable),
            "promise" => self.importer.promise(id).map(|promise| self.promised(Value::Promise(promise))),
            _ => Err(unknown(kind)),
        }
    }

    /// `id, path?, arguments?`.
    pub(super) fn call(&mut self, kind: &str, mut rest: Items<'d>) -> Result<Option<Value>, Error> {
        let (id, is_own) = (id(kind, &mut rest)?, kind == "import");
        if is_own && rest.len() == 0 {
            return self.importer.own(id).map(Value::Stub).map(Some);
        }
        let path = rest.next().map_or(Ok(Vec::new()), |path| self.path(path))?;
        match (rest.next().map(Json::kind), rest.len()) {
            (None, _) => self.part(id, path, is_own, None).map(Some),
            (Some(Kind::Array(list)), 0) => self.open_call(Call { id, path, is_own, list: List::new(list) }),
            _ => Err(unknown(kind)),
        }
    }

    /// The arguments of a call are there.
    pub(super) fn finish_call(&mut self, call: Call<'d>, promises: usize) -> Result<Value, Error> {
        let arguments = Payload { value: call.list.into_value(), promises };
        self.part(call.id, call.path, call.is_own, Some(arguments))
    }

    fn part(&mut self, id: Id, path: Vec<Key>, is_own: bool, arguments: Option<Payload>) -> Result<Value, Error> {
        if is_own {
            return self.importer.own_part(id, path, arguments).map(Value::Stub);
        }
        let promise = self.importer.part(id, path, arguments)?;
        Ok(self.promised(Value::Promise(promise)))
    }

    fn path(&mut self, path: Json<'d>) -> Result<Vec<Key>, Error> {
        let keys = path.items().ok_or_else(|| unknown("path"))?;
        keys.map(|json| self.key(json)).collect()
    }

    /// A number that is no index is a name, as it is in JavaScript.
    fn key(&mut self, json: Json<'d>) -> Result<Key, Error> {
        match json.kind() {
            Kind::Text(name) => self.text(name).map(Key::Name),
            Kind::Number(number) => {
                self.spend(1)?;
                Ok(match json.integer().map(u32::try_from) {
                    Some(Ok(index)) => Key::Index(index),
                    _ => Key::Name(number.to_string()),
                })
            }
            _ => Err(unknown("path")),
        }
    }

    /// `id, path, captures, instructions`.
    pub(super) fn remap(&mut self, mut rest: Items<'d>) -> Result<Value, Error> {
        let id = id("remap", &mut rest)?;
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

    fn capture(&mut self, capture: Json<'d>) -> Result<Stub, Error> {
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
    pub(super) fn blob(&mut self, mut rest: Items<'d>) -> Result<Value, Error> {
        let (2, Some(Kind::Text(mime)), Some(content)) = (rest.len(), rest.next().map(Json::kind), rest.next()) else {
            return Err(unknown("blob"));
        };
        let mime = self.text(mime)?;
        let mut parts = content.items().ok_or_else(|| unknown("blob"))?;
        if parts.next().and_then(Json::text).as_deref() != Some("readable") {
            return Err(Error::type_error("Blob content must be serialized as a ReadableStream."));
        }
        let content = self.importer.readable(id("blob", &mut parts)?)?;
        let most = self.importer.limits().held_bytes;
        let promise = Promise::new(content.blob(mime, most));
        Ok(self.promised(Value::Promise(promise)))
    }
}

fn id(kind: &str, rest: &mut Items<'_>) -> Result<Id, Error> {
    rest.next().and_then(Json::integer).ok_or_else(|| unknown(kind))
}

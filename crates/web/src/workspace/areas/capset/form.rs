//! The notation in which a page gives arguments and is given results.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use capos_client::Object;
use capos_schema::dynamic::Means;
use capos_schema::reflect::{Capability, Notation};
use capos_schema::{Code, Denial, Error, Fault, Result, Type};

use super::chips::{Chip, Chips, Origin};
use super::value::Value;
use crate::workspace::view::Key;

/// What the values of one call are read and written by.
pub(super) struct Form {
    pub(super) means: Arc<Means>,
    pub(super) chips: Rc<Chips>,
    /// Where capabilities that come out of messages are from.
    pub(super) origin: Origin,
    /// The grants that the arguments name.
    taken: BTreeMap<String, Object>,
    /// What came, and does not stay unless the value is read whole.
    fresh: Vec<Key>,
    /// What came stays in any case.
    keeps: bool,
}

impl Form {
    pub(super) fn new(means: Arc<Means>, chips: Rc<Chips>, origin: Origin) -> Self {
        Self { means, chips, origin, taken: BTreeMap::new(), fresh: Vec::new(), keeps: false }
    }

    pub(super) fn taking(mut self, taken: BTreeMap<String, Object>) -> Self {
        self.taken = taken;
        self
    }

    /// For a listener, which is never told what became of its answer.
    pub(super) fn keeping(mut self) -> Self {
        self.keeps = true;
        self
    }

    /// The value was read whole: what came with it stays.
    pub(super) fn done(&mut self) -> Vec<Key> {
        let fresh = std::mem::take(&mut self.fresh);
        if !fresh.is_empty() {
            self.chips.show();
        }
        fresh
    }

    fn expected(&self, interface: &Type) -> Error {
        match interface {
            Type::Interface(..) => Error::value(format!("expected a {}", self.means.registry().type_name(interface))),
            _ => Error::value("expected a capability"),
        }
    }

    /// What is not known to be another interface may be this one.
    fn pass(&self, object: &Object, interface: &Type) -> Result<Capability> {
        let known = object.methods().is_ok();
        match interface {
            Type::Interface(id, _) if known && !object.registry().is_a(object.interface(), *id) => {
                Err(self.expected(interface))
            }
            _ => Ok(object.hook().add_ref()),
        }
    }

    fn listener(&self, key: Key, named: Option<&str>, interface: &Type) -> Result<Capability> {
        let registry = self.means.registry();
        let interface = match (interface, named) {
            (Type::Interface(..), _) => interface.clone(),
            (_, Some(name)) => {
                let id = registry.interface_id(name);
                Type::interface(id.ok_or_else(|| Error::value("no interface of that name is known"))?)
            }
            (_, None) => return Err(Error::value("a listener needs an interface here")),
        };
        registry.methods(&interface)?;
        let listener = self.chips.listener(key, &self.means, &interface, &self.origin);
        self.pass(&listener.map_err(Fault::Capability)?, &interface)
    }
}

impl Drop for Form {
    fn drop(&mut self) {
        if self.keeps {
            self.done();
        }
        for key in self.fresh.drain(..) {
            self.chips.remove(key);
        }
    }
}

impl Notation for Form {
    type Value = Value;

    fn null(&mut self) -> Value {
        Value::Nothing
    }

    fn boolean(&mut self, value: bool) -> Value {
        Value::Truth(value)
    }

    fn integer(&mut self, number: i128, _wide: bool) -> Value {
        Value::Whole(number)
    }

    fn float(&mut self, number: f64) -> Value {
        Value::Float(number)
    }

    fn text(&mut self, text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Value {
        Value::Bytes(Bytes::copy_from_slice(bytes))
    }

    fn list(&mut self, elements: Vec<Value>) -> Value {
        Value::List(elements)
    }

    fn object(&mut self, members: Vec<(String, Value)>) -> Value {
        Value::Members(members)
    }

    fn export(&mut self, capability: Capability, interface: &Type) -> Result<Value> {
        let object = self.means.object(capability, interface.clone());
        let key = self.chips.add(Chip::new(object, self.origin.clone())).map_err(Fault::Capability)?;
        self.fresh.push(key);
        Ok(Value::Chip(key))
    }

    fn import(&mut self, value: &Value, interface: &Type) -> Result<Capability> {
        let gone = |what: &'static str| Error::value(what);
        match value {
            Value::Chip(key) => {
                let object = self.chips.give(*key).ok_or_else(|| gone("this capability was let go of"))?;
                self.pass(&object, interface)
            }
            Value::Grant(name) => {
                let object = self.taken.get(name).ok_or_else(|| gone("nothing of that name is granted"))?;
                self.pass(object, interface)
            }
            Value::Listener { key, interface: named } => self.listener(*key, named.as_deref(), interface),
            _ => Err(self.expected(interface)),
        }
    }

    fn is_null(&self, value: &Value) -> bool {
        *value == Value::Nothing
    }

    fn as_boolean(&self, value: &Value) -> Option<bool> {
        match value {
            Value::Truth(value) => Some(*value),
            _ => None,
        }
    }

    fn as_integer(&self, value: &Value, _wide: bool) -> Option<i128> {
        match value {
            Value::Whole(number) => Some(*number),
            Value::Text(digits) => digits.trim().parse().ok(),
            _ => None,
        }
    }

    fn as_float(&self, value: &Value) -> Result<f64> {
        let number = match value {
            Value::Float(number) => Some(*number),
            #[expect(clippy::cast_precision_loss, reason = "rounding is what a floating type is for")]
            Value::Whole(number) => Some(*number as f64),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| Error::value("expected a number, NaN, Infinity or -Infinity"))
    }

    fn as_text<'v>(&self, value: &'v Value) -> Option<&'v str> {
        match value {
            Value::Text(text) => Some(text),
            // A file may be what a text is taken from.
            Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    fn as_bytes<'v>(&self, value: &'v Value) -> Result<Cow<'v, [u8]>> {
        match value {
            Value::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Value::Text(text) => {
                STANDARD.decode(text).map(Cow::Owned).map_err(|_| Error::value("expected bytes as base64"))
            }
            _ => Err(Error::value("expected bytes")),
        }
    }

    fn as_list<'v>(&self, value: &'v Value) -> Option<&'v [Value]> {
        match value {
            Value::List(elements) => Some(elements),
            _ => None,
        }
    }

    fn as_object<'v>(&self, value: &'v Value) -> Option<impl Iterator<Item = (&'v str, &'v Value)> + use<'v>> {
        match value {
            Value::Members(members) => Some(members.iter().map(|(name, value)| (name.as_str(), value))),
            _ => None,
        }
    }
}

/// Too much is kept.
pub(super) fn full() -> capnp::Error {
    Denial::new(Code::QuotaExceeded, "too many capabilities are kept; release some first").into()
}

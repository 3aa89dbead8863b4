//! What a caller says by name: `{account: "ada", password: "…"}`.

use capnweb::{Error, Stub, Thrown, Value};
use capos_client::Secret;

/// The names and values that a method was given. Each is taken once; one that is left over is a mistake of the
/// caller's, who would otherwise believe that it was heeded.
///
/// What is `undefined` or `null` was not given.
pub(crate) struct Options {
    method: &'static str,
    given: Vec<(String, Value)>,
}

impl Options {
    /// The one argument of a method that takes its arguments by name.
    pub(crate) fn of(method: &'static str, arguments: Vec<Value>) -> Result<Self, Thrown> {
        let mut arguments = arguments.into_iter();
        let given = match arguments.next() {
            None | Some(Value::Undefined | Value::Null) => Vec::new(),
            Some(Value::Object(object)) => object.into_iter().filter(|(_, value)| !value.is_nothing()).collect(),
            Some(_) => return Err(misused(method, "takes one object of named options")),
        };
        if arguments.any(|value| !value.is_nothing()) {
            return Err(misused(method, "takes one object of named options"));
        }
        Ok(Self { method, given })
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.given.iter().position(|(given, _)| given == name)?;
        Some(self.given.swap_remove(place).1)
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, Thrown> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "a string")),
        }
    }

    /// A proof, as text or bytes.
    pub(crate) fn secret(&mut self, name: &str) -> Result<Option<Secret>, Thrown> {
        self.take(name)
            .map(|value| secret(value).ok_or_else(|| self.wrong(name, "a string or a Uint8Array")))
            .transpose()
    }

    /// Bytes.
    pub(crate) fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, Thrown> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bytes(bytes)) => Ok(Some(bytes.data.to_vec())),
            Some(_) => Err(self.wrong(name, "a Uint8Array")),
        }
    }

    /// A whole number of milliseconds.
    pub(crate) fn milliseconds(&mut self, name: &str) -> Result<Option<u64>, Thrown> {
        self.take(name).map(|value| value.as_u64().ok_or_else(|| self.wrong(name, "a whole number"))).transpose()
    }

    /// Something that can be called.
    pub(crate) fn function(&mut self, name: &str) -> Result<Option<Stub>, Thrown> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Stub(stub)) => Ok(Some(stub)),
            Some(_) => Err(self.wrong(name, "a function")),
        }
    }

    /// What has to be there.
    pub(crate) fn need<T>(&self, name: &str, value: Option<T>) -> Result<T, Thrown> {
        value.ok_or_else(|| misused(self.method, &format!("needs the option `{name}`")))
    }

    /// Nothing is left over.
    pub(crate) fn done(self) -> Result<(), Thrown> {
        match self.given.first() {
            None => Ok(()),
            // What is said back stays short, whatever was sent.
            Some((name, _)) if name.len() <= 64 => {
                Err(misused(self.method, &format!("has no use for the option `{name}` here")))
            }
            Some(_) => Err(misused(self.method, "has no use for one of these options")),
        }
    }

    fn wrong(&self, name: &str, wanted: &str) -> Thrown {
        misused(self.method, &format!("takes {wanted} as the option `{name}`"))
    }
}

/// A proof, as text or bytes. The text's own memory is what is wiped when it is dropped.
pub(crate) fn secret(value: Value) -> Option<Secret> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Bytes(bytes) => Some(bytes.data.to_vec().into()),
        _ => None,
    }
}

/// What a caller did that cannot be meant.
pub(crate) fn misused(method: &str, problem: &str) -> Thrown {
    Error::type_error(format!("{method} {problem}.")).into()
}

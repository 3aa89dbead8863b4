//! Ways into a value.

use std::rc::Rc;

use super::Hook;
use crate::error::Error;
use crate::target::Key;
use crate::value::Value;

/// Where a path leads.
pub(super) enum Place<'v> {
    /// To a part of the value.
    Here(&'v Value),
    /// To nothing.
    Nothing,
    /// Into another object, which is asked for the rest.
    Elsewhere(Rc<Hook>, usize),
}

/// Follows a path as the reference does: own properties and elements, and nothing that JavaScript's objects inherit.
pub(super) fn follow<'v>(value: &'v Value, path: &[Key]) -> Result<Place<'v>, Error> {
    let mut place = Place::Here(value);
    for (depth, key) in path.iter().enumerate() {
        let Place::Here(at) = place else { return Err(no_property(key)) };
        place = match at {
            Value::Stub(stub) => return Ok(Place::Elsewhere(stub.hook().clone(), depth)),
            Value::Promise(promise) => return Ok(Place::Elsewhere(promise.hook().clone(), depth)),
            Value::Undefined => return Err(no_property(key)),
            at => step(at, key).map_or(Place::Nothing, Place::Here),
        };
    }
    match place {
        Place::Here(Value::Promise(promise)) => Ok(Place::Elsewhere(promise.hook().clone(), path.len())),
        place => Ok(place),
    }
}

fn step<'v>(value: &'v Value, key: &Key) -> Option<&'v Value> {
    match (value, key) {
        (Value::Array(items), Key::Index(index)) => items.get(usize::try_from(*index).ok()?),
        (Value::Array(items), Key::Name(name)) => items.get(element(name)?),
        (Value::Object(object), Key::Name(name)) if is_reachable(name) => object.get(name),
        (Value::Object(object), Key::Index(index)) => object.get(&index.to_string()),
        _ => None,
    }
}

/// The number of an element, where a text is exactly one: the official client writes them so.
fn element(name: &str) -> Option<usize> {
    let plain = name.bytes().all(|digit| digit.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    plain.then(|| name.parse().ok())?
}

fn no_property(key: &Key) -> Error {
    let name = match key {
        Key::Name(name) => name.clone(),
        Key::Index(index) => index.to_string(),
    };
    Error::type_error(format!("Cannot read properties of undefined (reading '{name}')"))
}

/// Whether that name may be asked for. What every object of JavaScript inherits is never reachable.
pub(super) fn is_reachable(name: &str) -> bool {
    !crate::expression::is_reserved(name)
}

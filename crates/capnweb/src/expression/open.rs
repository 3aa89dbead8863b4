//! Values that are being read, with what of them is there already.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::vec;

use super::name::is_dropped;
use crate::error::Error;
use crate::exchange::Id;
use crate::json::{Entries, Items, Json};
use crate::target::Key;
use crate::value::{Object, Value};

/// Past so many entries an object is searched for names that come twice by a table.
const COMPARED: usize = 16;

/// A value that has others in it.
pub(super) enum Open<'d> {
    List(List<'d>),
    Object(Members<'d>),
    /// What is read are its properties.
    Error(Box<Error>, Members<'d>),
    /// What is read are its arguments. The promises are those of the payload around it.
    Call {
        call: Call<'d>,
        promises: usize,
    },
}

/// Values in order.
pub(super) struct List<'d> {
    rest: Items<'d>,
    values: Vec<Value>,
}

impl<'d> List<'d> {
    pub(super) fn new(items: Items<'d>) -> Self {
        Self { rest: items, values: Vec::with_capacity(items.len()) }
    }

    pub(super) fn next(&mut self) -> Option<Json<'d>> {
        self.rest.next()
    }

    pub(super) fn keep(&mut self, value: Value) {
        self.values.push(value);
    }

    pub(super) fn into_value(self) -> Value {
        Value::Array(self.values)
    }
}

/// A call: what is called and, when they are read, with what.
pub(super) struct Call<'d> {
    pub(super) id: Id,
    pub(super) path: Vec<Key>,
    /// Whether its result is passed on without waiting for it.
    pub(super) is_own: bool,
    pub(super) list: List<'d>,
}

/// Values by name.
pub(super) struct Members<'d> {
    rest: Rest<'d>,
    object: Object,
    /// The name of the value that is being read.
    name: Cow<'d, str>,
    /// Those in the payload before that value.
    promises: usize,
    is_skipped: fn(&str) -> bool,
}

enum Rest<'d> {
    Distinct(Entries<'d>),
    /// Of a name that came twice, the last value at the first place.
    Sifted(vec::IntoIter<(Cow<'d, str>, Json<'d>)>),
}

impl<'d> Members<'d> {
    pub(super) fn new(entries: Entries<'d>) -> Self {
        Self::without(entries, |_| false)
    }

    /// Leaves some out altogether.
    pub(super) fn without(entries: Entries<'d>, is_skipped: fn(&str) -> bool) -> Self {
        let rest = if may_repeat(entries) { Rest::Sifted(sift(entries).into_iter()) } else { Rest::Distinct(entries) };
        let object = Object::with_capacity(entries.len());
        Self { rest, object, name: Cow::Borrowed(""), promises: 0, is_skipped }
    }

    /// The next value, before which there were so many promises, and the length of its name.
    pub(super) fn next(&mut self, promises: usize) -> Option<(usize, Json<'d>)> {
        self.promises = promises;
        loop {
            let next = match &mut self.rest {
                Rest::Distinct(entries) => entries.next(),
                Rest::Sifted(entries) => entries.next(),
            };
            let (name, json) = next?;
            if !(self.is_skipped)(&name) {
                self.name = name;
                return Some((self.name.len(), json));
            }
        }
    }

    /// Keeps a value. One that is dropped was read so that the references in it are released, and gives the number
    /// of promises that there are without it.
    pub(super) fn keep(&mut self, value: Value) -> Option<usize> {
        if is_dropped(&self.name) {
            return Some(self.promises);
        }
        let name = std::mem::take(&mut self.name);
        self.object.push(name.into_owned(), value);
        None
    }

    pub(super) fn into_object(self) -> Object {
        self.object
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

fn sift(entries: Entries<'_>) -> Vec<(Cow<'_, str>, Json<'_>)> {
    let mut positions: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(entries.len());
    let mut sifted: Vec<(Cow<'_, str>, Json<'_>)> = Vec::with_capacity(entries.len());
    for (name, json) in entries {
        match positions.entry(name) {
            Entry::Occupied(held) => {
                if let Some((_, earlier)) = sifted.get_mut(*held.get()) {
                    *earlier = json;
                }
            }
            Entry::Vacant(free) => {
                sifted.push((free.key().clone(), json));
                free.insert(sifted.len() - 1);
            }
        }
    }
    sifted
}

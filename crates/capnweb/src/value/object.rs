//! Values by name.

use std::collections::HashMap;
use std::{fmt, slice, vec};

use super::Value;

/// Past so many entries a name is looked up, not searched for: whoever names them may be a peer.
const SEARCHED: usize = 32;

/// Values by name, in the order in which the names were first given.
///
/// JavaScript keeps the same order, except that it puts names that are array indices first.
#[derive(Clone, Default)]
pub struct Object {
    entries: Vec<(String, Value)>,
    /// Where each name is, once there are more than [`SEARCHED`].
    #[expect(clippy::box_collection, reason = "most objects have none, and every value is as large as the largest")]
    index: Option<Box<HashMap<Box<str>, usize>>>,
}

impl Object {
    /// Without a value.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Without a value, and with room for that many.
    #[must_use]
    pub fn with_capacity(entries: usize) -> Self {
        Self { entries: Vec::with_capacity(entries), index: None }
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries.get(self.position(name)?).map(|(_, value)| value)
    }

    /// The value of that name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let position = self.position(name)?;
        self.entries.get_mut(position).map(|(_, value)| value)
    }

    /// Whether there is a value of that name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// Gives a value a name. The one that had it before is returned, and leaves its place in the order.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (name, value) = (name.into(), value.into());
        if let Some(held) = self.get_mut(&name) {
            return Some(std::mem::replace(held, value));
        }
        self.push(name, value);
        None
    }

    /// Takes a value out. The order of the others stays.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let position = self.position(name)?;
        let (_, value) = self.entries.remove(position);
        self.reindex();
        Some(value)
    }

    /// The names and their values.
    pub fn iter(&self) -> ObjectIter<'_> {
        ObjectIter(self.entries.iter())
    }

    /// The values, to be changed, with their names.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.entries.iter_mut().map(|(name, value)| (name.as_str(), value))
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// Adds a value whose name is not there yet.
    pub(crate) fn push(&mut self, name: String, value: Value) {
        if let Some(index) = &mut self.index {
            index.insert(name.as_str().into(), self.entries.len());
        }
        self.entries.push((name, value));
        if self.index.is_none() && self.entries.len() > SEARCHED {
            self.reindex();
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.entries.iter().position(|(held, _)| held == name),
        }
    }

    fn reindex(&mut self) {
        self.index = (self.entries.len() > SEARCHED).then(|| {
            let names = self.entries.iter().enumerate().map(|(position, (name, _))| (name.as_str().into(), position));
            Box::new(names.collect())
        });
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<N: Into<String>, V: Into<Value>> Extend<(N, V)> for Object {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, entries: I) {
        for (name, value) in entries {
            self.insert(name, value);
        }
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let mut object = Self::new();
        object.extend(entries);
        object
    }
}

impl<N: Into<String>, V: Into<Value>, const COUNT: usize> From<[(N, V); COUNT]> for Object {
    fn from(entries: [(N, V); COUNT]) -> Self {
        entries.into_iter().collect()
    }
}

/// The names and values of an [`Object`].
#[derive(Clone, Debug)]
pub struct ObjectIter<'o>(slice::Iter<'o, (String, Value)>);

impl<'o> Iterator for ObjectIter<'o> {
    type Item = (&'o str, &'o Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (name.as_str(), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for ObjectIter<'_> {}

/// The names and values that an [`Object`] had.
#[derive(Debug)]
pub struct ObjectIntoIter(vec::IntoIter<(String, Value)>);

impl Iterator for ObjectIntoIter {
    type Item = (String, Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for ObjectIntoIter {}

impl<'o> IntoIterator for &'o Object {
    type Item = (&'o str, &'o Value);
    type IntoIter = ObjectIter<'o>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = ObjectIntoIter;

    fn into_iter(self) -> Self::IntoIter {
        ObjectIntoIter(self.entries.into_iter())
    }
}

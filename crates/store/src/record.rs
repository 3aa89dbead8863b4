//! Records: where one is, what it holds, and how it may change.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::Error;

/// A set of records of one kind. Its name is part of the program, checked when it is compiled:
/// one to 64 of `A-Z a-z 0-9 - _`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(&'static str);

impl Bucket {
    /// Names a bucket; for a `const`.
    ///
    /// # Panics
    ///
    /// Where the name is not allowed.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(!bytes.is_empty() && bytes.len() <= 64, "a bucket's name has 1 to 64 characters");
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            assert!(byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_', "a bucket's name is A-Z a-z 0-9 - _");
            at += 1;
        }
        Self(name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A record's name in its bucket: one to 256 of `A-Z a-z 0-9 - _ = / .`, with no empty part between dots.
/// The alphabet is what every engine can carry; other names are encoded by the caller.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// Longest key.
    pub const LONGEST: usize = 256;

    /// Takes a name that is allowed.
    ///
    /// # Errors
    ///
    /// [`Error::Misused`] for any other.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=/.".contains(&byte);
        if name.is_empty() || name.len() > Self::LONGEST || !name.bytes().all(allowed) {
            return Err(Error::Misused("a key is 1 to 256 of A-Z a-z 0-9 - _ = / ."));
        }
        if name.split('.').any(str::is_empty) {
            return Err(Error::Misused("a key has no empty part between dots"));
        }
        Ok(Self(name.into()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A record's bytes, shared and never shown: they may be anybody's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(Arc<[u8]>);

impl<T: Into<Arc<[u8]>>> From<T> for Value {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl Deref for Value {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// A record as it is at a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub key: Key,
    /// What it holds.
    pub value: Value,
    /// Greater with each change of anything in the store, and never given twice.
    pub revision: u64,
}

/// Part of a bucket, in the order of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The records.
    pub records: Vec<Record>,
    /// Whether there are more after the last one.
    pub more: bool,
    /// The newest change of the whole store that this page takes into account.
    pub revision: u64,
}

/// A change of one record, that is made only if the record is as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub(crate) bucket: Bucket,
    pub(crate) key: Key,
    /// The record's revision, or none where there may be no record.
    pub(crate) expected: Option<u64>,
    /// What it holds from then on, or none where it goes.
    pub(crate) value: Option<Value>,
}

impl Change {
    /// Makes a record that does not exist.
    pub fn create(bucket: Bucket, key: Key, value: impl Into<Value>) -> Self {
        Self { bucket, key, expected: None, value: Some(value.into()) }
    }

    /// Replaces what a record at a revision holds.
    pub fn update(bucket: Bucket, key: Key, revision: u64, value: impl Into<Value>) -> Self {
        Self { bucket, key, expected: Some(revision), value: Some(value.into()) }
    }

    /// Takes a record at a revision away.
    #[must_use]
    pub fn delete(bucket: Bucket, key: Key, revision: u64) -> Self {
        Self { bucket, key, expected: Some(revision), value: None }
    }

    pub(crate) fn size(&self) -> usize {
        self.key.as_str().len() + self.value.as_ref().map_or(0, |value| value.len())
    }
}

/// What a watcher is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// A record is there, or holds something else.
    Put(Record),
    /// A record has gone.
    Gone {
        /// Its name.
        key: Key,
        /// The revision of its going.
        revision: u64,
    },
    /// All that was there when the watch began, and every change up to this revision, has been told.
    Current {
        /// The revision.
        revision: u64,
    },
    /// The watcher did not keep up, and changes are lost to it. The last word: watch again.
    Lagged,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_to_the_alphabet() {
        for good in ["a", "a.b", "user=x/1", &"k".repeat(Key::LONGEST)] {
            assert!(Key::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "a.", ".a", "a..b", "a b", "ä", "a*", "a\0", &"k".repeat(Key::LONGEST + 1)] {
            assert!(Key::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_value_is_not_shown() {
        let key = Key::parse("k").unwrap();
        let record = Record { key, value: b"hunter2".to_vec().into(), revision: 1 };
        assert!(!format!("{record:?}").contains("hunter2"));
        assert!(!format!("{record:?}").contains("104"), "nor as numbers");
    }
}

//! What the tests stand on.

use std::path::PathBuf;

use capos_store::{Bucket, Entry, Key, Limits, Store};
pub(crate) use futures::StreamExt as _;
pub(crate) use futures::executor::block_on;
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) const THINGS: Bucket = Bucket::new("things");

/// A directory for a store, gone with this value.
pub(crate) struct Ground {
    directory: TempDir,
}

impl Ground {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn open(&self) -> Store {
        self.open_with(Limits::default())
    }

    pub(crate) fn open_with(&self, limits: Limits) -> Store {
        Store::open(&self.path(), limits).unwrap()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path().join("store.sqlite")
    }

    /// The database as whoever has the file may change it.
    pub(crate) fn tamper(&self, statements: &str) {
        Connection::open(self.file()).unwrap().execute_batch(statements).unwrap();
    }
}

pub(crate) fn key(name: &str) -> Key {
    Key::parse(name).unwrap()
}

pub(crate) fn entry(payload: impl AsRef<[u8]>) -> Entry {
    Entry { at_ms: 1_700_000_000_000, kind: "test".into(), payload: payload.as_ref().to_vec() }
}

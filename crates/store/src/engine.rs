//! The seam: what an engine has to do, so that everything else in this crate is the same over each.
//!
//! SQLite in one directory is one ([`crate::Store::open`]); a cluster's key-value buckets and streams can be
//! another. Bytes in and out, revisions as numbers, changes as a stream; an engine's own language stays inside it.

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::sync::watch;

use crate::error::Unwritable;
use crate::{Bucket, Change, Entry, Error, Head, Key, NoSlot, Page, Record, Row, Slot, Subscription, Value, Watched};

/// An answer that is waited for. To stop waiting does not take back what was asked.
pub type Answer<T> = BoxFuture<'static, Result<T, Error>>;

/// Changes and entries that happen together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Each record at most once.
    pub changes: Vec<Change>,
    /// In this order, with nothing between them.
    pub entries: Vec<Entry>,
}

/// What a commit has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The revision of each change, in their order.
    pub revisions: Vec<u64>,
    /// The end of the journal after the entries.
    pub head: Head,
}

/// How far the store has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The newest change that watchers were told of.
    pub revision: u64,
    /// The last row of the journal.
    pub sequence: u64,
}

/// Records and journal of one store.
///
/// **Invariants** for those who write one: a commit is answered when it is durable, and is whole or absent at every
/// moment; revisions and sequences only grow; [`Progress`] is told after the watchers were.
pub trait Engine: Send + Sync + 'static {
    /// One record.
    fn get(&self, bucket: Bucket, key: &Key) -> Answer<Option<Record>>;

    /// Records whose keys begin with `prefix` and come after `after`: a page of at most `most`.
    fn list(&self, bucket: Bucket, prefix: &str, after: Option<&Key>, most: usize) -> Answer<Page>;

    /// The records whose keys begin with `prefix`, then their changes; see [`crate::Store::watch`].
    fn watch(&self, bucket: Bucket, prefix: &str) -> BoxStream<'static, Result<Watched, Error>>;

    /// Does all of it, durably, or nothing.
    fn commit(&self, commit: Commit) -> Answer<Committed>;

    /// A place in the journal for a record to come. Does not wait, lock or allocate.
    fn reserve(&self) -> Result<Slot, NoSlot>;

    /// The journal's end.
    fn head(&self) -> Answer<Head>;

    /// Rows from a sequence on: a page of at most `most`, empty where there is none yet.
    fn rows(&self, from: u64, most: usize) -> Answer<Vec<Row>>;

    /// How far the store has come, as it goes on.
    fn progress(&self) -> watch::Receiver<Progress>;

    /// Why the store takes no changes, if so.
    fn trouble(&self) -> Option<Unwritable>;

    /// Tries to write at once, rather than at the next of the regular times.
    fn prove(&self) -> Answer<()>;

    /// Sets the size the store may grow to, in place of the one it was opened with.
    fn grow(&self, bytes: Option<u64>) -> Answer<()>;

    /// Writes what was filled, ends watches, and gives up what others may then open.
    fn close(&self) -> Answer<()>;
}

/// Small messages between the parts of a node, or between nodes: at most once, and to whoever listens.
pub trait Bus: Send + Sync + 'static {
    /// Tells all who have subscribed.
    fn publish(&self, subject: &Key, message: Value) -> Answer<()>;

    /// Hears a subject, or with `.>` at the end everything below one.
    fn subscribe(&self, pattern: &str) -> Answer<Subscription>;
}

//! The store as its users see it, the same over every engine.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use serde_json::{Value as Json, json};

use crate::engine::{Bus, Commit, Committed, Engine};
use crate::error::Unwritable;
use crate::sqlite::Sqlite;
use crate::{
    Bucket, Change, Checkpoint, Entry, Error, Head, Key, Limits, LocalBus, NoSlot, Page, Record, Row, Slot,
    Subscription, Value, Verdict, Verifier, Watched,
};

/// Rows asked for at a time by what reads the whole journal; the engine's own bound may be lower.
const ROWS: usize = 1024;

/// Records, journal and bus of one node. Cheap to clone; the last one to go closes it.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn Engine>,
    bus: Arc<dyn Bus>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Opens the store in a directory, which is made (mode 0700) where there is none. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// One of those for the operator, each with one clear sentence.
    pub fn open(directory: &Path, limits: Limits) -> Result<Self, Error> {
        let bus = LocalBus::new(limits.clone());
        Ok(Self::over(Arc::new(Sqlite::open(directory, limits)?), Arc::new(bus)))
    }

    /// A store over an engine and a bus from elsewhere.
    #[must_use]
    pub fn over(engine: Arc<dyn Engine>, bus: Arc<dyn Bus>) -> Self {
        Self { engine, bus }
    }

    /// Closes it for all who have it: filled slots are written, watches end, and another process may open the
    /// directory. A slot still to be filled keeps no place any more.
    ///
    /// # Errors
    ///
    /// [`Error::Unwritable`] where filled slots could not be written, [`Error::Closed`] the second time.
    pub async fn close(&self) -> Result<(), Error> {
        self.engine.close().await
    }

    /// Why the store takes no changes and gives no slots, if so.
    #[must_use]
    pub fn trouble(&self) -> Option<Unwritable> {
        self.engine.trouble()
    }

    /// Finds out at once whether the store can be written, as it does by itself at intervals while it cannot.
    ///
    /// # Errors
    ///
    /// [`Error::Unwritable`] while it cannot.
    pub async fn prove(&self) -> Result<(), Error> {
        self.engine.prove().await
    }

    /// Sets the size the database may grow to.
    ///
    /// # Errors
    ///
    /// Where the engine cannot.
    pub async fn grow(&self, bytes: Option<u64>) -> Result<(), Error> {
        self.engine.grow(bytes).await
    }
}

/// Records.
impl Store {
    /// One record.
    ///
    /// # Errors
    ///
    /// [`Error::Overloaded`], or what the database says; the same for each that reads.
    pub async fn get(&self, bucket: Bucket, key: &Key) -> Result<Option<Record>, Error> {
        self.engine.get(bucket, key).await
    }

    /// Records whose keys begin with `prefix` and come after `after`, at most `most` of them.
    ///
    /// # Errors
    ///
    /// As [`Store::get`].
    pub async fn list(&self, bucket: Bucket, prefix: &str, after: Option<&Key>, most: usize) -> Result<Page, Error> {
        self.engine.list(bucket, prefix, after, most).await
    }

    /// The records whose keys begin with `prefix`, then [`Watched::Current`], then each change in the order in which
    /// they were made. A watcher that does not keep up is told [`Watched::Lagged`] and watches again; the stream
    /// ends with the store.
    #[must_use]
    pub fn watch(&self, bucket: Bucket, prefix: &str) -> BoxStream<'static, Result<Watched, Error>> {
        self.engine.watch(bucket, prefix)
    }

    /// Makes all changes and appends all entries, durably, or does nothing. It is queued when this is called: to
    /// drop the answer does not take it back.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] for the first record that is not as expected; [`Error::Unwritable`], [`Error::InDoubt`],
    /// [`Error::Overloaded`], [`Error::Misused`].
    pub fn commit(&self, changes: Vec<Change>, entries: Vec<Entry>) -> crate::Answer<Committed> {
        self.engine.commit(Commit { changes, entries })
    }

    /// Makes a record that does not exist, and tells its revision.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn create(&self, bucket: Bucket, key: &Key, value: impl Into<Value>) -> Result<u64, Error> {
        self.change(Change::create(bucket, key.clone(), value)).await
    }

    /// Replaces what a record at a revision holds, and tells its new revision.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn update(
        &self,
        bucket: Bucket,
        key: &Key,
        revision: u64,
        value: impl Into<Value>,
    ) -> Result<u64, Error> {
        self.change(Change::update(bucket, key.clone(), revision, value)).await
    }

    /// Takes a record at a revision away, and tells the revision of its going.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn delete(&self, bucket: Bucket, key: &Key, revision: u64) -> Result<u64, Error> {
        self.change(Change::delete(bucket, key.clone(), revision)).await
    }

    async fn change(&self, change: Change) -> Result<u64, Error> {
        let committed = self.commit(vec![change], Vec::new()).await?;
        Ok(committed.revisions.first().copied().unwrap_or_default())
    }
}

/// The journal.
impl Store {
    /// Appends an entry and tells the end of the journal after it.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn append(&self, entry: Entry) -> Result<Head, Error> {
        Ok(self.commit(Vec::new(), vec![entry]).await?.head)
    }

    /// A place for the record of a call that is about to start. Does not wait, lock or allocate.
    ///
    /// # Errors
    ///
    /// [`NoSlot`], upon which the call must not start.
    pub fn reserve(&self) -> Result<Slot, NoSlot> {
        self.engine.reserve()
    }

    /// The journal's end.
    ///
    /// # Errors
    ///
    /// As [`Store::get`].
    pub async fn head(&self) -> Result<Head, Error> {
        self.engine.head().await
    }

    /// Rows from a sequence on, at most `most`; none where there are none yet.
    ///
    /// # Errors
    ///
    /// As [`Store::get`].
    pub async fn rows(&self, from: u64, most: usize) -> Result<Vec<Row>, Error> {
        self.engine.rows(from, most).await
    }

    /// Every row from a sequence on, and each that is appended later. Reads at the pace of its reader, who
    /// therefore never lags; ends with the store.
    #[must_use]
    pub fn follow(&self, from: u64) -> BoxStream<'static, Result<Row, Error>> {
        // Weakly: who follows does not keep the store open.
        let state = (Arc::downgrade(&self.engine), self.engine.progress(), from.max(1));
        let pages = stream::unfold(state, async |(engine, mut progress, from)| {
            progress.wait_for(|progress| progress.sequence >= from).await.ok()?;
            let answer = engine.upgrade()?.rows(from, ROWS);
            let (rows, next) = match answer.await {
                Ok(rows) => {
                    // A row that was taken out is passed over; to verify is to find it.
                    let next = rows.last().map_or_else(|| progress.borrow().sequence, |row| row.sequence) + 1;
                    (rows.into_iter().map(Ok).collect(), next)
                }
                Err(Error::Closed) => return None,
                Err(error) => (vec![Err(error)], u64::MAX),
            };
            Some((stream::iter(rows), (engine, progress, next)))
        });
        pages.flatten().fuse().boxed()
    }

    /// Reads the whole journal, up to its present end, and tells what is wrong with it. The signatures of the
    /// checkpoints are for the caller to check.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub async fn verify(&self, checkpoints: &[Checkpoint]) -> Result<Verdict, Error> {
        let mut verifier = Verifier::new(checkpoints);
        self.each_row(1, |row| {
            verifier.read(&row);
            Ok(())
        })
        .await?;
        Ok(verifier.finish())
    }

    /// The journal's end, signed by the caller, to be kept elsewhere.
    ///
    /// # Errors
    ///
    /// As [`Store::get`].
    pub async fn checkpoint(
        &self,
        at_ms: u64,
        signer: &(dyn Fn(&[u8]) -> Vec<u8> + Sync),
    ) -> Result<Checkpoint, Error> {
        let head = self.head().await?;
        let signature = signer(&Checkpoint::signed_bytes(&head, at_ms));
        Ok(Checkpoint { head, at_ms, signature })
    }

    /// Writes rows from a sequence on, up to the present end, a line of JSON each, and tells how many.
    /// A payload that is text is written as `payload`, any other as `payloadBase64`.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or written.
    pub async fn export(&self, from: u64, mut out: impl Write + Send) -> Result<u64, Error> {
        let refused = |error: io::Error| Error::Io(PathBuf::from("export"), error);
        let mut count = 0;
        self.each_row(from.max(1), |row| {
            count += 1;
            writeln!(out, "{}", shown(&row)).map_err(refused)
        })
        .await?;
        out.flush().map_err(refused)?;
        Ok(count)
    }

    /// Up to the end as it is at the beginning: a busy journal is no endless one.
    async fn each_row(&self, from: u64, mut take: impl FnMut(Row) -> Result<(), Error> + Send) -> Result<(), Error> {
        let end = self.head().await?.sequence;
        let mut from = Some(from);
        while let Some(first) = from.filter(|first| *first <= end) {
            let rows = self.rows(first, ROWS).await?;
            from = rows.last().and_then(|row| row.sequence.checked_add(1));
            for row in rows {
                take(row)?;
            }
        }
        Ok(())
    }
}

/// The bus.
impl Store {
    /// Tells all who have subscribed to the subject, at most once each.
    ///
    /// # Errors
    ///
    /// [`Error::Misused`] for a message that is too large.
    pub async fn publish(&self, subject: &Key, message: impl Into<Value> + Send) -> Result<(), Error> {
        let published = self.bus.publish(subject, message.into());
        published.await
    }

    /// Hears a subject; with `.>` at the end everything below it, with `>` alone everything.
    ///
    /// # Errors
    ///
    /// [`Error::Misused`] for what is no subject, [`Error::Overloaded`] where too many subscribe.
    pub async fn subscribe(&self, pattern: &str) -> Result<Subscription, Error> {
        self.bus.subscribe(pattern).await
    }
}

fn shown(row: &Row) -> Json {
    let Row { sequence, entry, hash } = row;
    let mut line = json!({
        "sequence": sequence,
        "atMs": entry.at_ms,
        "kind": entry.kind,
        "hash": hash.to_string(),
    });
    let (name, payload) = match std::str::from_utf8(&entry.payload) {
        Ok(text) => ("payload", text.to_owned()),
        Err(_) => ("payloadBase64", STANDARD.encode(&entry.payload)),
    };
    line[name] = payload.into();
    line
}

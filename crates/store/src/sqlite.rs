//! The embedded engine: SQLite in one directory.

mod group;
mod read;
mod readers;
mod schema;
mod watching;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _, future};
use tokio::sync::{oneshot, watch};

use self::group::Position;
use self::read::Span;
use self::readers::Reads;
use self::watching::{Watchers, Watching};
use self::writer::{Asked, Command, Waiting, Writer};
use crate::directory::Directory;
use crate::engine::{Answer, Commit, Committed, Engine, Progress};
use crate::error::Unwritable;
use crate::lane::Lane;
use crate::{Bucket, Entry, Error, Head, Key, Limits, NoSlot, Page, Record, Row, Slot, Watched};

pub(crate) struct Sqlite {
    limits: Limits,
    lane: Arc<Lane>,
    commands: SyncSender<Command>,
    queued: Arc<AtomicUsize>,
    reads: Reads,
    watchers: Arc<Watchers>,
    progress: watch::Receiver<Progress>,
    threads: Vec<JoinHandle<()>>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, limits: Limits) -> Result<Self, Error> {
        let directory = Directory::take(path)?;
        let file = directory.database();
        let size = std::fs::metadata(&file).map_or(0, |facts| facts.len());
        let check = directory.was_left_open() || size <= limits.check_bytes;
        let database = schema::open_writer(&file, &limits, check)?;
        let position = Position::read(&database)?;
        let (reads, mut threads) = Reads::start(&file, &limits)?;

        let (commands, orders) = sync_channel(limits.queued_commits);
        let wake = commands.clone();
        let (lane, filled) = Lane::new(&limits, move || {
            // Where the queue is full, the writer is awake.
            let _ = wake.try_send(Command::Wake);
        });
        let progress = Progress { revision: position.revision, sequence: position.head.sequence };
        let (progress, far) = watch::channel(progress);
        let (watchers, queued) = (Arc::<Watchers>::default(), Arc::<AtomicUsize>::default());
        let writer = Writer {
            database,
            position,
            commands: orders,
            lane: lane.clone(),
            filled,
            watchers: watchers.clone(),
            progress,
            queued: queued.clone(),
            limits: limits.clone(),
            directory,
            waiting: Waiting::default(),
        };
        let thread = thread::Builder::new().name("store-write".to_owned()).spawn(move || writer.run());
        threads.push(thread.map_err(|error| Error::Io(path.to_path_buf(), error))?);
        Ok(Self { limits, lane, commands, queued, reads, watchers, progress: far, threads })
    }

    fn ask<T: Send + 'static>(&self, command: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Command) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        match self.commands.try_send(command(reply)) {
            Ok(()) => answer.map(|answer| answer.unwrap_or(Err(Error::Closed))).boxed(),
            Err(TrySendError::Full(_)) => refused(Error::Overloaded),
            Err(TrySendError::Disconnected(_)) => refused(Error::Closed),
        }
    }

    /// What can be said of a commit without looking at the database.
    fn check(&self, commit: &Commit) -> Result<usize, Error> {
        let Commit { changes, entries } = commit;
        if changes.len() + entries.len() > self.limits.commit_items {
            return Err(Error::Misused("the commit has too many changes and entries"));
        }
        let large =
            |change: &crate::Change| change.value.as_ref().is_some_and(|value| value.len() > self.limits.value_bytes);
        if changes.iter().any(large) {
            return Err(Error::Misused("a record's value is too large"));
        }
        let long =
            |entry: &Entry| entry.payload.len() > self.limits.value_bytes || entry.kind.len() > Entry::LONGEST_KIND;
        if entries.iter().any(long) {
            return Err(Error::Misused("a journal entry is too large"));
        }
        let mut places: Vec<_> = changes.iter().map(|change| (change.bucket, &change.key)).collect();
        places.sort_unstable();
        if places.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::Misused("a commit changes each record once at most"));
        }
        let sizes = changes.iter().map(crate::Change::size).chain(entries.iter().map(Entry::size));
        Ok(sizes.sum())
    }
}

fn refused<T: Send + 'static>(error: Error) -> Answer<T> {
    future::ready(Err(error)).boxed()
}

impl Engine for Sqlite {
    fn get(&self, bucket: Bucket, key: &Key) -> Answer<Option<Record>> {
        let key = key.clone();
        self.reads.ask(move |database| read::record(database, bucket, &key))
    }

    fn list(&self, bucket: Bucket, prefix: &str, after: Option<&Key>, most: usize) -> Answer<Page> {
        let most = most.clamp(1, self.limits.page_items);
        let (prefix, after, bytes) = (prefix.to_owned(), after.cloned(), self.limits.page_bytes);
        let span = Span { bucket, prefix, after, most, bytes };
        self.reads.ask(move |database| read::page(database, &span))
    }

    fn watch(&self, bucket: Bucket, prefix: &str) -> BoxStream<'static, Result<Watched, Error>> {
        let (reads, progress) = (self.reads.clone(), self.progress.clone());
        match Watching::start((bucket, prefix), &self.watchers, reads, progress, &self.limits) {
            Ok(watching) => stream::unfold(watching, async |mut watching| {
                let next = watching.next().await?;
                Some((next, watching))
            })
            .fuse()
            .boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    fn commit(&self, commit: Commit) -> Answer<Committed> {
        let size = match self.check(&commit) {
            Ok(size) => size,
            Err(error) => return refused(error),
        };
        if let Some(why) = self.lane.trouble() {
            return refused(if self.reads.is_closed() { Error::Closed } else { Error::Unwritable(why) });
        }
        let before = self.queued.fetch_add(size, Ordering::AcqRel);
        if before + size > self.limits.queued_bytes {
            self.queued.fetch_sub(size, Ordering::AcqRel);
            return refused(Error::Overloaded);
        }
        let (reply, answer) = oneshot::channel();
        let error = match self.commands.try_send(Command::Commit(Asked { commit, size, reply })) {
            Ok(()) => return answer.map(|answer| answer.unwrap_or(Err(Error::Closed))).boxed(),
            Err(TrySendError::Full(_)) => Error::Overloaded,
            Err(TrySendError::Disconnected(_)) => Error::Closed,
        };
        self.queued.fetch_sub(size, Ordering::AcqRel);
        refused(error)
    }

    fn reserve(&self) -> Result<Slot, NoSlot> {
        self.lane.reserve()
    }

    fn head(&self) -> Answer<Head> {
        self.reads.ask(|database| read::head(database))
    }

    fn rows(&self, from: u64, most: usize) -> Answer<Vec<Row>> {
        let (most, bytes) = (most.clamp(1, self.limits.page_items), self.limits.page_bytes);
        self.reads.ask(move |database| read::rows(database, from, most, bytes))
    }

    fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    fn trouble(&self) -> Option<Unwritable> {
        self.lane.trouble()
    }

    fn prove(&self) -> Answer<()> {
        self.ask(Command::Prove)
    }

    fn grow(&self, bytes: Option<u64>) -> Answer<()> {
        self.ask(|reply| Command::Grow(bytes, reply))
    }

    fn close(&self) -> Answer<()> {
        self.reads.close();
        self.ask(Command::Close)
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.reads.close();
        let (reply, _) = oneshot::channel();
        // Waits for a place in the queue where it is full; fails where the writer has gone already.
        let _ = self.commands.send(Command::Close(reply));
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

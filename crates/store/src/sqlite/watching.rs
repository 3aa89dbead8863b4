//! Watchers: what is there, then what changes, with nothing lost, doubled or out of order between.
//!
//! A watcher is entered before it reads what is there, so each change is in a page that it reads, or in its
//! mailbox, or in both; the page's revision tells which of the two is older.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use futures::StreamExt as _;
use tokio::sync::watch;

use super::read::{self, Span};
use super::readers::Reads;
use crate::engine::Progress;
use crate::mailbox::{Mail, Mailbox, Sender, mailbox};
use crate::{Bucket, Change, Error, Key, Limits, Record, Value, Watched};

/// A change that was made.
#[derive(Clone)]
pub(super) struct Told {
    key: Key,
    value: Option<Value>,
    revision: u64,
}

impl From<Told> for Watched {
    fn from(told: Told) -> Self {
        let Told { key, value, revision } = told;
        match value {
            Some(value) => Watched::Put(Record { key, value, revision }),
            None => Watched::Gone { key, revision },
        }
    }
}

/// Everybody who watches.
#[derive(Default)]
pub(super) struct Watchers {
    entered: Mutex<Entered>,
}

#[derive(Default)]
struct Entered {
    by_bucket: HashMap<Bucket, Vec<Watcher>>,
    closed: bool,
}

struct Watcher {
    prefix: String,
    sender: Sender<Told>,
}

impl Watchers {
    fn enter(&self, bucket: Bucket, prefix: &str, limits: &Limits) -> Result<Mailbox<Told>, Error> {
        let mut entered = self.entered.lock().unwrap_or_else(PoisonError::into_inner);
        if entered.closed {
            return Err(Error::Closed);
        }
        entered.by_bucket.values_mut().for_each(|watchers| watchers.retain(|watcher| !watcher.sender.is_deserted()));
        if entered.by_bucket.values().map(Vec::len).sum::<usize>() >= limits.watchers {
            return Err(Error::Overloaded);
        }
        let (sender, mailbox) = mailbox(limits);
        let watcher = Watcher { prefix: prefix.to_owned(), sender };
        entered.by_bucket.entry(bucket).or_default().push(watcher);
        Ok(mailbox)
    }

    /// Tells of changes that are durable.
    pub(super) fn tell(&self, changes: impl Iterator<Item = (Change, u64)>) {
        let entered = self.entered.lock().unwrap_or_else(PoisonError::into_inner);
        for (Change { bucket, key, value, .. }, revision) in changes {
            let watchers = entered.by_bucket.get(&bucket).map_or(&[][..], Vec::as_slice);
            let told = Told { key, value, revision };
            let bytes = told.key.as_str().len() + told.value.as_ref().map_or(0, |value| value.len());
            for watcher in watchers.iter().filter(|watcher| told.key.as_str().starts_with(&watcher.prefix)) {
                watcher.sender.send(told.clone(), bytes);
            }
        }
    }

    /// Ends every watch.
    pub(super) fn close(&self) {
        let mut entered = self.entered.lock().unwrap_or_else(PoisonError::into_inner);
        entered.closed = true;
        entered.by_bucket.clear();
    }
}

/// One watch.
pub(super) struct Watching {
    reads: Reads,
    progress: watch::Receiver<Progress>,
    mailbox: Mailbox<Told>,
    span: Span,
    stage: Stage,
    /// Read and not yet told.
    records: VecDeque<Record>,
    /// Up to which key, and up to which change, each page has told. The last page's key is the end of all.
    pages: Vec<(Option<Key>, u64)>,
}

enum Stage {
    Listing { after: Option<Key> },
    CatchingUp,
    Following,
    Over,
}

impl Watching {
    pub(super) fn start(
        (bucket, prefix): (Bucket, &str),
        watchers: &Watchers,
        reads: Reads,
        progress: watch::Receiver<Progress>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mailbox = watchers.enter(bucket, prefix, limits)?;
        let (most, bytes) = (limits.page_items, limits.page_bytes);
        let span = Span { bucket, prefix: prefix.to_owned(), after: None, most, bytes };
        let stage = Stage::Listing { after: None };
        Ok(Self { reads, progress, mailbox, span, stage, records: VecDeque::new(), pages: Vec::new() })
    }

    pub(super) async fn next(&mut self) -> Option<Result<Watched, Error>> {
        loop {
            if let Some(record) = self.records.pop_front() {
                return Some(Ok(Watched::Put(record)));
            }
            match &self.stage {
                Stage::Listing { after } => {
                    let after = after.clone();
                    if let Err(error) = self.read_page(after).await {
                        self.stage = Stage::Over;
                        return Some(Err(error));
                    }
                }
                Stage::CatchingUp => return self.catch_up().await.map(Ok),
                Stage::Following => return self.follow().await.map(Ok),
                Stage::Over => return None,
            }
        }
    }

    async fn read_page(&mut self, after: Option<Key>) -> Result<(), Error> {
        let span = Span { after, prefix: self.span.prefix.clone(), ..self.span };
        let page = self.reads.ask(move |database| read::page(database, &span)).await?;
        let last = page.records.last().map(|record| record.key.clone()).filter(|_| page.more);
        self.pages.push((last.clone(), page.revision));
        self.stage = if page.more { Stage::Listing { after: last } } else { Stage::CatchingUp };
        self.records = page.records.into();
        Ok(())
    }

    /// Tells what changed while the pages were read, and that it was all.
    async fn catch_up(&mut self) -> Option<Watched> {
        let newest = self.pages.last().map_or(0, |(_, revision)| *revision);
        // Pages may be ahead of the mailbox: a change is durable before watchers are told.
        self.progress.wait_for(|progress| progress.revision >= newest).await.ok()?;
        while let Some(mail) = self.mailbox.take_if(|told| told.revision <= newest) {
            match mail {
                Mail::Item(told) if self.is_new(&told) => return Some(told.into()),
                Mail::Item(_) => {}
                Mail::Lagged => return self.lagged(),
            }
        }
        self.pages = Vec::new();
        self.stage = Stage::Following;
        Some(Watched::Current { revision: newest })
    }

    async fn follow(&mut self) -> Option<Watched> {
        match self.mailbox.next().await {
            Some(Mail::Item(told)) => Some(told.into()),
            Some(Mail::Lagged) => self.lagged(),
            None => None,
        }
    }

    fn lagged(&mut self) -> Option<Watched> {
        self.stage = Stage::Over;
        Some(Watched::Lagged)
    }

    /// Whether the page with its key was read before this change.
    fn is_new(&self, told: &Told) -> bool {
        let covers = |last: &Option<Key>| last.as_ref().is_none_or(|last| told.key <= *last);
        let page = self.pages.iter().find(|(last, _)| covers(last));
        page.is_none_or(|(_, revision)| told.revision > *revision)
    }
}

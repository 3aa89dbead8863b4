//! Recordings of terminals: kept by the node, where nothing that runs in a terminal can reach them.
//!
//! ```text
//! service ─▶ Recorder, RecordingSink (recorder) ─▶ Reel ─▶ a task of the node (reel) ─▶ Tape: the file (tape, archive)
//! client  ─▶ Recordings, Recording (shelf) ──────────────────────────────────────────▶ Index: what there is (index)
//! ```
//!
//! Nothing of this waits for a disk on a vat thread. What is decided without one is in `index`.
//!
//! **Invariants**
//!
//! - What was written to a recording is never changed, only continued; a line is there whole or not at all.
//! - A recording that nobody continues has ended: the end of its session, of its service and of the node cut it.
//! - Its owner is known by a hash that means nothing elsewhere, and nobody is told it.

mod archive;
pub(crate) mod facts;
pub(crate) mod index;
mod limits;
pub(crate) mod recorder;
mod reel;
pub(crate) mod shelf;
mod tape;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use capos_authority::{Authority, Clock, Event, Session};
use capos_schema::{Code, Denial};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use archive::Archive;
use facts::{Facts, Id, Owner, State};
use index::{Entry, Index, Viewer};
pub use limits::RecordingLimits;
use reel::{Making, Reel};
use tape::Tape;

/// How often it is looked for recordings that are too old.
const SWEEP: Duration = Duration::from_secs(3600);

/// What stands for principals here. No service can have this name, and so none has a value in common with it.
const PURPOSE: &str = "node/recordings";

/// The recordings of a node. Clones are the same.
#[derive(Clone)]
pub struct Recordings(Arc<Shared>);

struct Shared {
    archive: Archive,
    index: Mutex<Index>,
    limits: RecordingLimits,
    authority: Authority,
    runtime: Handle,
    jobs: Semaphore,
    making: watch::Sender<usize>,
    closed: AtomicBool,
}

impl fmt::Debug for Recordings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recordings")
    }
}

/// What a service wants to be recorded.
pub(crate) struct Wish {
    pub(crate) session: Session,
    pub(crate) service: String,
    pub(crate) kept: bool,
    pub(crate) title: String,
    pub(crate) command: String,
    pub(crate) columns: u16,
    pub(crate) rows: u16,
}

impl Recordings {
    /// Opens the directory, which is made where there is none. What was being made when the node ended is cut, and the
    /// journal is told.
    ///
    /// Its work is done by the runtime that this is called in.
    ///
    /// # Errors
    ///
    /// Where the directory cannot be made or read.
    pub async fn open(directory: &Path, limits: RecordingLimits, authority: Authority) -> std::io::Result<Self> {
        let directory = directory.to_owned();
        let opened = tokio::task::spawn_blocking(move || Archive::open(&directory)).await;
        let (archive, found) = opened.map_err(std::io::Error::other)??;
        let mut index = Index::new(limits.clone());
        found.entries.into_iter().for_each(|entry| index.enter(entry));
        let this = Self(Arc::new(Shared {
            archive,
            index: Mutex::new(index),
            jobs: Semaphore::new(limits.disk_jobs.max(1)),
            limits,
            authority,
            runtime: Handle::current(),
            making: watch::Sender::new(0),
            closed: AtomicBool::new(false),
        }));
        for entry in found.cut.iter().filter_map(|id| this.entry(id)) {
            let row = row("recording.cut", &entry).with("bytes", entry.bytes).with("cause", "nodeEnded");
            this.tell(row).await;
        }
        Ok(this)
    }

    /// Removes what is too old, for as long as this is awaited.
    pub async fn tend(&self) {
        loop {
            self.sweep().await;
            let clock = self.clock();
            let next = clock.steady_ns().saturating_add(nanoseconds(SWEEP));
            while clock.steady_ns() < next {
                clock.wait_until(next).await;
            }
        }
    }

    /// Begins no more, and answers when those that were being made have ended. They end with their sessions.
    pub async fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        // The sender is in here, so it is there.
        let _ = self.0.making.subscribe().wait_for(|making| *making == 0).await;
    }

    async fn sweep(&self) {
        let keep = u64::try_from(self.limits().keep_time.as_millis()).unwrap_or(u64::MAX);
        let old = self.index().older_than(self.clock().wall_ms().saturating_sub(keep));
        for entry in old {
            let row = row("recording.removed", &entry).with("by", "retention");
            if let Err(denial) = self.discard(&entry, row).await {
                tracing::error!(recording = entry.id.as_str(), code = denial.code.as_str(), "an old recording stays");
            }
        }
    }
}

/// What the other parts of the gateway do with them.
impl Recordings {
    /// Begins one. It is begun, or not, whatever becomes of whoever waits.
    pub(crate) async fn begin(&self, wish: Wish) -> Result<Reel, Denial> {
        let this = self.clone();
        let begun = self.0.runtime.spawn(async move { this.start(wish).await });
        begun.await.unwrap_or_else(|_| Err(Code::Internal.into()))
    }

    async fn start(self, wish: Wish) -> Result<Reel, Denial> {
        if self.0.closed.load(Ordering::Acquire) {
            return Err(unavailable());
        }
        let id = new_id()?;
        let steady_ns = self.clock().steady_ns();
        let facts = self.facts_of(&wish);
        self.index().begin(id.clone(), facts.clone()).map_err(reel::full)?;
        self.0.making.send_modify(|making| *making += 1);
        let entry = Entry { id: id.clone(), facts: facts.clone(), bytes: 0 };
        let tape = match self.0.authority.audit().record(row("recording.started", &entry)).await {
            Ok(()) => self.begin_tape(&entry, steady_ns).await,
            Err(error) => {
                tracing::warn!(%error, "nothing is recorded, for the journal cannot tell of it");
                Err(unavailable())
            }
        };
        match tape {
            Ok(tape) => {
                let session = wish.session;
                Ok(Making { recordings: self, id, session, tape: Some(tape), due_ns: steady_ns }.run())
            }
            Err(denial) => {
                self.index().remove(&id);
                self.made_one();
                Err(denial)
            }
        }
    }

    async fn begin_tape(&self, entry: &Entry, steady_ns: u64) -> Result<Tape, Denial> {
        let (this, Entry { id, facts, .. }) = (self.clone(), entry.clone());
        let begun = self.disk(move || {
            let begun = Tape::begin(&this, &id, &facts, steady_ns);
            if begun.is_err() {
                // What is left of it is removed by the next start of the node, if it cannot be now.
                let _ = this.archive().remove(&id);
            }
            begun
        });
        match begun.await.unwrap_or(Err(tape::Over::Failed)) {
            Ok(tape) => Ok(tape),
            Err(why) => {
                self.tell(row("recording.failed", entry).with("cause", reel::FAILED)).await;
                Err(reel::denial(why))
            }
        }
    }

    fn facts_of(&self, wish: &Wish) -> Facts {
        let context = wish.session.context();
        Facts {
            title: facts::shown(&wish.title, self.limits().title_bytes),
            command: facts::shown(&wish.command, self.limits().command_bytes),
            columns: wish.columns,
            rows: wish.rows,
            started_at_ms: self.clock().wall_ms(),
            duration_ms: 0,
            state: State::Running,
            exit_code: 0,
            signal: String::new(),
            owner: owner(&wish.session),
            account: context.account.clone().unwrap_or_default(),
            session: context.handle.to_string(),
            service: wish.service.clone(),
            kept: wish.kept,
        }
    }

    /// Removes one for somebody, who is in the row.
    pub(crate) async fn remove(&self, entry: Entry, by: impl FnOnce(Event) -> Event) -> Result<(), Denial> {
        let (this, row) = (self.clone(), by(row("recording.removed", &entry)));
        let removed = self.0.runtime.spawn(async move { this.discard(&entry, row).await });
        removed.await.unwrap_or_else(|_| Err(Code::Internal.into()))
    }

    /// First the row, then what it tells of.
    async fn discard(&self, entry: &Entry, row: Event) -> Result<(), Denial> {
        self.0.authority.audit().record(row).await.map_err(|error| error.denial())?;
        let (archive, id) = (self.archive().clone(), entry.id.clone());
        match self.disk(move || archive.remove(&id)).await {
            Some(Ok(())) => {
                self.index().remove(&entry.id);
                Ok(())
            }
            Some(Err(error)) => {
                tracing::error!(recording = entry.id.as_str(), %error, "a recording cannot be removed");
                Err(unavailable())
            }
            None => Err(Code::Internal.into()),
        }
    }

    /// Does something with files, off the threads that serve; nothing where that panicked.
    pub(crate) async fn disk<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _turn = self.0.jobs.acquire().await.ok()?;
        self.0.runtime.spawn_blocking(work).await.ok()
    }

    /// Writes a row down; where that fails, what it tells of has happened all the same.
    pub(crate) async fn tell(&self, row: Event) {
        let kind = row.kind.clone();
        if let Err(error) = self.0.authority.audit().record(row).await {
            tracing::warn!(%error, kind = &*kind, "something happened to a recording, and the journal does not tell");
        }
    }

    pub(crate) fn index(&self) -> MutexGuard<'_, Index> {
        self.0.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn entry(&self, id: &Id) -> Option<Entry> {
        self.index().find(&Viewer::Auditor, id).cloned()
    }

    fn facts(&self, id: &Id) -> Option<Facts> {
        self.entry(id).map(|entry| entry.facts)
    }

    pub(crate) fn limits(&self) -> &RecordingLimits {
        &self.0.limits
    }

    fn archive(&self) -> &Archive {
        &self.0.archive
    }

    fn clock(&self) -> &Arc<dyn Clock> {
        self.0.authority.clock()
    }

    fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    fn made_one(&self) {
        self.0.making.send_modify(|making| *making = making.saturating_sub(1));
    }
}

/// Who a session is here; nobody for guests and anonymous visitors.
fn owner(session: &Session) -> Option<Owner> {
    session.pseudonym(PURPOSE)
}

/// What a session may see as its own.
pub(crate) fn viewer(session: &Session) -> Viewer {
    match owner(session) {
        Some(owner) => Viewer::Principal(owner),
        None => Viewer::Visit(session.context().handle.to_string()),
    }
}

/// A row about a recording. What ran in it is nothing for the journal: a command may have a secret in it.
fn row(kind: &'static str, entry: &Entry) -> Event {
    let facts = &entry.facts;
    let row = Event::new(kind)
        .with("recording", entry.id.as_str())
        .with("session", facts.session.clone())
        .with("service", facts.service.clone());
    if facts.account.is_empty() { row } else { row.with("account", facts.account.clone()) }
}

fn new_id() -> Result<Id, Denial> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Denial::from(Code::Internal))?;
    Ok(Id::new(bytes))
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What somebody is told where recordings cannot be kept.
pub(crate) fn unavailable() -> Denial {
    Denial::new(Code::ServiceUnavailable, "recordings cannot be kept at present")
}

//! What services write, bounded: in memory for whoever asks, and in files.
//!
//! **Invariant:** a process that writes without end keeps nothing busy but itself: what is read of it in a second is
//! bounded, and so is what is kept.

mod file;
mod pump;
mod ring;
mod words;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use crate::limits::Limits;
pub(crate) use file::Files;
pub(crate) use pump::pump;
use ring::Ring;
pub(crate) use words::tame;

/// Where a line is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The process's standard output.
    Out,
    /// Its standard error.
    Err,
    /// The node's own word about it.
    Node,
}

impl Stream {
    /// As the wire contract calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Stream::Out => "out",
            Stream::Err => "err",
            Stream::Node => "node",
        }
    }
}

/// One line, without what a terminal would obey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counts the lines of one service; a gap tells that lines were dropped.
    pub sequence: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The profile's id, or a companion's name.
    pub process: Arc<str>,
    /// Where from.
    pub stream: Stream,
    /// The line.
    pub text: String,
}

/// The log of one service.
#[derive(Clone)]
pub struct Log(Arc<Shared>);

struct Shared {
    ring: Mutex<Ring>,
    last: watch::Sender<u64>,
    files: Files,
    path: PathBuf,
}

impl Log {
    pub(crate) fn new(path: PathBuf, files: Files, limits: &Limits) -> Self {
        let ring = Ring::new(limits.log_lines, limits.log_bytes);
        Self(Arc::new(Shared { ring: Mutex::new(ring), last: watch::channel(0).0, files, path }))
    }

    /// The latest lines, oldest first.
    #[must_use]
    pub fn tail(&self, most: usize) -> Vec<Line> {
        self.ring(|ring| ring.tail(most))
    }

    /// Every line from here on.
    #[must_use]
    pub fn follow(&self) -> Follow {
        let next = self.ring(|ring| ring.next());
        Follow { log: self.clone(), next, last: self.0.last.subscribe() }
    }

    pub(crate) fn write(&self, process: &Arc<str>, stream: Stream, text: String) {
        let at_ms = now_ms();
        let line = self.ring(|ring| {
            ring.push(|sequence| Line { sequence, at_ms, process: process.clone(), stream, text });
            ring.tail(1)
        });
        let Some(line) = line.into_iter().next() else { return };
        self.0.last.send_replace(line.sequence);
        self.0.files.write(&self.0.path, &line);
    }

    fn ring<T>(&self, look: impl FnOnce(&mut Ring) -> T) -> T {
        look(&mut self.0.ring.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Lines as they come. Whoever is too slow misses some, and sees a gap in their sequence.
pub struct Follow {
    log: Log,
    next: u64,
    last: watch::Receiver<u64>,
}

impl Follow {
    /// The next lines, at least one and at most so many, oldest first; nothing once there will be none. A call that is
    /// dropped loses none.
    pub async fn next(&mut self, most: usize) -> Option<Vec<Line>> {
        loop {
            self.last.borrow_and_update();
            let lines = self.log.ring(|ring| ring.since(self.next, most.max(1)));
            if let Some(last) = lines.last() {
                self.next = last.sequence + 1;
                return Some(lines);
            }
            // Whoever follows keeps the log, so that it cannot end first.
            self.last.changed().await.ok()?;
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

//! What was done over a connection, fit to be shown to anyone: bounded, and without anything secret in it.

mod safe;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::limits::Limits;

pub(crate) use safe::{name, notes};

/// An argument that the caller declared safe to be noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Its name.
    pub name: String,
    /// Its value, in one plain line.
    pub value: String,
}

/// One thing that was done.
///
/// **Invariant:** it holds words of this crate, names that are plainly names, numbers, and arguments that were
/// declared safe; no address, no text of the operating system, no secret, no session id and no text of the node's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Counts from one, without gaps but where rows made room.
    pub number: u64,
    /// When it was over, in milliseconds since 1970.
    pub at_ms: u64,
    /// Which session of this transcript, counted from one; 0 before any.
    pub session: u32,
    /// What was done: `connect`, `signIn`, `call` …; `disconnect` where the connection was lost in what `subject`
    /// names; `truncated` where older rows made room.
    pub operation: &'static str,
    /// What it was done to: a grant, a method, a way of signing in.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// `ok` or the error's code.
    pub outcome: &'static str,
    /// How long it took.
    pub duration_ms: u64,
    /// Arguments that were declared safe.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

impl Row {
    fn line(&self) -> String {
        serde_json::to_string(self).expect("a row is numbers and texts")
    }
}

/// Which operation, on what, with which arguments: the part of a row that is known before it is over.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) session: u32,
    pub(crate) verb: &'static str,
    pub(crate) subject: String,
    pub(crate) notes: Vec<Note>,
}

impl Operation {
    pub(crate) fn new(session: u32, verb: &'static str, subject: &str) -> Self {
        Self { session, verb, subject: name(subject), notes: Vec::new() }
    }

    pub(crate) fn noting(mut self, params: &Value, safe: &[&str], bounds: &Limits) -> Self {
        let empty = Map::new();
        self.notes = notes(params.as_object().unwrap_or(&empty), safe, bounds);
        self
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.verb)?;
        if self.subject.is_empty() { Ok(()) } else { write!(f, " {}", self.subject) }
    }
}

/// The rows, the oldest of which make room once there are too many. Clones are the same transcript.
#[derive(Clone, Debug)]
pub struct Transcript(Arc<Mutex<Rows>>);

#[derive(Debug)]
struct Rows {
    rows: VecDeque<(Row, usize)>,
    bytes: usize,
    next: u64,
    sessions: u32,
    truncated: bool,
    most_rows: usize,
    most_bytes: usize,
    /// The number of the last row, for whoever waits for more.
    last: watch::Sender<u64>,
}

/// What was added to a transcript since a look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The number of the last row that made room; 0 where none had to.
    pub gone: u64,
    /// The rows that came since, oldest first.
    pub rows: Vec<Row>,
}

impl Transcript {
    /// An empty one.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self(Arc::new(Mutex::new(Rows {
            rows: VecDeque::new(),
            bytes: 0,
            next: 1,
            sessions: 0,
            truncated: false,
            most_rows: limits.transcript_rows,
            most_bytes: limits.transcript_bytes,
            last: watch::Sender::new(0),
        })))
    }

    /// The rows, oldest first; a `truncated` row leads where older ones made room.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        self.lock().rows.iter().map(|(row, _)| row.clone()).collect()
    }

    /// The rows after that number, the marker of those that made room apart.
    #[must_use]
    pub fn since(&self, number: u64) -> Added {
        let rows = self.lock();
        let gone = rows.rows.front().filter(|_| rows.truncated).map_or(0, |(marker, _)| marker.number);
        let after = number.max(gone);
        let at = rows.rows.partition_point(|(row, _)| row.number <= after);
        Added { gone, rows: rows.rows.range(at..).map(|(row, _)| row.clone()).collect() }
    }

    /// Tells the number of the last row, each time there is another.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<u64> {
        self.lock().last.subscribe()
    }

    /// One JSON object a line.
    #[must_use]
    pub fn export(&self) -> String {
        self.lock().rows.iter().map(|(row, _)| row.line() + "\n").collect()
    }

    pub(crate) fn add(&self, operation: &Operation, outcome: &'static str, took: Duration) {
        self.lock().push(operation.clone(), outcome, took);
    }

    /// The number of the next session.
    pub(crate) fn next_session(&self) -> u32 {
        let mut rows = self.lock();
        rows.sessions = rows.sessions.saturating_add(1);
        rows.sessions
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn push(&mut self, operation: Operation, outcome: &'static str, took: Duration) {
        let Operation { session, verb, subject, notes } = operation;
        let duration_ms = milliseconds(took);
        let row =
            Row { number: self.next, at_ms: now_ms(), session, operation: verb, subject, outcome, duration_ms, notes };
        self.next += 1;
        let bytes = row.line().len() + 1;
        self.rows.push_back((row, bytes));
        self.bytes += bytes;
        if self.is_over() {
            self.make_room();
        }
        self.last.send_replace(self.next - 1);
    }

    fn is_over(&self) -> bool {
        self.rows.len() > self.most_rows || self.bytes > self.most_bytes
    }

    /// The marker stands in the place of the rows that went, and has the number and time of the last of them.
    fn make_room(&mut self) {
        if self.truncated {
            self.pop();
        }
        self.truncated = true;
        while let Some(gone) = self.pop() {
            let marker = marker(&gone);
            let bytes = marker.line().len() + 1;
            let fits = self.rows.len() < self.most_rows && self.bytes + bytes <= self.most_bytes;
            if fits || self.rows.is_empty() {
                self.bytes += bytes;
                return self.rows.push_front((marker, bytes));
            }
        }
    }

    fn pop(&mut self) -> Option<Row> {
        let (row, bytes) = self.rows.pop_front()?;
        self.bytes -= bytes;
        Some(row)
    }
}

fn marker(gone: &Row) -> Row {
    Row {
        number: gone.number,
        at_ms: gone.at_ms,
        session: 0,
        operation: "truncated",
        subject: String::new(),
        outcome: "ok",
        duration_ms: 0,
        notes: Vec::new(),
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn now_ms() -> u64 {
    milliseconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests;

//! The state of a connection as the messages themselves tell it, in both directions.
//!
//! It counts what the peer makes this side hold, and it refuses what `capnp-rpc` would trust, panic on or
//! loop over: `docs/rpc.md` lists each. It sees an incoming message just before `capnp-rpc` handles it and an
//! outgoing one when `capnp-rpc` sends it, so that both have the same view at any time.
//!
//! Invariants:
//! - an answer is open from its Call or Bootstrap until its Return was sent and its Finish came (or the
//!   Return said that none is needed);
//! - a call whose Finish came first counts as cancelled, not as open, until its Return is sent, which
//!   `capnp-rpc` does only where something else still waits for it;
//! - an export lives as long as its references; the same holds for imports;
//! - no answer leads through more than a bounded number of others, nor any promise through other promises;
//! - a promise of the peer resolves at most once, and only to another of its objects that has not resolved.

mod incoming;
mod outgoing;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use crate::error::Misuse;
use crate::limits::Limits;

pub(crate) use incoming::Verdict;

/// References to one object in either direction; far below where a counter would wrap.
const MOST_REFERENCES: u32 = 1 << 30;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    transform_steps: u32,
    chain: u32,
    open_answers: usize,
    open_questions: usize,
    cancelled_calls: usize,
    exports: usize,
    imports: usize,
    retained_bytes: usize,
}

impl From<&Limits> for Bounds {
    fn from(limits: &Limits) -> Self {
        Self {
            transform_steps: limits.transform_steps,
            chain: limits.chain,
            open_answers: limits.open_answers,
            open_questions: limits.open_questions,
            cancelled_calls: limits.cancelled_calls,
            exports: limits.exports,
            imports: limits.imports,
            retained_bytes: limits.retained_bytes,
        }
    }
}

/// What a descriptor that we sent stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// An object of ours.
    Export(u32),
    /// Something that lives with the peer.
    Home,
}

/// A call of the peer.
#[derive(Debug)]
struct Answer {
    stage: Stage,
    /// How many answers its target or parameters lead through.
    depth: u32,
}

#[derive(Debug)]
enum Stage {
    Running,
    /// Finished by the peer before its return.
    Cancelled,
    Returned {
        capabilities: Vec<Sent>,
        bytes: usize,
    },
}

#[derive(Debug, Default)]
struct Question {
    asked: u64,
    returned: bool,
    finished: bool,
}

#[derive(Debug)]
struct Export {
    references: u32,
    /// When it was first passed, where it is a promise that has not resolved.
    promised: Option<u64>,
    /// Whether we told the peer that the promise leads back to itself.
    leads_home: bool,
}

#[derive(Debug)]
struct Import {
    references: u32,
    promise: bool,
    resolved: bool,
    /// How many promises have resolved to this one in turn.
    height: u32,
}

/// Counts and checks of one connection.
#[derive(Debug)]
pub(crate) struct Ledger {
    bounds: Bounds,
    /// Counts our messages: tells what was said before what.
    turn: u64,
    answers: HashMap<u32, Answer>,
    cancelled: usize,
    questions: HashMap<u32, Question>,
    /// Questions neither answered nor given up.
    awaited: usize,
    exports: HashMap<u32, Export>,
    imports: HashMap<u32, Import>,
    embargoes: HashSet<u32>,
    retained: usize,
}

impl Ledger {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            bounds: limits.into(),
            turn: 0,
            answers: HashMap::new(),
            cancelled: 0,
            questions: HashMap::new(),
            awaited: 0,
            exports: HashMap::new(),
            imports: HashMap::new(),
            embargoes: HashSet::new(),
            retained: 0,
        }
    }

    pub(crate) fn open_answers(&self) -> usize {
        self.answers.len() - self.cancelled
    }

    pub(crate) fn open_questions(&self) -> usize {
        self.questions.len()
    }

    pub(crate) fn awaited_answers(&self) -> usize {
        self.awaited
    }

    pub(crate) fn exports(&self) -> usize {
        self.exports.len()
    }

    pub(crate) fn imports(&self) -> usize {
        self.imports.len()
    }

    pub(crate) fn retained_bytes(&self) -> usize {
        self.retained
    }

    fn remove_answer(&mut self, id: u32) -> Option<Answer> {
        self.answers.remove(&id)
    }

    fn release_export(&mut self, id: u32, count: u32) -> Result<(), Misuse> {
        let export = self.exports.get_mut(&id).ok_or(Misuse::UnknownExport)?;
        export.references = export.references.checked_sub(count).ok_or(Misuse::ExportCount)?;
        if export.references == 0 {
            self.exports.remove(&id);
        }
        Ok(())
    }
}

/// A result of reading a message that has passed the survey: what fails here is in the wrong place.
fn well_formed<T, E>(result: Result<T, E>) -> Result<T, Misuse> {
    result.map_err(|_| Misuse::Malformed)
}

//! The journal's chain: what a row's hash says, and what a reader finds out from a run of rows.
//!
//! Pure. An engine keeps rows; this file alone decides whether they are the ones that were written.
//!
//! **Invariant:** a row's hash covers the hash before it, its sequence, and everything in it, each part with its
//! length, so that no two different rows have the same bytes under the hash.

use std::borrow::Cow;
use std::fmt;

use ring::digest::{Context, SHA256};

/// What a row's hash begins with: another use of SHA-256 over the same bytes is another hash.
const ROW: &[u8] = b"capos journal row 1\0";
/// What a checkpoint's signed bytes begin with.
const CHECKPOINT: &[u8] = b"capos journal checkpoint 1\0";

/// A SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What the first row follows.
    pub const START: Hash = Hash([0; 32]);
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The caller's clock, in milliseconds. It may jump: the sequence alone says what came first.
    pub at_ms: u64,
    /// What kind of thing happened, up to 64 bytes.
    pub kind: Cow<'static, str>,
    /// The rest, in a form of which the caller knows that the same thing always has the same bytes.
    pub payload: Vec<u8>,
}

impl Entry {
    /// Longest kind.
    pub const LONGEST_KIND: usize = 64;

    pub(crate) fn size(&self) -> usize {
        self.kind.len() + self.payload.len()
    }
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// 1 for the first, and one more for each.
    pub sequence: u64,
    /// What was written down.
    pub entry: Entry,
    /// The hash of this row and, through the one before, of all before it.
    pub hash: Hash,
}

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last row's sequence; 0 where there is none.
    pub sequence: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Head {
    /// The end of a chain without rows.
    pub const START: Head = Head { sequence: 0, hash: Hash::START };

    /// The end after one more entry.
    #[must_use]
    pub fn after(self, entry: &Entry) -> Head {
        let sequence = self.sequence + 1;
        Head { sequence, hash: hash(&self.hash, sequence, entry) }
    }
}

fn hash(previous: &Hash, sequence: u64, entry: &Entry) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(ROW);
    context.update(&previous.0);
    context.update(&sequence.to_be_bytes());
    context.update(&entry.at_ms.to_be_bytes());
    for part in [entry.kind.as_bytes(), &entry.payload] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    Hash(bytes)
}

/// The end of the chain at some time, signed, to be kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The end.
    pub head: Head,
    /// When, by the caller's clock.
    pub at_ms: u64,
    /// A signature of [`Checkpoint::signed_bytes`].
    pub signature: Vec<u8>,
}

impl Checkpoint {
    /// What the signature is made of.
    #[must_use]
    pub fn signed_bytes(head: &Head, at_ms: u64) -> Vec<u8> {
        let parts: [&[u8]; 4] = [CHECKPOINT, &head.sequence.to_be_bytes(), &head.hash.0, &at_ms.to_be_bytes()];
        parts.concat()
    }
}

/// One thing that is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Breach {
    /// This row does not follow from the one before: it, or its place, was changed.
    Altered {
        /// The row.
        sequence: u64,
    },
    /// Rows are not there.
    Missing {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// A row stands where an earlier one should.
    OutOfOrder {
        /// The row.
        sequence: u64,
        /// The place.
        expected: u64,
    },
    /// The chain ends before the checkpoint.
    Cut {
        /// The last row that is there.
        last: u64,
        /// The checkpoint's row.
        checkpoint: u64,
    },
    /// The rows agree with each other and not with the checkpoint: all were written anew.
    Rewritten {
        /// The checkpoint's row.
        sequence: u64,
    },
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Breach::Altered { sequence } => write!(f, "row {sequence} was altered or put in another's place"),
            Breach::Missing { first, last } if first == last => write!(f, "row {first} is missing"),
            Breach::Missing { first, last } => write!(f, "rows {first} to {last} are missing"),
            Breach::OutOfOrder { sequence, expected } => {
                write!(f, "row {sequence} stands where row {expected} should")
            }
            Breach::Cut { last, checkpoint } => {
                write!(f, "the journal ends at row {last}, and the checkpoint was made at row {checkpoint}")
            }
            Breach::Rewritten { sequence } => write!(f, "row {sequence} is not the one of the checkpoint"),
        }
    }
}

/// What was found out about a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Rows that were read.
    pub rows: u64,
    /// The end.
    pub head: Head,
    /// What is wrong, the first [`Verdict::MOST`] of it.
    pub breaches: Vec<Breach>,
}

impl Verdict {
    /// Breaches that are listed; who needs more needs a backup.
    pub const MOST: usize = 100;

    /// Whether the chain is whole.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.breaches.is_empty()
    }
}

/// Reads rows in their order and tells what is wrong with them.
#[derive(Debug)]
pub struct Verifier {
    head: Head,
    rows: u64,
    checkpoints: Vec<Head>,
    breaches: Vec<Breach>,
}

impl Verifier {
    /// Starts at the beginning of a chain that has to agree with these checkpoints.
    /// Whether their signatures are right is for the caller to say.
    #[must_use]
    pub fn new(checkpoints: &[Checkpoint]) -> Self {
        let checkpoints = checkpoints.iter().map(|checkpoint| checkpoint.head).collect();
        Self { head: Head::START, rows: 0, checkpoints, breaches: Vec::new() }
    }

    /// Takes the next row.
    pub fn read(&mut self, row: &Row) {
        let expected = self.head.sequence + 1;
        self.rows += 1;
        if row.sequence < expected {
            self.note(Breach::OutOfOrder { sequence: row.sequence, expected });
            return;
        }
        if row.sequence > expected {
            self.note(Breach::Missing { first: expected, last: row.sequence - 1 });
        } else if self.head.after(&row.entry).hash != row.hash {
            self.note(Breach::Altered { sequence: row.sequence });
        }
        // From here on, what the row says of itself: the next breach is then a new one.
        self.head = Head { sequence: row.sequence, hash: row.hash };
        let differs = |head: &Head| head.sequence == row.sequence && head.hash != row.hash;
        if self.checkpoints.iter().any(differs) {
            self.note(Breach::Rewritten { sequence: row.sequence });
        }
    }

    /// No more rows.
    #[must_use]
    pub fn finish(mut self) -> Verdict {
        let furthest = self.checkpoints.iter().map(|head| head.sequence).max().unwrap_or(0);
        if furthest > self.head.sequence {
            self.note(Breach::Cut { last: self.head.sequence, checkpoint: furthest });
        }
        Verdict { rows: self.rows, head: self.head, breaches: self.breaches }
    }

    fn note(&mut self, breach: Breach) {
        if self.breaches.len() < Verdict::MOST {
            self.breaches.push(breach);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at_ms: u64, kind: &'static str, payload: &[u8]) -> Entry {
        Entry { at_ms, kind: kind.into(), payload: payload.to_vec() }
    }

    /// The chain's form is for ever: who keeps an old checkpoint must be able to use it.
    #[test]
    fn the_hash_of_a_row_does_not_change() {
        let head = Head::START.after(&entry(1_700_000_000_000, "session", b"{}"));
        assert_eq!(head.sequence, 1);
        // Computed by another program.
        let pinned = "d0e66d293196a9236656f37579fdf790d043e51840dc27fb289413fac2fb6380";
        assert_eq!(head.hash.to_string(), pinned);
    }

    #[test]
    fn parts_of_a_row_cannot_pass_for_each_other() {
        let one = Head::START.after(&entry(0, "ab", b"c"));
        let other = Head::START.after(&entry(0, "a", b"bc"));
        assert_ne!(one, other);
    }

    #[test]
    fn an_empty_chain_is_sound_until_a_checkpoint_says_otherwise() {
        assert!(Verifier::new(&[]).finish().is_sound());
        let head = Head::START.after(&entry(0, "a", b""));
        let verdict = Verifier::new(&[Checkpoint { head, at_ms: 0, signature: Vec::new() }]).finish();
        assert_eq!(verdict.breaches, [Breach::Cut { last: 0, checkpoint: 1 }]);
    }
}

//! What a command wrote, as far as it is kept: its first bytes, of both streams in the order in which they were read.

use std::cell::Cell;
use std::rc::Rc;

/// Which of a command's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Output,
    Errors,
}

/// What a reader asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Both,
    Only(Source),
}

impl Wanted {
    pub(super) fn takes(self, source: Source) -> bool {
        match self {
            Self::Both => true,
            Self::Only(wanted) => wanted == source,
        }
    }
}

/// What all commands of a session may keep together.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<usize>,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Rc<Self> {
        Rc::new(Self { left: Cell::new(bytes) })
    }

    /// As much of what is asked for as there is.
    fn take(&self, bytes: usize) -> usize {
        let taken = bytes.min(self.left.get());
        self.left.set(self.left.get() - taken);
        taken
    }

    fn give_back(&self, bytes: usize) {
        self.left.set(self.left.get() + bytes);
    }

    #[cfg(test)]
    pub(super) fn left(&self) -> usize {
        self.left.get()
    }
}

/// Bytes one after the other from the same source.
#[derive(Debug)]
struct Run {
    source: Source,
    end: usize,
}

/// The first bytes of both outputs. Once something was not kept, nothing more is: there are no gaps.
#[derive(Debug)]
pub(crate) struct Kept {
    bytes: Vec<u8>,
    runs: Vec<Run>,
    most: usize,
    closed: bool,
    budget: Rc<Budget>,
    charged: usize,
}

impl Kept {
    pub(crate) fn new(most: usize, budget: Rc<Budget>) -> Self {
        Self { bytes: Vec::new(), runs: Vec::new(), most, closed: false, budget, charged: 0 }
    }

    /// Keeps the first of these bytes, and tells how many.
    pub(crate) fn put(&mut self, source: Source, bytes: &[u8]) -> usize {
        if self.closed || bytes.is_empty() {
            return 0;
        }
        // What alternates between the two outputs costs more than its bytes.
        let run = match self.runs.last() {
            Some(last) if last.source == source => 0,
            _ => size_of::<Run>(),
        };
        let wanted = bytes.len().min(self.most - self.bytes.len());
        let charged = self.budget.take(wanted + run);
        self.charged += charged;
        let taken = charged.saturating_sub(run);
        self.closed = taken < bytes.len();
        if taken > 0 {
            self.append(source, bytes.get(..taken).unwrap_or(bytes));
        }
        taken
    }

    fn append(&mut self, source: Source, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let end = self.bytes.len();
        match self.runs.last_mut() {
            Some(last) if last.source == source => last.end = end,
            _ => self.runs.push(Run { source, end }),
        }
    }

    /// The next bytes of a reader that has come so far, at most so many, and where it is after them.
    pub(crate) fn after(&self, cursor: usize, wanted: Wanted, most: usize) -> Option<(&[u8], usize)> {
        let (from, end) = match wanted {
            Wanted::Both => (cursor, self.bytes.len()),
            Wanted::Only(source) => self.run_after(cursor, source)?,
        };
        let end = end.min(from.saturating_add(most));
        let bytes = self.bytes.get(from..end).filter(|bytes| !bytes.is_empty())?;
        Some((bytes, end))
    }

    fn run_after(&self, cursor: usize, source: Source) -> Option<(usize, usize)> {
        let first = self.runs.partition_point(|run| run.end <= cursor);
        let (at, run) = (first..).zip(self.runs.get(first..)?).find(|(_, run)| run.source == source)?;
        let start = at.checked_sub(1).and_then(|before| self.runs.get(before)).map_or(0, |before| before.end);
        Some((start.max(cursor), run.end))
    }

    /// How many bytes a reader finds that begins here.
    pub(crate) fn count(&self, wanted: Wanted) -> usize {
        let Wanted::Only(source) = wanted else {
            return self.bytes.len();
        };
        self.parts(source).map(<[u8]>::len).sum()
    }

    /// All of one source.
    pub(crate) fn all(&self, source: Source) -> Vec<u8> {
        self.parts(source).collect::<Vec<_>>().concat()
    }

    fn parts(&self, source: Source) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|run| run.end));
        let runs = starts.zip(&self.runs).filter(move |(_, run)| run.source == source);
        runs.filter_map(|(start, run)| self.bytes.get(start..run.end))
    }

    /// Whether something was written that is not here.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.budget.give_back(self.charged);
    }
}

#[cfg(test)]
mod tests {
    use super::Source::{Errors, Output};
    use super::*;

    fn read(kept: &Kept, wanted: Wanted, most: usize) -> Vec<u8> {
        let (mut cursor, mut all) = (0, Vec::new());
        while let Some((bytes, next)) = kept.after(cursor, wanted, most) {
            assert!(bytes.len() <= most);
            all.extend_from_slice(bytes);
            cursor = next;
        }
        all
    }

    #[test]
    fn each_reader_finds_what_it_asks_for_in_the_order_it_was_written() {
        let mut kept = Kept::new(100, Budget::new(1000));
        for (source, text) in [(Output, "one "), (Output, "two "), (Errors, "oh "), (Output, "three"), (Errors, "no")] {
            assert_eq!(kept.put(source, text.as_bytes()), text.len());
        }
        for most in [1, 3, 100] {
            assert_eq!(read(&kept, Wanted::Both, most), b"one two oh threeno");
            assert_eq!(read(&kept, Wanted::Only(Output), most), b"one two three");
            assert_eq!(read(&kept, Wanted::Only(Errors), most), b"oh no");
        }
        assert_eq!((kept.count(Wanted::Both), kept.count(Wanted::Only(Errors))), (18, 5));
        assert_eq!((kept.all(Output), kept.all(Errors)), (b"one two three".to_vec(), b"oh no".to_vec()));
    }

    #[test]
    fn as_much_is_kept_as_may_be_and_nothing_after_a_gap() {
        let mut kept = Kept::new(4, Budget::new(1000));
        assert_eq!(kept.put(Output, b"1234"), 4);
        assert!(!kept.is_closed());
        let mut kept = Kept::new(4, Budget::new(1000));
        assert_eq!((kept.put(Output, b"12345"), kept.is_closed()), (4, true));
        assert_eq!(kept.put(Output, b"6"), 0);
    }

    #[test]
    fn commands_share_a_budget_and_give_it_back() {
        let run = size_of::<Run>();
        let budget = Budget::new(10 + run);
        let mut first = Kept::new(100, budget.clone());
        assert_eq!(first.put(Output, b"1234567890"), 10);
        assert!(!first.is_closed());
        let mut second = Kept::new(100, budget.clone());
        assert_eq!((second.put(Output, b"1"), second.is_closed()), (0, true));
        drop(first);
        assert_eq!(budget.left(), 10 + run);
        assert_eq!(second.put(Output, b"1"), 0, "what follows a gap would be taken for what was before");
        drop(second);
        assert_eq!(Kept::new(100, budget.clone()).put(Errors, b"12345678901"), 10);
        assert_eq!(budget.left(), 10 + run);
    }
}

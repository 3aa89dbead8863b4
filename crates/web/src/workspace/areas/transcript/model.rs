//! The rows, as windows have them.

use std::collections::VecDeque;

use capos_client::{Added, Row};

use crate::workspace::board;
use crate::workspace::view::{Text, shown};

shown! {
    /// All rows that are kept.
    struct RowsView {
        /// The number of the last row that made room; 0 where none had to.
        gone: u64,
        /// The rows, oldest first.
        rows: Vec<RowView>,
    }

    /// One thing that was done.
    struct RowView {
        /// Counts from one.
        number: u64,
        /// When it was over.
        at_ms: u64,
        /// What was done.
        operation: Text,
        /// To what: a grant, a method, a way of signing in; empty where that is plain, or not to be told.
        subject: Text,
        /// `ok`, or the code it was refused with.
        outcome: Text,
        /// How long it took.
        duration_ms: u64,
        /// Arguments that were declared safe.
        notes: Vec<NoteView>,
    }

    /// An argument that was declared safe.
    struct NoteView {
        name: Text,
        value: Text,
    }
}

/// Bounded as the transcript is: what made room there makes room here.
#[derive(Default)]
pub(super) struct Model {
    gone: u64,
    rows: VecDeque<RowView>,
}

impl Model {
    pub(super) fn take(&mut self, added: &Added) {
        board::Model::apply(self, &self::added(added));
    }

    /// The number of the last row.
    pub(super) fn last(&self) -> u64 {
        self.rows.back().map_or(self.gone, |row| row.number)
    }
}

impl board::Model for Model {
    type Delta = RowsView;
    type Whole = RowsView;

    fn apply(&mut self, delta: &RowsView) {
        self.gone = delta.gone;
        while self.rows.front().is_some_and(|row| row.number <= delta.gone) {
            self.rows.pop_front();
        }
        self.rows.extend(delta.rows.iter().cloned());
    }

    fn whole(&self) -> RowsView {
        RowsView { gone: self.gone, rows: self.rows.iter().cloned().collect() }
    }
}

/// What came, as windows are told it.
pub(super) fn added(added: &Added) -> RowsView {
    RowsView { gone: added.gone, rows: added.rows.iter().map(row).collect() }
}

fn row(row: &Row) -> RowView {
    let notes = row.notes.iter().map(|note| NoteView { name: Text::line(&note.name), value: Text::line(&note.value) });
    RowView {
        number: row.number,
        at_ms: row.at_ms,
        operation: Text::fixed(row.operation),
        subject: Text::line(&row.subject),
        outcome: Text::fixed(row.outcome),
        duration_ms: row.duration_ms,
        notes: notes.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(gone: u64, numbers: std::ops::RangeInclusive<u64>) -> Added {
        let row = |number| Row {
            number,
            at_ms: 1,
            session: 1,
            operation: "call",
            subject: "chat.send".to_owned(),
            outcome: "ok",
            duration_ms: 2,
            notes: Vec::new(),
        };
        Added { gone, rows: numbers.map(row).collect() }
    }

    #[test]
    fn what_made_room_in_the_transcript_makes_room_here() {
        let mut model = Model::default();
        model.take(&rows(0, 1..=3));
        assert_eq!(model.last(), 3);
        model.take(&rows(2, 4..=5));
        let whole = board::Model::whole(&model);
        assert_eq!(whole.gone, 2);
        assert_eq!(whole.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 4, 5]);
        model.take(&Added { gone: 9, rows: Vec::new() });
        assert_eq!(model.last(), 9);
    }
}

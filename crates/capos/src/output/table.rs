//! Columns of text.

use unicode_width::UnicodeWidthStr;

use super::plain;

/// Rows of cells under headings.
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    nothing: &'static str,
}

impl Table {
    /// No rows yet. `nothing` is said on a terminal while there are none.
    pub(crate) fn new(headings: &[&'static str], nothing: &'static str) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new(), nothing }
    }

    /// The rows of an iterator.
    pub(crate) fn rows<const N: usize>(mut self, rows: impl IntoIterator<Item = [String; N]>) -> Self {
        for row in rows {
            self.rows.push(row.map(|text| cell(&text)).to_vec());
        }
        self
    }

    /// Lines: with headings on a terminal, without for a program. Columns are two blanks apart; only the last cell of
    /// a row may hold blanks, so that a program can split a line, and an empty cell is a hyphen.
    pub(super) fn render(&self, terminal: bool, colour: bool) -> String {
        if self.rows.is_empty() {
            return if terminal { format!("{}\n", self.nothing) } else { String::new() };
        }
        let headings: Vec<String> = self.headings.iter().map(|&text| text.to_owned()).collect();
        let all = terminal.then_some(&headings).into_iter().chain(&self.rows);
        let widths = widths(all);
        let mut lines = String::new();
        if terminal {
            let heading = line(&headings, &widths);
            lines.push_str(&if colour { format!("\x1b[1m{heading}\x1b[0m\n") } else { format!("{heading}\n") });
        }
        for row in &self.rows {
            lines.push_str(&line(row, &widths));
            lines.push('\n');
        }
        lines
    }
}

/// A cell is one line.
fn cell(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { plain(text).replace('\n', " ") }
}

fn widths<'r>(rows: impl Iterator<Item = &'r Vec<String>>) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    widths
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table::new(&["NAME", "WHAT"], "Nothing.")
            .rows([["wide 字".to_owned(), "a\tb\x1b".to_owned()], ["x".to_owned(), String::new()]])
    }

    #[test]
    fn a_terminal_gets_headings() {
        assert_eq!(table().render(true, false), "NAME     WHAT\nwide 字  a b\u{fffd}\nx        -\n");
    }

    #[test]
    fn a_program_gets_rows_alone() {
        assert_eq!(table().render(false, false), "wide 字  a b\u{fffd}\nx        -\n");
    }

    #[test]
    fn no_rows_are_said_to_a_person_only() {
        let table = Table::new(&["NAME"], "Nothing.");
        assert_eq!(table.render(true, true), "Nothing.\n");
        assert_eq!(table.render(false, false), "");
    }
}

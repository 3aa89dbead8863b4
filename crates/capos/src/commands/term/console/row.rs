//! The row of a terminal that a line is typed on: what stands before it, and as much of the line as there is room for.

use unicode_width::UnicodeWidthStr as _;

use crate::output::plain;
use crate::terminal::draft::Draft;

/// To the row's beginning, and everything off it.
pub(super) const CLEAR: &str = "\r\x1b[K";
/// Room that a line has at least: where what stands before it leaves less, it begins on a row of its own.
const ROOM: usize = 16;
/// Of what stands before a line no more is remembered.
const LONGEST: usize = 1024;

/// What was written on the row that the cursor is on.
#[derive(Debug, Default)]
pub(super) struct Row {
    lead: String,
}

impl Row {
    /// Takes note of what is written.
    pub(super) fn written(&mut self, text: &str) {
        let ends = text.rfind(['\n', '\r']);
        let tail = match ends {
            Some(end) => {
                self.lead.clear();
                text.get(end + 1..).unwrap_or_default()
            }
            None => text,
        };
        self.lead.push_str(&without_sequences(tail));
        let too_much = self.lead.len().saturating_sub(LONGEST);
        let cut = (too_much..self.lead.len()).find(|at| self.lead.is_char_boundary(*at)).unwrap_or(0);
        self.lead.drain(..cut);
    }

    /// Whether a line has no room behind it.
    pub(super) fn is_full(&self, prompt: &str, columns: usize) -> bool {
        !self.lead.is_empty() && self.lead.width() + prompt.width() + ROOM > columns
    }

    /// What stands on it before a line.
    pub(super) fn lead(&self) -> &str {
        &self.lead
    }

    /// All of the row with the end of the line, drawn anew.
    pub(super) fn drawn(&self, prompt: &str, draft: Option<&Draft>, columns: usize) -> String {
        let before = format!("{}{}", self.lead, plain(prompt));
        let room = columns.saturating_sub(before.width() + 1);
        let typed = draft.map(|draft| plain(&draft.tail(room))).unwrap_or_default();
        format!("{CLEAR}{before}{typed}")
    }
}

/// Text without what a terminal obeys: it is drawn again, and would be obeyed again.
fn without_sequences(text: &str) -> String {
    let mut shown = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\x1b' {
            shown.push(character);
        } else if characters.next() == Some('[') {
            let _last = characters.find(|c| ('\x40'..='\x7e').contains(c));
        }
    }
    plain(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(texts: &[&str]) -> Row {
        let mut row = Row::default();
        texts.iter().for_each(|text| row.written(text));
        row
    }

    #[test]
    fn what_stands_before_a_line_is_drawn_again_with_it() {
        let mut draft = Draft::default();
        draft.feed("日本 typed".as_bytes());
        let row = row(&["before\nYour \x1b[1mname", "\x1b[0m: "]);
        assert_eq!(row.lead(), "Your name: ");
        assert_eq!(row.drawn("? ", Some(&draft), 80), "\r\x1b[KYour name: ? 日本 typed");
        assert_eq!(row.drawn("? ", Some(&draft), 20), "\r\x1b[KYour name: ?  typed");
        assert_eq!(row.drawn("? ", None, 80), "\r\x1b[KYour name: ? ");
    }

    #[test]
    fn a_line_that_would_have_no_room_gets_a_row_of_its_own() {
        assert!(!row(&["x"]).is_full("> ", 80) && row(&[&"x".repeat(70)]).is_full("> ", 80));
        assert!(!row(&[]).is_full(&"p".repeat(90), 80), "it would have no more on another");
        assert_eq!(row(&[&"é".repeat(2 * LONGEST)]).lead().len(), LONGEST);
    }
}

//! A line as it is being typed.

use unicode_width::UnicodeWidthChar as _;
use zeroize::Zeroize as _;

/// The longest line where nobody says how long one may be.
pub(crate) const LONGEST: usize = 4096;
/// Lines that can be called back.
const REMEMBERED: usize = 50;

/// What keys came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    Line(String),
    /// Ctrl-D on an empty line.
    End,
    /// Ctrl-C, where it is a key.
    Cancel,
}

/// The line, and those before it.
pub(crate) struct Draft {
    text: String,
    /// Bytes that it may have.
    most: usize,
    /// A character that has not come whole yet.
    partial: Vec<u8>,
    sequence: Sequence,
    said: Vec<String>,
    /// Which of those is shown, from the last.
    back: usize,
}

/// Where in a key's escape sequence the bytes are.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Sequence {
    #[default]
    Outside,
    Begun,
    Inside,
}

impl Default for Draft {
    fn default() -> Self {
        Self::within(LONGEST)
    }
}

impl Drop for Draft {
    /// It may be a secret.
    fn drop(&mut self) {
        self.text.zeroize();
        self.partial.zeroize();
    }
}

impl Draft {
    /// One of so many bytes at most.
    pub(crate) fn within(most: usize) -> Self {
        let (partial, said) = (Vec::with_capacity(4), Vec::new());
        // With room for all of it no copy is left anywhere.
        Self { text: String::with_capacity(most), most, partial, sequence: Sequence::Outside, said, back: 0 }
    }

    /// Takes what a terminal sends.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<Typed> {
        bytes.iter().filter_map(|byte| self.key(*byte)).collect()
    }

    /// The end of it, as much as so many columns hold.
    pub(crate) fn tail(&self, columns: usize) -> String {
        let mut left = columns;
        let fits = |c: &char| {
            let width = c.width().unwrap_or(0);
            let fits = width <= left;
            left = left.saturating_sub(width);
            fits
        };
        let count = self.text.chars().rev().take_while(fits).count();
        self.text.chars().skip(self.text.chars().count() - count).collect()
    }

    /// Takes one byte of it.
    pub(crate) fn key(&mut self, byte: u8) -> Option<Typed> {
        match (self.sequence, byte) {
            (Sequence::Begun, b'[' | b'O') => self.sequence = Sequence::Inside,
            (Sequence::Begun, _) => self.sequence = Sequence::Outside,
            (Sequence::Inside, 0x40..=0x7e) => self.end_sequence(byte),
            (Sequence::Inside, _) => {}
            (Sequence::Outside, 0x1b) => self.sequence = Sequence::Begun,
            (Sequence::Outside, b'\r' | b'\n') => return Some(Typed::Line(self.finish())),
            (Sequence::Outside, 0x03) => return Some(Typed::Cancel),
            (Sequence::Outside, 0x04) if self.text.is_empty() => return Some(Typed::End),
            (Sequence::Outside, 0x08 | 0x7f) => self.rub_out(),
            (Sequence::Outside, 0x15) => self.text.clear(),
            (Sequence::Outside, 0x17) => self.rub_out_word(),
            (Sequence::Outside, b'\t') => self.character(b' '),
            (Sequence::Outside, 0x20..) => self.character(byte),
            (Sequence::Outside, _) => {}
        }
        None
    }

    fn character(&mut self, byte: u8) {
        self.partial.push(byte);
        let character = match std::str::from_utf8(&self.partial) {
            Ok(whole) => whole.chars().next(),
            Err(error) if error.error_len().is_none() => return,
            Err(_) => Some(char::REPLACEMENT_CHARACTER),
        };
        if let Some(character) = character.filter(|one| self.text.len() + one.len_utf8() <= self.most) {
            self.text.push(character);
        }
        self.partial.clear();
    }

    fn finish(&mut self) -> String {
        let line = std::mem::take(&mut self.text);
        self.back = 0;
        self.partial.clear();
        if !line.trim().is_empty() && self.said.last() != Some(&line) {
            self.said.push(line.clone());
            let too_many = self.said.len().saturating_sub(REMEMBERED);
            self.said.drain(..too_many);
        }
        line
    }

    /// The last character, with what stands above or below it.
    fn rub_out(&mut self) {
        self.partial.clear();
        while self.text.pop().is_some_and(|gone| gone.width() == Some(0)) {}
    }

    fn rub_out_word(&mut self) {
        let kept = self.text.trim_end().rfind(' ').map_or(0, |blank| blank + 1);
        self.text.truncate(kept);
    }

    /// Up and down call back what was said.
    fn end_sequence(&mut self, last: u8) {
        self.sequence = Sequence::Outside;
        match last {
            b'A' if self.back < self.said.len() => self.back += 1,
            b'B' if self.back > 0 => self.back -= 1,
            _ => return,
        }
        self.text = self.said.iter().rev().nth(self.back.wrapping_sub(1)).cloned().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(keys: &str) -> Vec<Typed> {
        Draft::default().feed(keys.as_bytes())
    }

    fn line(text: &str) -> Typed {
        Typed::Line(text.to_owned())
    }

    #[test]
    fn keys_make_lines_and_mistakes_can_be_rubbed_out() {
        for (keys, said) in [
            ("hi\r", "hi"),
            ("hu\x7fi\n", "hi"),
            ("日本\x7f\r", "日"),
            ("cafe\u{301}\x7f\r", "caf"),
            ("one two \x17three\r", "one three"),
            ("nonsense\x15yes\r", "yes"),
            ("a\x1b[Db\x1b[3~\x1bOC\x01\r", "ab"),
            ("\t/who\r", " /who"),
            ("x\x04\r", "x"),
            ("\x7f\x17\r", ""),
            ("x\x1b[1~\r", "x"),
        ] {
            assert_eq!(lines(keys), [line(said)], "{keys:?}");
        }
        assert_eq!(lines("one\rtwo\r\x04"), [line("one"), line("two"), Typed::End], "a paste is several lines");
    }

    #[test]
    fn characters_come_in_pieces_and_bytes_that_are_none_are_replaced() {
        let mut draft = Draft::default();
        assert!("語".bytes().all(|byte| draft.feed(&[byte]).is_empty()));
        assert_eq!(draft.feed(b"\xffx\r"), [line("語\u{fffd}x")]);
    }

    #[test]
    fn what_was_said_can_be_called_back() {
        let keys = "one\rtwo\r\x1b[A\x1b[A\r\x1b[A\x1b[A\x1b[B\r\x1b[A\x1b[B!\r";
        let said = lines(keys);
        assert_eq!(said, [line("one"), line("two"), line("one"), line("one"), line("!")]);
    }

    #[test]
    fn of_a_long_line_the_end_is_in_sight_and_a_line_has_a_bound() {
        let mut draft = Draft::default();
        draft.feed("ab日本".as_bytes());
        assert_eq!((draft.tail(80), draft.tail(5), draft.tail(4), draft.tail(3)), {
            let text = |text: &str| text.to_owned();
            (text("ab日本"), text("b日本"), text("日本"), text("本"))
        });
        draft.feed(&[b'x'; LONGEST + 1]);
        let Some(Typed::Line(whole)) = draft.feed(b"\r").pop() else { panic!("it is a line") };
        assert_eq!(whole.len(), LONGEST);
        let mut short = Draft::within(4);
        assert_eq!(short.feed("日本x語y\r".as_bytes()), [line("日x")], "no character is cut in two");
        assert_eq!(short.feed(b"abc\x03"), [Typed::Cancel]);
    }
}

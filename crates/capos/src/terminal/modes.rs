//! What a program has changed of a terminal, so that it can be taken back when the program is left, or lost.
//!
//! It is shown what has passed the filter, which lets whole sequences pass and nothing else.

use std::collections::BTreeSet;

const ESC: u8 = 0x1b;
/// Modes that are on in a terminal that nobody has changed: lines that wrap, and the cursor.
const USUALLY_ON: [u16; 2] = [7, 25];
/// The other screen, which the whole of a program is drawn on; it is left last.
const OTHER_SCREEN: [u16; 3] = [1049, 1047, 47];
/// What changes nothing that stays: a question put together with the keeping of the cursor.
const NO_STATE: [u16; 1] = [1048];

/// What is different.
#[derive(Debug, Default)]
pub(super) struct Modes {
    /// Private modes that are not as usual.
    changed: BTreeSet<u16>,
    insert: bool,
    /// Letters that look other than plain.
    styled: bool,
    /// Lines that do not scroll.
    margins: bool,
    keypad: bool,
    charset: bool,
    cursor: bool,
    link: bool,
}

impl Modes {
    /// Looks at what is written.
    pub(super) fn watch(&mut self, mut bytes: &[u8]) {
        while let Some(start) = bytes.iter().position(|byte| matches!(byte, &ESC | 0x0e | 0x0f)) {
            let rest = bytes.get(start..).unwrap_or_default();
            bytes = match rest {
                [ESC, b'[', body @ ..] => {
                    let end = body.iter().position(|byte| matches!(byte, 0x40..=0x7e)).unwrap_or(body.len());
                    if let (sequence, [last, after @ ..]) = body.split_at(end) {
                        self.control(sequence, *last);
                        after
                    } else {
                        &[]
                    }
                }
                [ESC, b']', body @ ..] => {
                    self.link |=
                        body.starts_with(b"8;") && !body.starts_with(b"8;;\x1b") && !body.starts_with(b"8;;\x07");
                    body
                }
                [ESC, b'(', set, after @ ..] => {
                    self.charset = *set != b'B';
                    after
                }
                [ESC, last, after @ ..] => {
                    self.escape(*last);
                    after
                }
                [shift @ (0x0e | 0x0f), after @ ..] => {
                    self.charset |= *shift == 0x0e;
                    after
                }
                _ => &[],
            };
        }
    }

    fn escape(&mut self, last: u8) {
        match last {
            b'=' => self.keypad = true,
            b'>' => self.keypad = false,
            b'c' => *self = Self::default(),
            _ => {}
        }
    }

    fn control(&mut self, sequence: &[u8], last: u8) {
        match (sequence, last) {
            ([b'?', modes @ ..], b'h') => self.private(modes, true),
            ([b'?', modes @ ..], b'l') => self.private(modes, false),
            ([b'?' | b'>' | b'=' | b'<', ..], _) => {}
            (b"4", b'h' | b'l') => self.insert = last == b'h',
            (style, b'm') => self.styled = !matches!(style, b"" | b"0"),
            (margins, b'r') => self.margins = !margins.is_empty(),
            ([.., b' '], b'q') => self.cursor = true,
            (b"!", b'p') => self.soft_reset(),
            _ => {}
        }
    }

    fn private(&mut self, modes: &[u8], on: bool) {
        let numbers = modes.split(|byte| *byte == b';');
        for mode in numbers.filter_map(|digits| std::str::from_utf8(digits).ok()?.parse::<u16>().ok()) {
            if NO_STATE.contains(&mode) {
                continue;
            }
            if on == USUALLY_ON.contains(&mode) {
                self.changed.remove(&mode);
            } else {
                self.changed.insert(mode);
            }
        }
    }

    fn soft_reset(&mut self) {
        for mode in [1, 6, 7, 25] {
            self.changed.remove(&mode);
        }
        (self.insert, self.styled, self.margins, self.keypad, self.charset) = (false, false, false, false, false);
    }

    /// What makes it usual again, and nothing where it is.
    pub(super) fn undo(&mut self) -> Vec<u8> {
        let was = std::mem::take(self);
        let mut bytes = String::new();
        let mut put = |needed: bool, sequence: &str| {
            if needed {
                bytes.push_str(sequence);
            }
        };
        put(was.link, "\x1b]8;;\x1b\\");
        put(was.styled, "\x1b[0m");
        put(was.charset, "\x0f\x1b(B");
        put(was.insert, "\x1b[4l");
        put(was.keypad, "\x1b>");
        put(was.cursor, "\x1b[0 q");
        // To set margins moves the cursor.
        put(was.margins, "\x1b7\x1b[r\x1b8");
        for mode in was.changed.iter().filter(|mode| !OTHER_SCREEN.contains(mode)) {
            let end = if USUALLY_ON.contains(mode) { 'h' } else { 'l' };
            put(true, &format!("\x1b[?{mode}{end}"));
        }
        for mode in OTHER_SCREEN {
            put(was.changed.contains(&mode), &format!("\x1b[?{mode}l"));
        }
        bytes.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(bytes: &str) -> String {
        let mut modes = Modes::default();
        modes.watch(bytes.as_bytes());
        let undone = String::from_utf8(modes.undo()).unwrap();
        assert_eq!(modes.undo(), b"", "once");
        undone
    }

    #[test]
    fn what_was_changed_is_taken_back_and_nothing_else() {
        for (written, expected) in [
            ("plain text\r\n\x1b[2J\x1b[5;7H", ""),
            ("\x1b[1;31mred", "\x1b[0m"),
            ("\x1b[1;31mred\x1b[0m \x1b[m", ""),
            ("\x1b[?1049h\x1b[?1h\x1b=\x1b[?25l", "\x1b>\x1b[?1l\x1b[?25h\x1b[?1049l"),
            ("\x1b[?1049h\x1b[?1h\x1b=\x1b[?25l\x1b[?25h\x1b>\x1b[?1l\x1b[?1049l", ""),
            ("\x1b[?1000;1006;2004h", "\x1b[?1000l\x1b[?1006l\x1b[?2004l"),
            ("\x1b[2;5r", "\x1b7\x1b[r\x1b8"),
            ("\x1b[2;5r\x1b[r", ""),
            ("\x1b(0lqqk\x1b(B", ""),
            ("\x1b(0lqqk", "\x0f\x1b(B"),
            ("\x1b[4h\x1b[3 q", "\x1b[4l\x1b[0 q"),
            ("\x1b[?2004h\x1b[4h\x1bc", ""),
            ("\x1b[?25l\x1b[4h\x1b[!p", ""),
            ("\x1b]8;;https://example\x1b\\x", "\x1b]8;;\x1b\\"),
            ("\x1b[?1048h", ""),
        ] {
            assert_eq!(undone(written), expected, "{written:?}");
        }
    }

    #[test]
    fn what_looks_like_the_beginning_of_a_sequence_harms_nobody() {
        for written in ["\x1b", "\x1b[", "\x1b[?", "\x1b[?99999999999h", "\x1b(", "\x1b]", "\x1b[;;h"] {
            assert_eq!(undone(written), "", "{written:?}");
        }
    }
}

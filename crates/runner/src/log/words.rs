//! From bytes to lines: pure, with the time as a parameter.

use std::time::Instant;

use capos_schema::text::acts;

use crate::limits::Limits;

/// Cuts a stream of bytes into lines, and lets as many through as may be.
pub(super) struct Lines {
    partial: Vec<u8>,
    /// The line is longer than may be: the rest of it is dropped.
    overlong: bool,
    allowance: Allowance,
    most: usize,
}

impl Lines {
    pub(super) fn new(limits: &Limits, now: Instant) -> Self {
        let allowance = Allowance::new(limits.log_rate, limits.log_burst, now);
        Self { partial: Vec::new(), overlong: false, allowance, most: limits.log_line_bytes }
    }

    /// The lines that these bytes complete, and what the node has to say about those dropped.
    pub(super) fn take(&mut self, bytes: &[u8], now: Instant) -> Vec<Said> {
        let mut said = Vec::new();
        let mut parts = bytes.split(|&byte| byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            let room = self.most.saturating_sub(self.partial.len());
            self.overlong |= part.len() > room;
            self.partial.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
            if parts.peek().is_some() {
                self.complete(&mut said, now);
            }
        }
        said
    }

    /// What is left when there will be no more.
    pub(super) fn finish(&mut self, now: Instant) -> Vec<Said> {
        let mut said = Vec::new();
        if !self.partial.is_empty() {
            self.complete(&mut said, now);
        }
        said.extend(self.allowance.missed().map(Said::Missed));
        said
    }

    fn complete(&mut self, said: &mut Vec<Said>, now: Instant) {
        let overlong = std::mem::take(&mut self.overlong);
        let line = std::mem::take(&mut self.partial);
        if !self.allowance.take(now) {
            return;
        }
        said.extend(self.allowance.missed().map(Said::Missed));
        let mut text: String = String::from_utf8_lossy(&line).chars().map(tame).collect();
        text.truncate(text.trim_end().len());
        if overlong {
            text.push_str(" …");
        }
        said.push(Said::Line(text));
    }
}

/// What comes out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Line(String),
    /// So many lines were dropped before what follows.
    Missed(u64),
}

/// A tab is a space, and what a terminal would obey is a sign that it was there.
pub(crate) fn tame(letter: char) -> char {
    match letter {
        '\t' | '\r' => ' ',
        letter if acts(letter) => '\u{fffd}',
        letter => letter,
    }
}

/// So many at once, then so many a second.
struct Allowance {
    rate: f64,
    most: f64,
    left: f64,
    last: Instant,
    missed: u64,
}

impl Allowance {
    fn new(rate: u32, burst: u32, now: Instant) -> Self {
        let most = f64::from(burst.max(1));
        Self { rate: f64::from(rate), most, left: most, last: now, missed: 0 }
    }

    fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.last).as_secs_f64();
        self.left = (self.left + passed * self.rate).min(self.most);
        self.last = now;
        if self.left < 1.0 {
            self.missed += 1;
            return false;
        }
        self.left -= 1.0;
        true
    }

    fn missed(&mut self) -> Option<u64> {
        Some(std::mem::take(&mut self.missed)).filter(|missed| *missed > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn limits() -> Limits {
        Limits { log_line_bytes: 8, log_rate: 1, log_burst: 3, ..Limits::default() }
    }

    fn line(text: &str) -> Said {
        Said::Line(text.to_owned())
    }

    #[test]
    fn lines_come_in_pieces_and_are_cut_at_the_bound() {
        let now = Instant::now();
        let mut lines = Lines::new(&limits(), now);
        assert_eq!(lines.take(b"12345", now), []);
        assert_eq!(lines.take(b"678\n12345678", now), [line("12345678")], "as long as may be");
        assert_eq!(lines.take(b"9\n", now), [line("12345678 …")], "one past it");
        assert_eq!(lines.take(b"end", now), []);
        assert_eq!(lines.finish(now), [line("end")]);
    }

    #[test]
    fn a_flood_leaves_a_mark_and_keeps_its_rate() {
        let now = Instant::now();
        let mut lines = Lines::new(&limits(), now);
        let kept = lines.take("x\n".repeat(100).as_bytes(), now);
        assert_eq!(kept, [line("x"), line("x"), line("x")]);
        let later = now + Duration::from_secs(1);
        assert_eq!(lines.take(b"y\nz\n", later), [Said::Missed(97), line("y")]);
        assert_eq!(lines.finish(later), [Said::Missed(1)]);
    }

    #[test]
    fn nothing_that_a_terminal_obeys_comes_out() {
        let now = Instant::now();
        let mut lines = Lines::new(&Limits::default(), now);
        let said = lines.take(b"a\x1b[31mb\tc\xff\x07\r\n", now);
        assert_eq!(said, [line("a\u{fffd}[31mb c\u{fffd}\u{fffd}")]);
    }

    proptest! {
        #[test]
        fn whatever_is_written_comes_out_as_bounded_plain_lines(
            chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..64), 0..16)
        ) {
            let now = Instant::now();
            let mut lines = Lines::new(&limits(), now);
            let mut said: Vec<Said> = chunks.iter().flat_map(|chunk| lines.take(chunk, now)).collect();
            said.extend(lines.finish(now));
            let texts: Vec<&String> = said.iter().filter_map(|said| match said {
                Said::Line(text) => Some(text),
                Said::Missed(_) => None,
            }).collect();
            prop_assert!(texts.len() <= 3);
            for text in texts {
                prop_assert!(text.chars().count() <= 10 && !text.chars().any(acts), "{text:?}");
            }
        }
    }
}

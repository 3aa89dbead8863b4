//! The latest lines of one service.

use std::collections::VecDeque;

use super::Line;

/// What a line costs besides its text.
const LINE: usize = 64;

/// Lines within a bound of number and of size; the oldest go first.
pub(super) struct Ring {
    lines: VecDeque<Line>,
    bytes: usize,
    next: u64,
    most_lines: usize,
    most_bytes: usize,
}

impl Ring {
    pub(super) fn new(most_lines: usize, most_bytes: usize) -> Self {
        Self { lines: VecDeque::new(), bytes: 0, next: 1, most_lines, most_bytes }
    }

    /// The number that the next line will have.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    pub(super) fn push(&mut self, line: impl FnOnce(u64) -> Line) {
        let line = line(self.next);
        self.next += 1;
        self.bytes += line.text.len() + LINE;
        self.lines.push_back(line);
        // The newest stays, whatever its size.
        while self.lines.len() > 1 && (self.lines.len() > self.most_lines || self.bytes > self.most_bytes) {
            let oldest = self.lines.pop_front();
            self.bytes -= oldest.map_or(0, |line| line.text.len() + LINE);
        }
    }

    pub(super) fn tail(&self, most: usize) -> Vec<Line> {
        self.lines.iter().skip(self.lines.len().saturating_sub(most)).cloned().collect()
    }

    pub(super) fn since(&self, sequence: u64, most: usize) -> Vec<Line> {
        let from = self.lines.partition_point(|line| line.sequence < sequence);
        self.lines.iter().skip(from).take(most).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Stream;

    fn ring(lines: usize, bytes: usize, pushed: u64) -> Ring {
        let mut ring = Ring::new(lines, bytes);
        for _ in 0..pushed {
            ring.push(|sequence| Line {
                sequence,
                at_ms: 0,
                process: "it".into(),
                stream: Stream::Out,
                text: format!("{sequence:>36}"),
            });
        }
        ring
    }

    fn sequences(lines: &[Line]) -> Vec<u64> {
        lines.iter().map(|line| line.sequence).collect()
    }

    #[test]
    fn as_many_lines_stay_as_may_and_the_oldest_go() {
        assert_eq!(sequences(&ring(3, 1 << 20, 3).tail(9)), [1, 2, 3], "at the bound");
        assert_eq!(sequences(&ring(3, 1 << 20, 4).tail(9)), [2, 3, 4], "one past it");
        assert_eq!(sequences(&ring(9, 200, 2).tail(9)), [1, 2], "at the bound of bytes");
        assert_eq!(sequences(&ring(9, 199, 2).tail(9)), [2], "past it");
        assert_eq!(sequences(&ring(9, 1, 2).tail(9)), [2], "the newest stays");
    }

    #[test]
    fn a_follower_goes_on_where_it_was_or_sees_a_gap() {
        let ring = ring(3, 1 << 20, 9);
        assert_eq!(sequences(&ring.since(8, 9)), [8, 9]);
        assert_eq!(sequences(&ring.since(2, 2)), [7, 8], "what is gone is gone");
        assert!(ring.since(10, 9).is_empty());
        assert_eq!(sequences(&ring.tail(1)), [9]);
    }
}

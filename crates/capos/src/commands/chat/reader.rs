//! Lines of standard input, as they come.

use std::io::{BufRead, Read};

use tokio::sync::mpsc;

/// The longest line that is read; a chat takes less. What is beyond it is a line of its own.
const LONGEST: u64 = 16 << 10;
/// Lines that may wait: whoever writes faster than the chat takes them waits, too.
const WAITING: usize = 16;

/// Reads on a thread of its own, which ends with the process: nothing can call it back from a terminal.
pub(super) fn start() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        while let Some(line) = next(&mut stdin) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    lines
}

fn next(from: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    // What cannot be read has ended.
    let read = from.by_ref().take(LONGEST).read_until(b'\n', &mut line).ok()?;
    (read > 0).then(|| String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_they_end_or_get_too_long() {
        let long = "x".repeat(usize::try_from(LONGEST).unwrap() + 1);
        let text = format!("one\r\n\n{long}\nlast");
        let mut from = text.as_bytes();
        let lines: Vec<usize> = std::iter::from_fn(|| next(&mut from)).map(|line| line.len()).collect();
        assert_eq!(lines, [3, 0, 16 << 10, 1, 4]);
    }
}

//! A channel's messages as lines of JSON.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::Limits;
use crate::handle::Handle;
use crate::history::{History, Message};
use crate::words::parse_text;

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Message {
        number: u64,
        at: u64,
        sender: String,
        text: String,
    },
    /// Numbers below this one were given, whether or not their messages are still there.
    Next {
        next: u64,
    },
}

/// What was read of a file.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) history: History,
    pub(super) bytes: u64,
    pub(super) is_damaged: bool,
}

/// Reads what can be read. A line that was cut off, or is anything else than a message that could have been said, is
/// passed over.
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Read {
    let mut read = Read {
        history: History::default(),
        bytes: bytes.len() as u64,
        is_damaged: !bytes.is_empty() && !bytes.ends_with(b"\n"),
    };
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        if !restore(&mut read.history, line, limits) {
            read.is_damaged = true;
        }
    }
    read
}

fn restore(history: &mut History, line: &[u8], limits: &Limits) -> bool {
    match serde_json::from_slice(line) {
        Ok(Line::Message { number, at, sender, text }) => {
            let (sender, text) = (Handle::parse(&sender, limits.handle_chars), parse_text(&text, limits.text_bytes));
            let (Ok(sender), Ok(text)) = (sender, text) else { return false };
            history.restore(Message { number, at_ms: at, sender: sender.shared(), text }, limits)
        }
        Ok(Line::Next { next }) if next < u64::MAX => {
            history.skip_to(next);
            true
        }
        _ => false,
    }
}

/// One message, with the end of its line.
pub(super) fn of_message(message: &Message) -> Vec<u8> {
    let text = |text: &Rc<str>| text.to_string();
    let (sender, text) = (text(&message.sender), text(&message.text));
    encode(&Line::Message { number: message.number, at: message.at_ms, sender, text })
}

/// A whole file.
pub(super) fn of_history(history: &History) -> Vec<u8> {
    let mut lines: Vec<u8> = history.messages().flat_map(of_message).collect();
    // Behind the messages: it must not keep them from being taken back.
    lines.extend(encode(&Line::Next { next: history.next() }));
    lines
}

fn encode(line: &Line) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(line).expect("numbers and text can always be written");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(count: u64) -> History {
        let mut history = History::default();
        (0..count).for_each(|at| {
            history.say(at, "alice".into(), "say \"hi\" \\ 世界".into(), &Limits::default());
        });
        history
    }

    fn numbers(read: &Read) -> Vec<u64> {
        read.history.messages().map(|message| message.number).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut said = history(3);
        said.erase(3);
        let read = parse(&of_history(&said), &Limits::default());
        assert!(read.history.messages().eq(said.messages()) && !read.is_damaged);
        assert_eq!(read.history.next(), 4, "an erased message's number is not given again");
    }

    #[test]
    fn wherever_a_file_is_cut_off_the_lines_before_are_there() {
        let whole: Vec<u8> = history(3).messages().flat_map(of_message).collect();
        for length in 0..=whole.len() {
            let read = parse(&whole[..length], &Limits::default());
            let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count() as u64;
            assert!(numbers(&read).starts_with(&(1..=lines).collect::<Vec<_>>()));
            assert_eq!(read.is_damaged, length > 0 && whole[length - 1] != b'\n');
        }
    }

    #[test]
    fn lines_that_are_no_message_are_passed_over() {
        let message = |number: u64, sender: &str, text: &str| {
            let message = Message { number, at_ms: 1, sender: sender.into(), text: text.into() };
            String::from_utf8(of_message(&message)).unwrap()
        };
        let bad = [
            "\0\0\0\0\n".to_owned(),
            "{\"number\":-1}\n".to_owned(),
            "{\"next\":18446744073709551615}\n".to_owned(),
            message(u64::MAX, "bob", "hi"),
            message(1, "bob", "again the first"),
            message(7, "@bob", "no handle"),
            message(7, "bob", "\x1b[2J"),
            message(7, "bob", &"x".repeat(5000)),
        ];
        for bad in bad {
            let text = message(1, "alice", "one") + &bad + &message(2, "alice", "two");
            let read = parse(text.as_bytes(), &Limits::default());
            assert_eq!((numbers(&read), read.is_damaged), (vec![1, 2], true), "{bad:?}");
        }
    }
}

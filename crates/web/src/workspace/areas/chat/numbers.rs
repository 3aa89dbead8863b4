//! Which message of a page of history is which of those that were told.
//!
//! Events carry no numbers, and history does. A session that comes in is told the last messages before it, and
//! everything after it, so that the page tells where its own time begins.

use super::seat::Message;
use crate::workspace::view::Text;

/// Who said what.
pub(super) type Said = (Text, Text);

fn is_same(said: &Said, message: &Message) -> bool {
    said.0 == message.sender && said.1 == message.text
}

/// How many messages at the end of a page were said after those that were told as being from before.
pub(super) fn after_replay(replay: &[Said], page: &[Message]) -> usize {
    if replay.is_empty() {
        return page.len();
    }
    let ends_so = |after: &usize| {
        let before = page.get(..page.len() - after).unwrap_or_default();
        let told = replay.iter().rev().zip(before.iter().rev());
        !before.is_empty() && told.into_iter().all(|(said, message)| is_same(said, message))
    };
    // One that does not fit is of another channel's time, and shifts nothing.
    (0..page.len()).find(ends_so).unwrap_or(0)
}

/// Where in a page what was told begins; the page may end before that does, and that before the page.
pub(super) fn begins_at(told: &[Said], page: &[Message]) -> Option<usize> {
    let fits = |start: &usize| {
        let rest = page.get(*start..).unwrap_or_default();
        rest.iter().zip(told).all(|(message, said)| is_same(said, message))
    };
    // The longest that both have is the likeliest.
    (0..page.len()).find(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(words: &str) -> Vec<Message> {
        let one = |(number, text): (u64, char)| Message {
            number,
            at_ms: 0,
            sender: Text::line("ada"),
            text: Text::line(&text.to_string()),
        };
        (1..).zip(words.chars()).map(one).collect()
    }

    fn said(words: &str) -> Vec<Said> {
        words.chars().map(|text| (Text::line("ada"), Text::line(&text.to_string()))).collect()
    }

    #[test]
    fn what_was_said_while_one_came_in_is_told_and_in_the_page_too() {
        for (replay, all, after) in [
            ("", "", 0),
            ("", "a", 1),
            ("ab", "ab", 0),
            ("bc", "abc", 0),
            ("bc", "abcd", 1),
            ("ab", "abba", 2),
            ("x", "ab", 0),
        ] {
            assert_eq!(after_replay(&said(replay), &page(all)), after, "{replay} in {all}");
        }
    }

    #[test]
    fn what_was_told_after_a_gap_is_found_in_the_page() {
        for (told, all, start) in [
            ("cd", "abcd", Some(2)),
            ("cde", "abcd", Some(2)),
            ("bc", "abcd", Some(1)),
            ("bcd", "abcd", Some(1)),
            ("x", "ab", None),
            ("a", "", None),
        ] {
            assert_eq!(begins_at(&said(told), &page(all)), start, "{told} in {all}");
        }
    }
}

//! Text of a node's, made fit to be shown.

use std::borrow::Cow;

use capos_schema::text::acts;

/// What stands in the place of a character that is not shown.
const REPLACEMENT: char = '\u{fffd}';

/// The text in one line, with nothing in it that a terminal would obey or that would reorder what is read.
///
/// Line ends and tabs become a space, every other character that [`acts`] becomes `U+FFFD`.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    replace(text, |c| match c {
        '\n' | '\t' => Some(' '),
        c if acts(c) => Some(REPLACEMENT),
        _ => None,
    })
}

/// The same, with line ends and tabs left as they are.
#[must_use]
pub fn plain_lines(text: &str) -> Cow<'_, str> {
    replace(text, |c| (acts(c) && !matches!(c, '\n' | '\t')).then_some(REPLACEMENT))
}

/// One plain line of at most `bytes`, its end cut off where it is longer.
pub(crate) fn plain_within(text: &str, bytes: usize) -> String {
    const ELLIPSIS: char = '…';
    // A node's text may be megabytes long: it is cut before it is looked at.
    let kept = plain(prefix(text, bytes)).into_owned();
    if kept.len() <= bytes && kept.len() >= text.len() {
        return kept;
    }
    let mut cut = prefix(&kept, bytes.saturating_sub(ELLIPSIS.len_utf8())).to_owned();
    if cut.len() < kept.len() || kept.len() < text.len() {
        cut.push(ELLIPSIS);
    }
    cut
}

/// The longest beginning of at most `bytes`.
fn prefix(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

fn replace(text: &str, replacement: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    if !text.chars().any(|c| replacement(c).is_some()) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|c| replacement(c).unwrap_or(c)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_replaced() {
        assert_eq!(
            plain("\x1b]52;c;AAAA\x07done\r\n\u{9b}31m\u{202e}x"),
            "\u{fffd}]52;c;AAAA\u{fffd}done\u{fffd} \u{fffd}31m\u{fffd}x"
        );
        assert_eq!(plain_lines("one\n\ttwo\x1b[2J"), "one\n\ttwo\u{fffd}[2J");
        assert!(matches!(plain("Grüße, 世界 👩‍👩‍👧"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_texts_are_cut_where_a_character_ends() {
        assert_eq!(plain_within("abcdef", 6), "abcdef");
        assert_eq!(plain_within("abcdefg", 6), "abc…");
        assert_eq!(plain_within("äöü", 5), "ä…");
        assert_eq!(plain_within("\x01\x02\x03", 6), "\u{fffd}…");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_that_acts_is_left(text in any::<String>(), bytes in 3_usize..64) {
            prop_assert!(!plain(&text).chars().any(acts));
            let cut = plain_within(&text, bytes);
            prop_assert!(cut.len() <= bytes && !cut.chars().any(acts));
        }
    }
}

//! Text that may be shown.

use capos_client::{plain, plain_lines};

/// Text with nothing in it that would act on whoever shows it, or reorder what is read; its length is bounded, and a
/// text that was cut shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct Text(String);

impl Text {
    /// Bytes of a line at most; what is longer is cut.
    const LINE: usize = 4 << 10;
    /// Bytes of a sentence about what happened.
    const SENTENCE: usize = 512;
    /// At the end of what was cut.
    const CUT: char = '…';

    /// The project's own words.
    pub(crate) fn fixed(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// Somebody's words, in one line.
    pub(crate) fn line(words: &str) -> Self {
        Self::within(words, Self::LINE, |words| plain(words).into_owned())
    }

    /// Somebody's words, with their lines, of at most so many bytes.
    pub(crate) fn lines(words: &str, most: usize) -> Self {
        Self::within(words, most, |words| plain_lines(words).into_owned())
    }

    /// Somebody's words about what happened, as a sentence.
    pub(crate) fn sentence(words: &str) -> Self {
        let Self(words) = Self::within(words.trim(), Self::SENTENCE, |words| plain(words).into_owned());
        let mut letters = words.chars();
        let Some(first) = letters.next() else { return Self::fixed("Nothing more is known.") };
        let end = if words.ends_with(['.', '!', '?', Self::CUT]) { "" } else { "." };
        Self(format!("{}{}{end}", first.to_uppercase(), letters.as_str()))
    }

    /// Cut before it is looked at: what is given may be megabytes. What is put for a character may be longer than it, so
    /// it is cut once more.
    fn within(words: &str, most: usize, plain: impl Fn(&str) -> String) -> Self {
        let shown = plain(prefix(words, most));
        if words.len() <= most && shown.len() <= most {
            return Self(shown);
        }
        let mut cut = prefix(&shown, most.saturating_sub(Self::CUT.len_utf8())).to_owned();
        cut.push(Self::CUT);
        Self(cut)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The longest beginning of at most so many bytes.
fn prefix(words: &str, most: usize) -> &str {
    words.get(..words.floor_char_boundary(most)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use capos_schema::text::acts;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_act_or_hide_is_replaced() {
        let hostile = "a\u{1b}[31m\r\n\u{202e}b\u{2066}\u{200b}\u{e0041}\u{feff}\u{7f}\u{9b}c";
        let line = Text::line(hostile);
        assert!(!line.as_str().chars().any(acts), "{line:?}");
        assert!(line.as_str().contains('a') && line.as_str().contains('c'));
        assert_eq!(Text::lines("a\n\tb\u{1b}", 99).as_str(), "a\n\tb\u{fffd}");
    }

    #[test]
    fn markup_stays_what_it_is_which_pages_show_as_text() {
        assert_eq!(Text::line("<script>&amp;").as_str(), "<script>&amp;");
    }

    #[test]
    fn a_text_at_the_bound_is_whole_and_one_past_it_shows_that_it_is_cut() {
        assert_eq!(Text::line(&"x".repeat(4096)).as_str(), "x".repeat(4096));
        assert_eq!(Text::line(&"x".repeat(4097)).as_str(), format!("{}…", "x".repeat(4093)));
        assert_eq!(Text::lines("ab\ncd", 5).as_str(), "ab\ncd");
        assert_eq!(Text::lines("ab\ncde", 5).as_str(), "ab…");
        assert_eq!(Text::line(&"x".repeat(1 << 20)).as_str().len(), 4096);
    }

    #[test]
    fn half_of_a_surrogate_is_no_text_of_anybodys() {
        assert!(serde_json::from_str::<String>(r#""\ud800""#).is_err());
        assert_eq!(Text::line(&String::from_utf8_lossy(b"\xed\xa0\x80")).as_str(), "\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_sentence_begins_and_ends_as_one() {
        assert_eq!(
            Text::sentence("no capability of that name is granted").as_str(),
            "No capability of that name is granted."
        );
        assert_eq!(Text::sentence("Done!").as_str(), "Done!");
        assert_eq!(Text::sentence("").as_str(), "Nothing more is known.");
        assert!(Text::sentence(&"x".repeat(600)).as_str().ends_with("x…"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_that_acts_is_left_and_no_bound_is_passed(words in any::<String>(), most in 3_usize..64) {
            let lines = Text::lines(&words, most);
            prop_assert!(lines.as_str().len() <= most);
            prop_assert!(!lines.as_str().chars().any(|c| acts(c) && !matches!(c, '\n' | '\t')));
            prop_assert!(!Text::line(&words).as_str().chars().any(acts));
        }
    }
}

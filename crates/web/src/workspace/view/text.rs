//! Text that may be shown.

use capos_client::{plain, plain_lines};

/// Text with nothing in it that would act on whoever shows it, or reorder what is read; its length is bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct Text(String);

impl Text {
    /// Bytes of a line at most; what is longer is cut.
    const LINE: usize = 4 << 10;

    /// The project's own words.
    pub(crate) fn fixed(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// Somebody's words, in one line.
    pub(crate) fn line(words: &str) -> Self {
        Self(plain(cut(words, Self::LINE)).into_owned())
    }

    /// Somebody's words, with their lines, of at most so many bytes.
    pub(crate) fn lines(words: &str, most: usize) -> Self {
        Self(plain_lines(cut(words, most)).into_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn cut(words: &str, most: usize) -> &str {
    words.get(..words.floor_char_boundary(most)).unwrap_or_default()
}

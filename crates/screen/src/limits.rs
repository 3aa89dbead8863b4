//! What a screen, a filter and a recording may cost.

/// The bounds of a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lines kept that have left the screen at the top: what people scroll back to, in a session of a day.
    pub scrollback_lines: usize,
    /// Bytes that the kept lines may take, cells counted as they are stored: wide terminals keep fewer lines.
    pub scrollback_bytes: usize,
    /// Combining characters of one place: more than any script needs, and a program can write them for ever.
    pub combining: usize,
    /// Bytes of a title, a hundred times what a window shows.
    pub title_bytes: usize,
    /// Titles that a program has put aside; nobody needs two.
    pub titles: usize,
    /// Bytes of answers to a program's questions that nobody has taken yet.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            scrollback_lines: 10_000,
            scrollback_bytes: 64 << 20,
            combining: 8,
            title_bytes: 1_024,
            titles: 16,
            answer_bytes: 16 << 10,
        }
    }
}

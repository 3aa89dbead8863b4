//! How large a terminal is.

/// Columns and rows, each from 1 to [`Size::MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    columns: u16,
    rows: u16,
}

impl Size {
    /// More than this in a direction is no terminal: a screen costs memory in step with its area.
    pub const MOST: u16 = 1_000;

    /// A size that can be.
    #[must_use]
    pub fn new(columns: u16, rows: u16) -> Option<Self> {
        let possible = 1..=Self::MOST;
        (possible.contains(&columns) && possible.contains(&rows)).then_some(Self { columns, rows })
    }

    /// Reads `80x24`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (columns, rows) = text.split_once('x')?;
        Self::new(columns.parse().ok()?, rows.parse().ok()?)
    }

    /// How many characters fit across.
    #[must_use]
    pub fn columns(self) -> u16 {
        self.columns
    }

    /// How many lines it has.
    #[must_use]
    pub fn rows(self) -> u16 {
        self.rows
    }
}

impl Default for Size {
    fn default() -> Self {
        Self { columns: 80, rows: 24 }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}x{}", self.columns, self.rows)
    }
}

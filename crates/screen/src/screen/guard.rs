//! What stands between the emulation and hostile bytes, and keeps what the emulation does not tell.
//!
//! The emulation has no bound on the characters combined in one place, on titles and on links, and it does not tell its
//! scroll region, its tabulators or its current character set, without which a screen cannot be drawn anew. Every
//! instruction passes here first ([`mod@instructions`]).

mod ear;
mod instructions;

use std::collections::BTreeSet;

use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::term::{Config, Osc52, Term, TermMode};
use alacritty_terminal::vte::ansi::{CharsetIndex, CursorStyle, PrivateMode};

use crate::{Limits, Size};
use ear::Ear;

/// Bytes that one place takes in a line that is kept.
pub(super) const PLACE: usize = size_of::<alacritty_terminal::term::cell::Cell>();
/// Modes that the emulation does not know, but a real terminal does: reversed colours, a form of mouse reports, and
/// what a meta key sends.
const FOREIGN_MODES: [u16; 3] = [5, 1015, 1034];
/// Columns that there are inside at least: two, or a wide character could not be anywhere.
const FEWEST_COLUMNS: u16 = 2;

/// The emulation's own idea of a size.
pub(super) struct Inside(pub(super) Size);

impl Dimensions for Inside {
    fn total_lines(&self) -> usize {
        self.screen_lines()
    }

    fn screen_lines(&self) -> usize {
        self.0.rows().into()
    }

    fn columns(&self) -> usize {
        self.0.columns().max(FEWEST_COLUMNS).into()
    }
}

/// The emulation, guarded.
pub(super) struct Guard {
    pub(super) term: Term<Ear>,
    pub(super) ear: Ear,
    pub(super) title: String,
    pub(super) tabs: Vec<bool>,
    /// The first line that scrolls, and the one after the last.
    pub(super) region: (usize, usize),
    pub(super) charset: CharsetIndex,
    pub(super) cursor_style: Option<CursorStyle>,
    pub(super) foreign_modes: BTreeSet<u16>,
    titles: Vec<String>,
    limits: Limits,
    /// Characters combined since they were last counted.
    combined: usize,
}

impl Guard {
    pub(super) fn new(size: Size, limits: &Limits) -> Self {
        let ear = Ear::new(limits.answer_bytes);
        let config = Config { scrolling_history: history(size, limits), osc52: Osc52::Disabled, ..Config::default() };
        let term = Term::new(config, &Inside(size), ear.clone());
        Self {
            tabs: usual_tabs(term.columns()),
            region: (0, term.screen_lines()),
            term,
            ear,
            title: String::new(),
            charset: CharsetIndex::default(),
            cursor_style: None,
            foreign_modes: BTreeSet::new(),
            titles: Vec::new(),
            limits: limits.clone(),
            combined: 0,
        }
    }

    /// Where lines count from the region's first, a cursor outside of it, as one is that was kept before, has no number:
    /// it is taken to the nearest line that has.
    fn stay_in_region(&mut self) {
        if !self.term.mode().contains(TermMode::ORIGIN) {
            return;
        }
        let line = |row: usize| Line(i32::try_from(row).unwrap_or(i32::MAX));
        let (first, last) = (line(self.region.0), line(self.region.1.saturating_sub(1)));
        let cursor = &mut self.term.grid_mut().cursor;
        let within = cursor.point.line.clamp(first, last);
        if cursor.point.line != within {
            cursor.point.line = within;
            cursor.input_needs_wrap = false;
        }
    }

    pub(super) fn resize(&mut self, size: Size) {
        let before = self.term.columns();
        let alternate = self.is_alternate();
        self.term.resize(Inside(size));
        if !alternate {
            self.term.grid_mut().update_history(history(size, &self.limits));
        }
        for row in 0..i32::from(size.rows()) {
            self.mend(Line(row));
        }
        self.region = (0, self.term.screen_lines());
        if before != self.term.columns() {
            let usual = usual_tabs(self.term.columns());
            self.tabs.truncate(usual.len());
            let missing = usual.iter().skip(self.tabs.len());
            self.tabs.extend(missing);
        }
    }

    pub(super) fn is_alternate(&self) -> bool {
        self.term.mode().contains(TermMode::ALT_SCREEN)
    }

    /// Whether a character of no width may be combined with what is there.
    fn may_combine(&mut self) -> bool {
        let cursor = &self.term.grid().cursor;
        let (line, mut column) = (cursor.point.line, cursor.point.column);
        if !cursor.input_needs_wrap {
            column = Column(column.0.saturating_sub(1));
        }
        let row = &self.term.grid()[line];
        if row[column].flags.contains(Flags::WIDE_CHAR_SPACER) {
            column = Column(column.0.saturating_sub(1));
        }
        let there = row[column].zerowidth().map_or(0, <[char]>::len);
        there < self.limits.combining && self.afford_combined()
    }

    /// A place with combined characters costs several times what another does. Where there are many, the oldest lines
    /// go: they are all that can cost much.
    fn afford_combined(&mut self) -> bool {
        self.combined += 1;
        let most = self.limits.scrollback_bytes / (8 * PLACE);
        if self.combined > most {
            self.combined = self.count_combined();
            if self.combined > most / 2 {
                self.term.grid_mut().clear_history();
                self.combined = 0;
            }
        }
        true
    }

    fn count_combined(&self) -> usize {
        let grid = self.term.grid();
        let lines = grid.topmost_line().0..=grid.bottommost_line().0;
        let cells = lines.flat_map(|line| &grid[Line(line)]);
        cells.filter(|cell| cell.zerowidth().is_some_and(|combined| !combined.is_empty())).count()
    }

    /// A line has no more tabulators than columns; the emulation would count on.
    fn few_tabs(&self, count: u16) -> u16 {
        count.min(u16::try_from(self.term.columns()).unwrap_or(u16::MAX))
    }

    /// Half a wide character is none.
    fn mend(&mut self, line: Line) {
        let row = &mut self.term.grid_mut()[line];
        for column in 0..row.len() {
            let after = column + 1 < row.len() && row[Column(column + 1)].flags.contains(Flags::WIDE_CHAR_SPACER);
            let before = column > 0 && row[Column(column - 1)].flags.contains(Flags::WIDE_CHAR);
            let cell = &row[Column(column)];
            if cell.flags.contains(Flags::WIDE_CHAR) && !after {
                row[Column(column)].clear_wide();
            } else if cell.flags.contains(Flags::WIDE_CHAR_SPACER) && !before {
                row[Column(column)].flags.remove(Flags::WIDE_CHAR_SPACER);
            }
        }
    }

    fn set_foreign_mode(&mut self, mode: PrivateMode, on: bool) {
        let number = mode.raw();
        if FOREIGN_MODES.contains(&number) {
            if on {
                self.foreign_modes.insert(number)
            } else {
                self.foreign_modes.remove(&number)
            };
        }
        if number == 12 {
            self.cursor_style.get_or_insert_default().blinking = on;
        }
    }
}

/// So many lines are kept of this size.
fn history(size: Size, limits: &Limits) -> usize {
    let line = Inside(size).columns() * PLACE + size_of::<alacritty_terminal::grid::Row<()>>();
    limits.scrollback_lines.min(limits.scrollback_bytes / line)
}

pub(super) fn usual_tabs(columns: usize) -> Vec<bool> {
    (0..columns).map(|column| column % 8 == 0).collect()
}

/// Marks that turn the direction of writing: a screen has places, not a direction, and they would shuffle the text of
/// whoever draws it.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

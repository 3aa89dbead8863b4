//! Pictures of a screen, for whoever draws them.

use std::hash::{BuildHasher, Hash, RandomState};

use alacritty_terminal::grid::Row;
use alacritty_terminal::index::Column;
use alacritty_terminal::term::cell::{Cell, Flags};

use crate::{Size, Style};

/// Text of one style.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// What is written, without control characters.
    pub text: String,
    /// How many places it takes.
    pub columns: u16,
    /// How it looks.
    pub style: Style,
}

/// One line, from left to right; what is not said is blank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// Its text.
    pub runs: Vec<Run>,
    /// Whether the next line goes on with it.
    pub wrapped: bool,
}

impl Line {
    pub(crate) fn of(row: &Row<Cell>, columns: u16) -> Self {
        let mut line = Self::default();
        for cell in (0..usize::from(columns).min(row.len())).map(|column| &row[Column(column)]) {
            line.append(cell);
        }
        line.trim();
        line.wrapped = row.len() > 0 && row[Column(row.len() - 1)].flags.contains(Flags::WRAPLINE);
        line
    }

    fn append(&mut self, cell: &Cell) {
        if cell.flags.contains(Flags::WIDE_CHAR_SPACER) {
            return;
        }
        let columns = if cell.flags.contains(Flags::WIDE_CHAR) { 2 } else { 1 };
        let style = Style::of(cell);
        if self.runs.last().is_none_or(|run| run.style != style) {
            self.runs.push(Run { text: String::new(), columns: 0, style });
        }
        if let Some(run) = self.runs.last_mut() {
            run.columns += columns;
            run.text.push(visible(cell));
            run.text.extend(cell.zerowidth().unwrap_or_default());
        }
    }

    /// Blanks of no style at its end say nothing.
    fn trim(&mut self) {
        if let Some(run) = self.runs.last_mut().filter(|run| run.style == Style::default()) {
            let kept = run.text.trim_end_matches(' ').len();
            run.columns -= u16::try_from(run.text.len() - kept).unwrap_or(run.columns);
            run.text.truncate(kept);
        }
        self.runs.pop_if(|run| run.text.is_empty());
    }

    /// Its text alone.
    #[must_use]
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| &*run.text).collect()
    }
}

/// The character of a place. A tabulator leaves its mark in the first place that it passes.
pub(crate) fn visible(cell: &Cell) -> char {
    if cell.c.is_control() { ' ' } else { cell.c }
}

/// How the cursor is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CursorShape {
    /// The whole place.
    #[default]
    Block,
    /// A line below.
    Underline,
    /// A line before.
    Bar,
}

/// What a program wants to hear of a mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mouse {
    /// Nothing.
    #[default]
    None,
    /// Buttons.
    Clicks,
    /// Buttons, and movement while one is down.
    Drags,
    /// Everything.
    Movement,
}

/// What a picture has beside its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// How large the screen is.
    pub size: Size,
    /// Where the cursor is, from the top.
    pub cursor_row: u16,
    /// Where the cursor is, from the left.
    pub cursor_column: u16,
    /// Whether it is drawn.
    pub cursor_visible: bool,
    /// How.
    pub cursor_shape: CursorShape,
    /// What the program calls the terminal, without control characters.
    pub title: String,
    /// How many lines have left the screen at the top and are kept.
    pub scrollback: u32,
    /// Whether it is the screen of a program that has no scrollback.
    pub alternate: bool,
    /// Whether arrow keys are to be sent as applications want them.
    pub application_cursor: bool,
    /// Whether the number pad is.
    pub application_keypad: bool,
    /// Whether what is pasted is to be marked as such.
    pub bracketed_paste: bool,
    /// What to send of a mouse.
    pub mouse: Mouse,
    /// Whether in the newer form.
    pub mouse_sgr: bool,
    /// Whether to say that the window has the focus.
    pub focus_events: bool,
    /// How often it has rung since it began.
    pub(crate) rung: u64,
}

/// A picture, or what has changed since the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Counts the frames of one [`Eye`], from 1.
    pub sequence: u64,
    /// Whether it is a whole picture: then nothing of the one before counts.
    pub full: bool,
    /// By how many lines the picture moved up first.
    pub scrolled: u16,
    /// Lines that differ from then on, or all, by their place from the top.
    pub lines: Vec<(u16, Line)>,
    /// How often it rang since the frame before.
    pub bells: u32,
    /// All else.
    pub status: Status,
}

/// What somebody who looks at a screen has seen of it.
#[derive(Debug, Default)]
pub struct Eye {
    hashing: RandomState,
    sequence: u64,
    status: Status,
    lines: Vec<u64>,
}

impl Eye {
    /// What this eye has not seen of a picture; nothing where it has seen everything.
    pub(crate) fn look(&mut self, status: Status, lines: Vec<Line>) -> Option<Frame> {
        let hashes: Vec<u64> = lines.iter().map(|line| self.hashing.hash_one(line)).collect();
        let full = self.sequence == 0 || self.status.size != status.size;
        if !full && self.status == status && self.lines == hashes {
            return None;
        }
        let scrolled = if full { 0 } else { moved_up(&self.lines, &hashes) };
        let before = |row: usize| (!full).then(|| self.lines.get(row + scrolled).copied()).flatten();
        let fresh = lines.into_iter().enumerate().filter(|(row, _)| before(*row) != hashes.get(*row).copied());
        let lines = fresh.filter_map(|(row, line)| Some((u16::try_from(row).ok()?, line))).collect();
        let bells = u32::try_from(status.rung - self.status.rung).unwrap_or(u32::MAX);
        self.sequence += 1;
        (self.status, self.lines) = (status.clone(), hashes);
        let scrolled = u16::try_from(scrolled).unwrap_or(0);
        Some(Frame { sequence: self.sequence, full, scrolled, lines, bells, status })
    }
}

/// By how many lines `now` is `before` moved up, so that the fewest lines have to be said again.
fn moved_up(before: &[u64], now: &[u64]) -> usize {
    let alike = |by: usize| before.iter().skip(by).zip(now).filter(|(old, new)| old == new).count();
    let standing = alike(0);
    // Few lines are sooner said than found elsewhere.
    if now.len() - standing.min(now.len()) < 3 {
        return 0;
    }
    let best = (1..now.len()).map(|by| (alike(by), by)).max_by_key(|(count, by)| (*count, usize::MAX - by));
    best.filter(|(count, _)| *count > standing).map_or(0, |(_, by)| by)
}

//! What stands between the emulation and hostile bytes, and keeps what the emulation does not tell.
//!
//! The emulation has no bound on the characters combined in one place, on titles and on links, and it does not tell its
//! scroll region, its tabulators or its current character set, without which a screen cannot be drawn anew. Every
//! instruction passes here first.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use alacritty_terminal::event::{Event, EventListener};
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::term::{Config, Osc52, Term, TermMode};
use alacritty_terminal::vte::ansi::{
    Attr, CharsetIndex, ClearMode, CursorShape, CursorStyle, Handler, LineClearMode, Mode, NamedPrivateMode,
    PrivateMode, StandardCharset, TabulationClearMode,
};
use unicode_width::UnicodeWidthChar;

use crate::{Limits, Size};

/// Bytes that one place takes in a line that is kept.
pub(super) const PLACE: usize = size_of::<alacritty_terminal::term::cell::Cell>();
/// Modes that the emulation does not know, but a real terminal does: reversed colours, a form of mouse reports, and
/// what a meta key sends.
const FOREIGN_MODES: [u16; 3] = [5, 1015, 1034];
/// Columns that there are inside at least: two, or a wide character could not be anywhere.
const FEWEST_COLUMNS: u16 = 2;

/// What the emulation says on its own.
#[derive(Clone, Debug)]
pub(super) struct Ear(Arc<Mutex<Heard>>);

#[derive(Debug)]
struct Heard {
    answers: Vec<u8>,
    most: usize,
    rung: u64,
}

impl Ear {
    fn with<T>(&self, look: impl FnOnce(&mut Heard) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn rung(&self) -> u64 {
        self.with(|heard| heard.rung)
    }

    pub(super) fn take_answers(&self) -> Vec<u8> {
        self.with(|heard| std::mem::take(&mut heard.answers))
    }
}

impl EventListener for Ear {
    fn send_event(&self, event: Event) {
        self.with(|heard| match event {
            Event::PtyWrite(text) if heard.answers.len() + text.len() <= heard.most => {
                heard.answers.extend_from_slice(text.as_bytes());
            }
            Event::Bell => heard.rung += 1,
            _ => {}
        });
    }
}

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
        let heard = Heard { answers: Vec::new(), most: limits.answer_bytes, rung: 0 };
        let ear = Ear(Arc::new(Mutex::new(heard)));
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

/// Instructions that need no guarding.
macro_rules! handed_on {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $name(&mut self, $($argument: $kind),*) { Handler::$name(&mut self.term, $($argument),*); })*
    };
}

/// Instructions that can take one half of a wide character away, and leave the emulation with the other.
macro_rules! mended {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $name(&mut self, $($argument: $kind),*) {
            Handler::$name(&mut self.term, $($argument),*);
            self.mend(self.term.grid().cursor.point.line);
        })*
    };
}

/// What is not here does nothing: colours of the palette, the clipboard, links, keyboards' dialects.
impl Handler for Guard {
    handed_on! {
        goto(line: i32, column: usize);
        goto_line(line: i32);
        goto_col(column: usize);
        move_up(count: usize);
        move_down(count: usize);
        identify_terminal(intermediate: Option<char>);
        device_status(question: usize);
        move_forward(count: usize);
        move_backward(count: usize);
        move_down_and_cr(count: usize);
        move_up_and_cr(count: usize);
        backspace();
        carriage_return();
        linefeed();
        bell();
        newline();
        scroll_up(count: usize);
        scroll_down(count: usize);
        insert_blank_lines(count: usize);
        delete_lines(count: usize);
        save_cursor_position();
        reverse_index();
        terminal_attribute(attribute: Attr);
        set_mode(mode: Mode);
        unset_mode(mode: Mode);
        report_mode(mode: Mode);
        report_private_mode(mode: PrivateMode);
        set_keypad_application_mode();
        unset_keypad_application_mode();
        configure_charset(index: CharsetIndex, charset: StandardCharset);
        decaln();
        text_area_size_chars();
    }

    mended! {
        insert_blank(count: usize);
        erase_chars(count: usize);
        delete_chars(count: usize);
        clear_line(mode: LineClearMode);
    }

    fn input(&mut self, c: char) {
        match c.width() {
            Some(0) if turns_direction(c) || !self.may_combine() => {}
            _ => self.term.input(c),
        }
        if self.term.mode().contains(TermMode::INSERT) {
            self.mend(self.term.grid().cursor.point.line);
        }
    }

    fn clear_screen(&mut self, mode: ClearMode) {
        // The emulation leaves the first line where the cursor is in the second.
        if matches!(mode, ClearMode::Above) && self.term.grid().cursor.point.line == 1 {
            self.term.grid_mut().reset_region(..Line(1));
        }
        self.term.clear_screen(mode);
        self.mend(self.term.grid().cursor.point.line);
    }

    fn set_title(&mut self, title: Option<String>) {
        self.title = clean_title(&title.unwrap_or_default(), self.limits.title_bytes);
    }

    fn push_title(&mut self) {
        if self.titles.len() >= self.limits.titles {
            self.titles.remove(0);
        }
        self.titles.push(self.title.clone());
    }

    fn pop_title(&mut self) {
        if let Some(title) = self.titles.pop() {
            self.title = title;
        }
    }

    fn put_tab(&mut self, count: u16) {
        self.term.put_tab(self.few_tabs(count));
    }

    fn move_forward_tabs(&mut self, count: u16) {
        self.term.move_forward_tabs(self.few_tabs(count));
    }

    fn move_backward_tabs(&mut self, count: u16) {
        self.term.move_backward_tabs(self.few_tabs(count));
        // The emulation forgets this: the next character would go to the next line from wherever the cursor came.
        self.term.grid_mut().cursor.input_needs_wrap = false;
    }

    fn set_horizontal_tabstop(&mut self) {
        if let Some(tab) = self.tabs.get_mut(self.term.grid().cursor.point.column.0) {
            *tab = true;
        }
        self.term.set_horizontal_tabstop();
    }

    fn clear_tabs(&mut self, mode: TabulationClearMode) {
        match mode {
            TabulationClearMode::All => self.tabs.fill(false),
            TabulationClearMode::Current => {
                if let Some(tab) = self.tabs.get_mut(self.term.grid().cursor.point.column.0) {
                    *tab = false;
                }
            }
        }
        self.term.clear_tabs(mode);
    }

    fn set_scrolling_region(&mut self, top: usize, bottom: Option<usize>) {
        let rows = self.term.screen_lines();
        let bottom = bottom.unwrap_or(rows).min(rows);
        if top < bottom && top > 0 {
            self.region = (top - 1, bottom);
            self.term.set_scrolling_region(top, Some(bottom));
        }
    }

    fn set_active_charset(&mut self, index: CharsetIndex) {
        self.charset = index;
        self.term.set_active_charset(index);
    }

    fn set_cursor_style(&mut self, style: Option<CursorStyle>) {
        self.cursor_style = style;
        self.term.set_cursor_style(style);
    }

    fn set_cursor_shape(&mut self, shape: CursorShape) {
        self.cursor_style.get_or_insert_default().shape = shape;
        self.term.set_cursor_shape(shape);
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
        self.set_foreign_mode(mode, true);
        match mode.raw() {
            // Older forms of the same.
            47 | 1047 => self.term.set_private_mode(NamedPrivateMode::SwapScreenAndSetRestoreCursor.into()),
            1048 => self.term.save_cursor_position(),
            66 => self.term.set_keypad_application_mode(),
            _ => self.term.set_private_mode(mode),
        }
        self.stay_in_region();
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        self.set_foreign_mode(mode, false);
        match mode.raw() {
            47 | 1047 => self.term.unset_private_mode(NamedPrivateMode::SwapScreenAndSetRestoreCursor.into()),
            1048 => self.restore_cursor_position(),
            66 => self.term.unset_keypad_application_mode(),
            _ => self.term.unset_private_mode(mode),
        }
        self.stay_in_region();
    }

    fn restore_cursor_position(&mut self) {
        self.term.restore_cursor_position();
        self.stay_in_region();
    }

    fn reset_state(&mut self) {
        self.term.reset_state();
        self.title.clear();
        self.titles.clear();
        self.tabs = usual_tabs(self.term.columns());
        self.region = (0, self.term.screen_lines());
        self.charset = CharsetIndex::default();
        self.cursor_style = None;
        self.foreign_modes.clear();
    }
}

/// A title as it may be shown: no control characters, none that turn its direction, and not too long.
fn clean_title(title: &str, most: usize) -> String {
    let mut clean: String = title.chars().filter(|c| !c.is_control() && !turns_direction(*c)).collect();
    clean.truncate(clean.floor_char_boundary(most));
    clean
}

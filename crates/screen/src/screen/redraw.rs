//! A screen as bytes that draw it on a terminal that was reset.

use alacritty_terminal::Grid;
use alacritty_terminal::grid::{Cursor, Dimensions, Row};
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::TermMode;
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::vte::ansi::{CharsetIndex, CursorShape, StandardCharset};

use super::guard::{Guard, usual_tabs};
use crate::frame::visible;
use crate::style::select;

const PLAIN: &str = "\x1b[0m";
const SETS: [(CharsetIndex, char); 2] = [(CharsetIndex::G0, '('), (CharsetIndex::G1, ')')];

pub(super) fn redraw(guard: &mut Guard, scrollback: usize) -> Vec<u8> {
    let mut out = String::new();
    if guard.is_alternate() {
        hidden(guard, scrollback, &mut out);
        lines(guard.term.grid(), 0, &mut out);
    } else {
        lines(guard.term.grid(), scrollback, &mut out);
    }
    surroundings(guard, &mut out);
    kept_cursor(guard.term.grid(), &mut out);
    modes(guard, &mut out);
    let grid = guard.term.grid();
    let origin = if guard.term.mode().contains(TermMode::ORIGIN) { guard.region.0 } else { 0 };
    place(grid, &grid.cursor, origin, &mut out);
    charsets(&grid.cursor, &mut out);
    if guard.charset == CharsetIndex::G1 {
        out.push('\x0e');
    }
    if guard.term.mode().contains(TermMode::INSERT) {
        out.push_str("\x1b[4h");
    }
    if !guard.term.mode().contains(TermMode::LINE_WRAP) {
        out.push_str("\x1b[?7l");
    }
    out.into_bytes()
}

/// The screen that the alternate one hides, and the change to that one. To look at it, it is made the current one for a
/// moment.
fn hidden(guard: &mut Guard, scrollback: usize, out: &mut String) {
    let shown = guard.term.grid().clone();
    guard.term.swap_alt();
    let grid = guard.term.grid();
    lines(grid, scrollback, out);
    place(grid, &grid.cursor, 0, out);
    guard.term.swap_alt();
    *guard.term.grid_mut() = shown;
    out.push_str("\x1b[?1049h\x1b[0m\x1b[2J\x1b[H");
}

/// Lines from so many above the screen to its end. What goes on in the next line is written on, so that a terminal of
/// another width breaks it anew.
fn lines(grid: &Grid<Cell>, scrollback: usize, out: &mut String) {
    let above = i32::try_from(scrollback.min(grid.history_size())).unwrap_or(0);
    let last = grid.bottommost_line().0;
    let mut goes_on = false;
    for number in -above..=last {
        let row = &grid[Line(number)];
        if goes_on {
            // The break happens here, in no colour: a line that comes in is filled with the colour of the moment.
            out.push_str(" \r");
        } else if number > -above {
            out.push_str("\r\n");
        }
        goes_on = number < last && row[grid.last_column()].flags.contains(Flags::WRAPLINE);
        line(row, goes_on, out);
    }
}

/// One line, up to where there are only blanks, or to its end. It leaves no style.
fn line(row: &Row<Cell>, whole: bool, out: &mut String) {
    let blank = |column: &usize| is_blank(&row[Column(*column)]);
    let end = if whole { row.len() } else { row.len() - (0..row.len()).rev().take_while(blank).count() };
    let mut plain = true;
    let mut before: Option<&Cell> = None;
    for cell in (0..end).map(|column| &row[Column(column)]) {
        if cell.flags.contains(Flags::WIDE_CHAR_SPACER) {
            continue;
        }
        if before.is_none_or(|before| !looks_alike(before, cell)) && !(plain && is_plain(cell)) {
            out.push_str(&select(cell));
            plain = is_plain(cell);
        }
        character(cell, out);
        before = Some(cell);
    }
    if !plain {
        out.push_str(PLAIN);
    }
}

fn character(cell: &Cell, out: &mut String) {
    out.push(visible(cell));
    out.extend(cell.zerowidth().unwrap_or_default());
}

fn style_flags(cell: &Cell) -> Flags {
    let places = Flags::WRAPLINE | Flags::WIDE_CHAR | Flags::WIDE_CHAR_SPACER | Flags::LEADING_WIDE_CHAR_SPACER;
    cell.flags.difference(places)
}

fn looks_alike(one: &Cell, other: &Cell) -> bool {
    (one.fg, one.bg, style_flags(one), one.underline_color())
        == (other.fg, other.bg, style_flags(other), other.underline_color())
}

fn is_plain(cell: &Cell) -> bool {
    looks_alike(cell, &Cell::default())
}

fn is_blank(cell: &Cell) -> bool {
    is_plain(cell)
        && visible(cell) == ' '
        && cell.zerowidth().is_none_or(<[char]>::is_empty)
        && !cell.flags.intersects(Flags::WIDE_CHAR | Flags::WIDE_CHAR_SPACER)
}

/// The title, the tabulators, the cursor's form.
fn surroundings(guard: &Guard, out: &mut String) {
    if !guard.title.is_empty() {
        out.push_str(&format!("\x1b]2;{}\x07", guard.title));
    }
    if guard.tabs != usual_tabs(guard.tabs.len()) {
        out.push_str("\x1b[3g");
        let set = guard.tabs.iter().enumerate().filter(|(_, set)| **set);
        out.extend(set.map(|(column, _)| format!("\x1b[{}G\x1bH", column + 1)));
    }
    if let Some(style) = guard.cursor_style {
        let steady = match style.shape {
            CursorShape::Underline => 4,
            CursorShape::Beam => 6,
            _ => 2,
        };
        out.push_str(&format!("\x1b[{} q", steady - u8::from(style.blinking)));
    }
}

/// The cursor that the program has put aside.
fn kept_cursor(grid: &Grid<Cell>, out: &mut String) {
    if grid.saved_cursor == Cursor::default() {
        return;
    }
    place(grid, &grid.saved_cursor, 0, out);
    charsets(&grid.saved_cursor, out);
    out.push_str("\x1b7\x1b(B\x1b)B\x1b[0m");
}

/// Puts the cursor where it is, in the style it writes in. Where the next character goes to the next line, the last
/// one of this line is written again.
fn place(grid: &Grid<Cell>, cursor: &Cursor<Cell>, origin: usize, out: &mut String) {
    let row = usize::try_from(cursor.point.line.0).unwrap_or(0).min(grid.screen_lines() - 1);
    let column = cursor.point.column.0.min(grid.columns() - 1);
    let there = &grid[Line(i32::try_from(row).unwrap_or(0))];
    let wide = column > 0 && there[Column(column)].flags.contains(Flags::WIDE_CHAR_SPACER);
    let start = column - usize::from(wide && cursor.input_needs_wrap);
    out.push_str(&format!("\x1b[{};{}H", row.saturating_sub(origin) + 1, start + 1));
    if cursor.input_needs_wrap {
        let last = &there[Column(start)];
        out.push_str(&select(last));
        character(last, out);
    }
    out.push_str(&select(&cursor.template));
}

fn charsets(cursor: &Cursor<Cell>, out: &mut String) {
    let drawn = SETS.iter().filter(|(set, _)| cursor.charsets[*set] == StandardCharset::SpecialCharacterAndLineDrawing);
    out.extend(drawn.map(|(_, name)| format!("\x1b{name}0")));
}

/// The scroll region and the modes, but for those that change where a character goes: they come after the cursor.
fn modes(guard: &Guard, out: &mut String) {
    let mode = *guard.term.mode();
    let set = [
        (TermMode::APP_CURSOR, "\x1b[?1h"),
        (TermMode::APP_KEYPAD, "\x1b="),
        (TermMode::MOUSE_REPORT_CLICK, "\x1b[?1000h"),
        (TermMode::MOUSE_DRAG, "\x1b[?1002h"),
        (TermMode::MOUSE_MOTION, "\x1b[?1003h"),
        (TermMode::UTF8_MOUSE, "\x1b[?1005h"),
        (TermMode::SGR_MOUSE, "\x1b[?1006h"),
        (TermMode::FOCUS_IN_OUT, "\x1b[?1004h"),
        (TermMode::BRACKETED_PASTE, "\x1b[?2004h"),
        (TermMode::LINE_FEED_NEW_LINE, "\x1b[20h"),
    ];
    out.extend(set.iter().filter(|(flag, _)| mode.contains(*flag)).map(|(_, text)| *text));
    let unset = [(TermMode::SHOW_CURSOR, "\x1b[?25l"), (TermMode::ALTERNATE_SCROLL, "\x1b[?1007l")];
    out.extend(unset.iter().filter(|(flag, _)| !mode.contains(*flag)).map(|(_, text)| *text));
    out.extend(guard.foreign_modes.iter().map(|number| format!("\x1b[?{number}h")));
    if guard.region != (0, guard.term.screen_lines()) {
        out.push_str(&format!("\x1b[{};{}r", guard.region.0 + 1, guard.region.1));
    }
    if mode.contains(TermMode::ORIGIN) {
        out.push_str("\x1b[?6h");
    }
}

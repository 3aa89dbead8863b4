//! Terminals in the words of the contract.

use capos_schema::terminals_capnp::{
    self as contract, MouseTracking, screen_frame, screen_line, terminal_info, terminal_size,
};
use capos_screen::{CursorShape, Frame, Line, Mouse, Size};

use super::terminal::Terminal;
use crate::commands::{code, signal};

/// Bytes that a run takes beside its text.
const RUN: usize = 48;

pub(super) fn size(size: Size, mut told: terminal_size::Builder<'_>) {
    told.set_columns(size.columns());
    told.set_rows(size.rows());
}

pub(super) fn info(terminal: &Terminal, mut told: terminal_info::Builder<'_>) {
    told.set_id(terminal.opened.id);
    told.set_title(terminal.title());
    told.set_command(&*terminal.opened.command);
    size(terminal.screen.borrow().size(), told.reborrow().init_size());
    told.set_running(terminal.exit().is_none());
    if let Some(exit) = terminal.exit() {
        told.set_exit_code(code(exit));
        told.set_signal(&*signal(exit));
    }
    told.set_started_at_ms(terminal.opened.started_at_ms);
    told.set_viewers(u32::try_from(terminal.viewers.get()).unwrap_or(u32::MAX));
    told.set_recorded(terminal.is_recorded());
    told.set_pid(terminal.tree.pid());
}

pub(super) fn frame(frame: &Frame, sequence: u64, title: &str, mut told: screen_frame::Builder<'_>) {
    let status = &frame.status;
    told.set_sequence(sequence);
    told.set_full(frame.full);
    told.set_scrolled(frame.scrolled.into());
    size(status.size, told.reborrow().init_size());
    told.set_cursor_row(status.cursor_row);
    told.set_cursor_column(status.cursor_column);
    told.set_cursor_visible(status.cursor_visible);
    told.set_cursor_shape(shape(status.cursor_shape));
    told.set_title(title);
    told.set_bells(frame.bells);
    told.set_scrollback(status.scrollback);
    told.set_alternate(status.alternate);
    told.set_application_cursor(status.application_cursor);
    told.set_application_keypad(status.application_keypad);
    told.set_bracketed_paste(status.bracketed_paste);
    told.set_mouse(mouse(status.mouse));
    told.set_mouse_sgr(status.mouse_sgr);
    told.set_focus_events(status.focus_events);
    let mut lines = told.init_lines(count(frame.lines.len()));
    for (index, (row, shown)) in (0..).zip(&frame.lines) {
        line(shown, (*row).into(), lines.reborrow().get(index));
    }
}

pub(super) fn line(shown: &Line, row: u32, mut told: screen_line::Builder<'_>) {
    told.set_row(row);
    told.set_wrapped(shown.wrapped);
    let mut runs = told.init_runs(count(shown.runs.len()));
    for (index, run) in (0..).zip(&shown.runs) {
        let mut told = runs.reborrow().get(index);
        told.set_text(&*run.text);
        told.set_columns(run.columns);
        told.set_foreground(run.style.foreground.code());
        told.set_background(run.style.background.code());
        told.set_attributes(run.style.attributes);
    }
}

/// Bytes that a line takes in a message, or a little more.
pub(super) fn cost(line: &Line) -> usize {
    line.runs.iter().map(|run| run.text.len() + RUN).sum::<usize>() + RUN
}

fn shape(shape: CursorShape) -> contract::CursorShape {
    match shape {
        CursorShape::Block => contract::CursorShape::Block,
        CursorShape::Underline => contract::CursorShape::Underline,
        CursorShape::Bar => contract::CursorShape::Bar,
    }
}

fn mouse(mouse: Mouse) -> MouseTracking {
    match mouse {
        Mouse::None => MouseTracking::None,
        Mouse::Clicks => MouseTracking::Clicks,
        Mouse::Drags => MouseTracking::Drags,
        Mouse::Movement => MouseTracking::Movement,
    }
}

pub(super) fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

//! What a service says of a screen, proven, and in pieces that a page can put into a grid.

use capos_schema::terminals_capnp::{self as contract, MouseTracking, screen_frame, screen_line};
use capos_schema::text::acts;
use unicode_width::UnicodeWidthChar as _;

use super::limits::TerminalLimits;
use super::screen::{Cursor, CursorShape, FrameView, LineView, Modes, Mouse, PlacedLine, RunView, Status};
use crate::workspace::view::Text;

/// Runs that a line may have however many rows there are.
const FEWEST_RUNS: usize = 32;
/// Letters of one place: a base and what is put over it.
const LETTERS: usize = 9;
/// Lines above a screen that a page makes room for: more than any service keeps.
const MOST_ABOVE: u32 = 1_000_000;

/// Text of one look, as somebody else gives it.
pub(in crate::workspace::areas) struct Piece<'a> {
    pub(in crate::workspace::areas) text: &'a str,
    pub(in crate::workspace::areas) columns: u16,
    pub(in crate::workspace::areas) foreground: u32,
    pub(in crate::workspace::areas) background: u32,
    pub(in crate::workspace::areas) attributes: u16,
}

impl Piece<'_> {
    fn run(&self, text: &str, columns: Option<u16>) -> RunView {
        let (foreground, background) = (colour(self.foreground), colour(self.background));
        RunView {
            text: Text::line(text),
            columns,
            foreground,
            background,
            attributes: u32::from(self.attributes & 511),
        }
    }
}

/// A colour is one of the viewer's, one of 256, or a very one.
fn colour(code: u32) -> u32 {
    match code >> 24 {
        1 if code & 0x00ff_ff00 == 0 => code,
        2 => code,
        _ => 0,
    }
}

/// How letters come to stand in a grid.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// As wide as any letter of the font.
    Plain,
    /// As wide as each other, in a font that has them.
    Even,
    /// Whatever the font makes of it: it is given its places alone.
    Alone,
}

fn fit(c: char, width: usize) -> Fit {
    match c {
        _ if width != 1 => Fit::Alone,
        ' '..='~' | '\u{a1}'..='\u{17f}' => Fit::Plain,
        '\u{370}'..='\u{52f}' | '\u{2500}'..='\u{259f}' => Fit::Even,
        _ => Fit::Alone,
    }
}

/// One place or two, and what is written there.
struct Cluster {
    text: String,
    columns: u16,
    fit: Fit,
}

/// A text by its places. What acts on whoever shows it has none.
fn clusters(text: &str, most: usize) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for c in text.chars().filter(|c| !acts(*c)).take(most) {
        let width = c.width().unwrap_or(0);
        match clusters.last_mut() {
            Some(before) if width == 0 => {
                before.text.push(c);
                before.fit = Fit::Alone;
            }
            _ if width == 0 => {}
            _ => {
                let columns = u16::try_from(width).unwrap_or(1);
                clusters.push(Cluster { text: c.to_string(), columns, fit: fit(c, width) });
            }
        }
    }
    clusters
}

/// A line that has no more places than `columns`, in no more pieces than `most`.
pub(in crate::workspace::areas) fn line<'a>(
    pieces: impl Iterator<Item = Piece<'a>>,
    wrapped: bool,
    columns: u16,
    most: usize,
) -> LineView {
    let (mut runs, mut left) = (Vec::new(), columns);
    for piece in pieces {
        if left == 0 || runs.len() >= most {
            break;
        }
        let taken = piece.columns.min(left);
        left -= taken;
        split(&piece, taken, most, &mut runs);
    }
    LineView { runs, wrapped }
}

fn split(piece: &Piece<'_>, columns: u16, most: usize, runs: &mut Vec<RunView>) {
    let clusters = clusters(piece.text, usize::from(columns) * LETTERS);
    let sum: usize = clusters.iter().map(|cluster| usize::from(cluster.columns)).sum();
    let groups: Vec<&[Cluster]> = clusters.chunk_by(|a, b| a.fit == b.fit && a.fit != Fit::Alone).collect();
    if sum != usize::from(columns) || runs.len() + groups.len() > most {
        let text: String = clusters.into_iter().map(|cluster| cluster.text).collect();
        runs.push(piece.run(&text, Some(columns)));
        return;
    }
    for group in groups {
        let text: String = group.iter().map(|cluster| cluster.text.as_str()).collect();
        let places = group.iter().map(|cluster| cluster.columns).sum();
        let is_plain = group.first().is_some_and(|first| first.fit == Fit::Plain);
        runs.push(piece.run(&text, (!is_plain).then_some(places)));
    }
}

/// Pieces of one line, where a screen has so many rows.
pub(in crate::workspace::areas) fn most_runs(rows: u16, limits: &TerminalLimits) -> usize {
    (limits.runs / usize::from(rows.max(1))).max(FEWEST_RUNS)
}

/// One line of a screen or of what has left it.
pub(super) fn read_line(said: screen_line::Reader<'_>, columns: u16, most: usize) -> Result<LineView, capnp::Error> {
    let mut pieces = Vec::new();
    for run in said.get_runs()?.iter().take(columns.into()) {
        pieces.push(Piece {
            text: run.get_text()?.to_str()?,
            columns: run.get_columns(),
            foreground: run.get_foreground(),
            background: run.get_background(),
            attributes: run.get_attributes(),
        });
    }
    Ok(line(pieces.into_iter(), said.get_wrapped(), columns, most))
}

/// A picture, or what has changed since the one before. More than may be shown is left out at the right and below.
pub(super) fn read_frame(said: screen_frame::Reader<'_>, limits: &TerminalLimits) -> Result<FrameView, capnp::Error> {
    let size = said.get_size()?;
    let columns = size.get_columns().clamp(1, limits.columns);
    let rows = size.get_rows().clamp(1, limits.rows);
    let most = most_runs(rows, limits);
    let mut lines = Vec::new();
    for shown in said.get_lines()?.iter().take(rows.into()) {
        if let Some(row) = u16::try_from(shown.get_row()).ok().filter(|row| *row < rows) {
            lines.push(PlacedLine { row, line: read_line(shown, columns, most)? });
        }
    }
    Ok(FrameView {
        full: said.get_full(),
        scrolled: u16::try_from(said.get_scrolled()).unwrap_or(rows).min(rows),
        bells: said.get_bells().min(1),
        status: status(said, columns, rows)?,
        lines,
    })
}

/// A picture of a screen that is here. More than may be shown is left out, as of a service's.
pub(in crate::workspace::areas) fn frame_of(frame: &capos_screen::Frame, limits: &TerminalLimits) -> FrameView {
    let size = frame.status.size;
    let (columns, rows) = (size.columns().min(limits.columns), size.rows().min(limits.rows));
    let most = most_runs(rows, limits);
    let shown = |shown: &capos_screen::Line| {
        let pieces = shown.runs.iter().map(|run| Piece {
            text: &run.text,
            columns: run.columns,
            foreground: run.style.foreground.code(),
            background: run.style.background.code(),
            attributes: run.style.attributes,
        });
        line(pieces, shown.wrapped, columns, most)
    };
    let lines = frame.lines.iter().filter(|(row, _)| *row < rows);
    FrameView {
        full: frame.full,
        scrolled: frame.scrolled.min(rows),
        bells: frame.bells.min(1),
        status: status_of(&frame.status, columns, rows),
        lines: lines.map(|(row, line)| PlacedLine { row: *row, line: shown(line) }).collect(),
    }
}

fn status_of(status: &capos_screen::Status, columns: u16, rows: u16) -> Status {
    Status {
        columns,
        rows,
        scrollback: 0,
        title: Text::line(&status.title),
        cursor: Cursor {
            row: status.cursor_row.min(rows - 1),
            column: status.cursor_column.min(columns - 1),
            visible: status.cursor_visible,
            shape: match status.cursor_shape {
                capos_screen::CursorShape::Underline => CursorShape::Underline,
                capos_screen::CursorShape::Bar => CursorShape::Bar,
                capos_screen::CursorShape::Block => CursorShape::Block,
            },
        },
        // Nothing is typed into what is over.
        modes: Modes {
            alternate: status.alternate,
            application_cursor: false,
            application_keypad: false,
            bracketed_paste: false,
            mouse: Mouse::None,
            mouse_sgr: false,
            focus_events: false,
        },
    }
}

fn status(said: screen_frame::Reader<'_>, columns: u16, rows: u16) -> Result<Status, capnp::Error> {
    Ok(Status {
        columns,
        rows,
        scrollback: said.get_scrollback().min(MOST_ABOVE),
        title: Text::line(said.get_title()?.to_str()?),
        cursor: Cursor {
            row: said.get_cursor_row().min(rows - 1),
            column: said.get_cursor_column().min(columns - 1),
            visible: said.get_cursor_visible(),
            shape: match said.get_cursor_shape() {
                Ok(contract::CursorShape::Underline) => CursorShape::Underline,
                Ok(contract::CursorShape::Bar) => CursorShape::Bar,
                _ => CursorShape::Block,
            },
        },
        modes: Modes {
            alternate: said.get_alternate(),
            application_cursor: said.get_application_cursor(),
            application_keypad: said.get_application_keypad(),
            bracketed_paste: said.get_bracketed_paste(),
            mouse: match said.get_mouse() {
                Ok(MouseTracking::Clicks) => Mouse::Clicks,
                Ok(MouseTracking::Drags) => Mouse::Drags,
                Ok(MouseTracking::Movement) => Mouse::Movement,
                _ => Mouse::None,
            },
            mouse_sgr: said.get_mouse_sgr(),
            focus_events: said.get_focus_events(),
        },
    })
}

#[cfg(test)]
mod tests;

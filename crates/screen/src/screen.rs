//! What a terminal shows, from the bytes that a program wrote.

mod guard;
mod redraw;

use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::Line as At;
use alacritty_terminal::term::TermMode;
use alacritty_terminal::vte::ansi::{self, Processor, Timeout};

use crate::frame::{CursorShape, Eye, Frame, Line, Mouse, Status};
use crate::safe::{Filter, Policy};
use crate::{Limits, Size};
use guard::Guard;

/// A terminal's screen, with the lines that have left it at the top.
///
/// It understands what [`safe`](crate::safe) lets pass and nothing else, so that it shows what a person's terminal would.
pub struct Screen {
    size: Size,
    filter: Filter,
    parser: Processor<Never>,
    guard: Guard,
    /// What passed the filter last, kept for its memory.
    passed: Vec<u8>,
}

/// An update that is to be shown at once is parsed at once: whoever looks gets frames of whole reads anyway, and the
/// emulation would keep megabytes back until somebody comes with a clock.
#[derive(Default)]
struct Never;

impl Timeout for Never {
    fn set_timeout(&mut self, _: std::time::Duration) {}

    fn clear_timeout(&mut self) {}

    fn pending_timeout(&self) -> bool {
        false
    }
}

impl Screen {
    /// An empty one.
    #[must_use]
    pub fn new(size: Size, limits: &Limits) -> Self {
        Self {
            size,
            filter: Filter::new(Policy::default()),
            parser: Processor::new(),
            guard: Guard::new(size, limits),
            passed: Vec::new(),
        }
    }

    /// The program wrote this.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.passed.clear();
        self.filter.pass(bytes, &mut self.passed);
        self.parser.advance(&mut self.guard, &self.passed);
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Makes it another size. Lines that went on below are joined and broken anew, but for those of the alternate
    /// screen, whose program draws them again.
    pub fn resize(&mut self, size: Size) {
        if size != self.size {
            self.size = size;
            self.guard.resize(size);
        }
    }

    /// What a terminal would have answered to the program's questions since this was last asked. It is for the program
    /// only where no real terminal sees the questions, which would answer them too.
    #[must_use]
    pub fn answers(&mut self) -> Vec<u8> {
        self.guard.ear.take_answers()
    }

    /// What the program calls the terminal: no control characters, nothing that turns the direction of writing.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.guard.title
    }

    /// How many lines have left the screen at the top and are kept. The alternate screen has none.
    #[must_use]
    pub fn history(&self) -> usize {
        self.guard.term.grid().history_size()
    }

    /// Lines that have left the screen, from the newest upwards; `from` 0 is the newest.
    #[must_use]
    pub fn scrollback(&self, from: usize, count: usize) -> Vec<Line> {
        let end = from.saturating_add(count).min(self.history());
        (from..end).map(|above| self.line(-1 - i32::try_from(above).unwrap_or(i32::MAX - 1))).collect()
    }

    /// The screen's lines, from the top.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        (0..i32::from(self.size.rows())).map(|row| self.line(row)).collect()
    }

    fn line(&self, row: i32) -> Line {
        Line::of(&self.guard.term.grid()[At(row)], self.size.columns())
    }

    /// What `eye` has not seen; nothing where it has seen everything.
    pub fn frame(&self, eye: &mut Eye) -> Option<Frame> {
        eye.look(self.status(), self.lines())
    }

    /// All but the lines.
    #[must_use]
    pub fn status(&self) -> Status {
        let (term, mode) = (&self.guard.term, *self.guard.term.mode());
        let cursor = term.grid().cursor.point;
        Status {
            size: self.size,
            cursor_row: u16::try_from(cursor.line.0).unwrap_or(0),
            cursor_column: u16::try_from(cursor.column.0).unwrap_or(0).min(self.size.columns() - 1),
            cursor_visible: mode.contains(TermMode::SHOW_CURSOR),
            cursor_shape: shape(self.guard.cursor_style.unwrap_or_default().shape),
            title: self.guard.title.clone(),
            scrollback: u32::try_from(self.history()).unwrap_or(u32::MAX),
            alternate: self.guard.is_alternate(),
            application_cursor: mode.contains(TermMode::APP_CURSOR),
            application_keypad: mode.contains(TermMode::APP_KEYPAD),
            bracketed_paste: mode.contains(TermMode::BRACKETED_PASTE),
            mouse: mouse(mode),
            mouse_sgr: mode.contains(TermMode::SGR_MOUSE),
            focus_events: mode.contains(TermMode::FOCUS_IN_OUT),
            rung: self.guard.ear.rung(),
        }
    }

    /// How often the program has rung since the beginning.
    #[must_use]
    pub fn rung(&self) -> u64 {
        self.guard.ear.rung()
    }

    /// What draws everything anew on a terminal that was reset: the newest `scrollback` lines that have left the screen,
    /// the screen, the one that the alternate screen hides, colours, the cursor, the modes and the title. What the
    /// program writes next can follow at once: a sequence that has begun is begun.
    #[must_use]
    pub fn redraw(&mut self, scrollback: usize) -> Vec<u8> {
        let mut drawn = redraw::redraw(&mut self.guard, scrollback);
        drawn.extend(self.filter.begun());
        drawn
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Screen").field("size", &self.size).finish_non_exhaustive()
    }
}

fn shape(shape: ansi::CursorShape) -> CursorShape {
    match shape {
        ansi::CursorShape::Underline => CursorShape::Underline,
        ansi::CursorShape::Beam => CursorShape::Bar,
        _ => CursorShape::Block,
    }
}

fn mouse(mode: TermMode) -> Mouse {
    match () {
        () if mode.contains(TermMode::MOUSE_MOTION) => Mouse::Movement,
        () if mode.contains(TermMode::MOUSE_DRAG) => Mouse::Drags,
        () if mode.contains(TermMode::MOUSE_REPORT_CLICK) => Mouse::Clicks,
        () => Mouse::None,
    }
}

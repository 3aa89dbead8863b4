//! A terminal's screen as windows are shown it: all of it, and what has changed.

use crate::workspace::board::Model;
use crate::workspace::view::{Text, shown};

shown! {
    /// A screen, whole.
    struct ScreenView {
        /// All but the lines.
        status: Status,
        /// From the top.
        lines: Vec<LineView>,
    }

    /// What has changed of a screen.
    struct FrameView {
        /// Whether nothing of the lines before counts.
        full: bool,
        /// By how many lines the picture moved up first.
        scrolled: u16,
        /// How often it rang.
        bells: u32,
        /// All but the lines.
        status: Status,
        /// Lines that differ, counted after the move.
        lines: Vec<PlacedLine>,
    }

    /// All that a screen has beside its lines.
    struct Status {
        /// Across.
        columns: u16,
        /// Down.
        rows: u16,
        /// Lines above the screen that can be had.
        scrollback: u32,
        /// What the program calls it.
        title: Text,
        /// Where the cursor is.
        cursor: Cursor,
        /// What the program wants to hear, and how.
        modes: Modes,
    }

    /// Where something is to be typed.
    struct Cursor {
        /// From the top.
        row: u16,
        /// From the left.
        column: u16,
        /// Whether it is drawn.
        visible: bool,
        /// How.
        shape: CursorShape,
    }

    /// How a cursor is drawn.
    words CursorShape {
        /// The whole place.
        Block,
        /// A line below.
        Underline,
        /// A line before.
        Bar,
    }

    /// What the program wants to hear, and how.
    struct Modes {
        /// It has no scrollback.
        alternate: bool,
        /// Arrow keys as applications want them.
        application_cursor: bool,
        /// The number pad likewise.
        application_keypad: bool,
        /// What is pasted is marked as such.
        bracketed_paste: bool,
        /// What of a mouse.
        mouse: Mouse,
        /// In the newer form.
        mouse_sgr: bool,
        /// Whether the window has the focus.
        focus_events: bool,
    }

    /// What a program wants to hear of a mouse.
    words Mouse {
        /// Nothing.
        None,
        /// Buttons.
        Clicks,
        /// And movement while one is down.
        Drags,
        /// Everything.
        Movement,
    }

    /// A line and its place.
    struct PlacedLine {
        /// From the top.
        row: u16,
        /// What it has.
        line: LineView,
    }

    /// One line; what is not said is blank.
    struct LineView {
        /// From the left.
        runs: Vec<RunView>,
        /// Whether the next line goes on with it.
        #[serde(skip_serializing_if = "is_false")]
        wrapped: bool,
    }

    /// Text of one look. There are very many of these: the names are short on the wire, and what is usual is left out.
    struct RunView {
        /// What is written.
        #[serde(rename = "t")]
        text: Text,
        /// The places that it takes, where they are not one for each letter of an ordinary font.
        #[serde(rename = "w", skip_serializing_if = "Option::is_none")]
        columns: Option<u16>,
        /// Its colour, as `ScreenRun` has it.
        #[serde(rename = "f", skip_serializing_if = "is_zero")]
        foreground: u32,
        /// The colour behind it.
        #[serde(rename = "b", skip_serializing_if = "is_zero")]
        background: u32,
        /// The sum of what else there is to its look.
        #[serde(rename = "a", skip_serializing_if = "is_zero")]
        attributes: u32,
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// A screen as the board has it.
pub(in crate::workspace::areas) struct ScreenModel(ScreenView);

impl ScreenModel {
    /// What a first picture shows.
    pub(in crate::workspace::areas) fn of(frame: &FrameView) -> Self {
        let mut model = Self(ScreenView { status: frame.status.clone(), lines: Vec::new() });
        model.apply(frame);
        model
    }
}

impl Model for ScreenModel {
    type Delta = FrameView;
    type Whole = ScreenView;

    fn apply(&mut self, frame: &FrameView) {
        let (lines, blank) = (&mut self.0.lines, LineView { runs: Vec::new(), wrapped: false });
        if frame.full {
            lines.clear();
        }
        let scrolled = usize::from(frame.scrolled).min(lines.len());
        lines.drain(..scrolled);
        lines.resize(frame.status.rows.into(), blank);
        for placed in &frame.lines {
            if let Some(line) = lines.get_mut(usize::from(placed.row)) {
                *line = placed.line.clone();
            }
        }
        self.0.status = frame.status.clone();
    }

    fn whole(&self) -> ScreenView {
        self.0.clone()
    }
}

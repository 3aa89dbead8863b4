//! What terminals and recordings may cost a desk, and a window that shows them.

use std::time::Duration;

/// Bounds of what is shown of terminals, with their reasons.
#[derive(Clone, Debug)]
pub(crate) struct TerminalLimits {
    /// Terminals that are listed: four times what a session may have open.
    pub(crate) terminals: usize,
    /// Columns of a picture, three times the widest window: a service may say a thousand.
    pub(crate) columns: u16,
    /// Rows of a picture, likewise.
    pub(crate) rows: u16,
    /// Differently looking pieces of one picture. A full screen of coloured letters has half of that; what has more
    /// loses colours at the ends of its lines.
    pub(crate) runs: usize,
    /// Pictures of one terminal in a second that are asked for.
    pub(crate) frames_per_second: u16,
    /// Time between two pictures at least, whatever the service does; a little less than what is asked for.
    pub(crate) frame_time: Duration,
    /// How often the list is asked for while a window shows it: terminals are opened elsewhere too.
    pub(crate) list_time: Duration,
    /// How long a list may take.
    pub(crate) answer_time: Duration,
    /// How long to wait before looking again at a terminal that could not be looked at.
    pub(crate) retry_time: Duration,
    /// Lines of a scrollback in one answer: a few screens, and little beside what a window may be sent.
    pub(crate) scrollback_lines: u32,
    /// Windows whose typing into one terminal is told apart, so that what one repeats is typed once.
    pub(crate) typists: usize,
    /// Recordings of a list that are read at a time.
    pub(crate) recordings: u32,
    /// Recordings that are played at once by one session: each holds a screen and its scrollback.
    pub(crate) replays: usize,
    /// How long a recording that no window shows is kept where it was.
    pub(crate) replay_time: Duration,
    /// Longest wait for what comes next in a recording where idle time is skipped.
    pub(crate) idle_time: Duration,
}

impl Default for TerminalLimits {
    fn default() -> Self {
        Self {
            terminals: 64,
            columns: 500,
            rows: 200,
            runs: 20_000,
            frames_per_second: 30,
            frame_time: Duration::from_millis(25),
            list_time: Duration::from_secs(3),
            answer_time: Duration::from_secs(10),
            retry_time: Duration::from_secs(1),
            scrollback_lines: 1_000,
            typists: 8,
            recordings: 100,
            replays: 4,
            replay_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(1),
        }
    }
}

//! What a game may cost a desk, and a window that shows it.

use std::time::Duration;

/// Bounds of what is shown of Paperclips, with their reasons. All of it fits in one topic, whatever the service says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaperclipsLimits {
    /// Samples that are kept for the charts: four minutes of them. The page keeps as many.
    pub(crate) samples: usize,
    /// Projects that are shown; the game has a few dozen.
    pub(crate) projects: usize,
    /// Events of late that are shown.
    pub(crate) events: usize,
    /// Bytes of what a project brings or takes, and of what is said about an event: a sentence.
    pub(crate) sentence_bytes: usize,
    /// How often it is looked at: time passes in it by itself, and a look catches up with it.
    pub(crate) look_time: Duration,
    /// How long the service may take for a look or a command, before it is taken for lost: it answers at once.
    pub(crate) answer_time: Duration,
}

impl Default for PaperclipsLimits {
    fn default() -> Self {
        Self {
            samples: 240,
            projects: 64,
            events: 64,
            sentence_bytes: 1 << 10,
            look_time: Duration::from_secs(1),
            answer_time: Duration::from_secs(10),
        }
    }
}

//! What a world may cost a desk, and a window that shows it.

use std::time::Duration;

/// Bounds of what is shown of Adventure, with their reasons. All of it fits in one topic, whatever the service says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdventureLimits {
    /// Lines that are kept of what was said: a few screens. The page keeps as many.
    pub(crate) lines: usize,
    /// Bytes of one of them. What a command says is told whole to the window that gave it.
    pub(crate) said_bytes: usize,
    /// Bytes of what was asked, before it.
    pub(crate) asked_bytes: usize,
    /// Rooms of the map; the world has a few dozen. Past it no more are drawn.
    pub(crate) rooms: usize,
    /// The same in bytes, as a window is sent it.
    pub(crate) map_bytes: usize,
    /// Ways out of one room that are shown.
    pub(crate) exits: usize,
    /// Things of one kind in a room, and things carried, that are shown.
    pub(crate) things: usize,
    /// How often others may have changed something, for a person who looks on.
    pub(crate) look_time: Duration,
    /// How long the service may take for a look or a command, before it is taken for lost: it answers at once.
    pub(crate) answer_time: Duration,
}

impl Default for AdventureLimits {
    fn default() -> Self {
        Self {
            lines: 100,
            said_bytes: 2 << 10,
            asked_bytes: 256,
            rooms: 512,
            map_bytes: 128 << 10,
            exits: 32,
            things: 64,
            look_time: Duration::from_millis(800),
            answer_time: Duration::from_secs(10),
        }
    }
}

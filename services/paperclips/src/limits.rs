//! Every bound of the game's service, with its reason.

use std::time::Duration;

/// What players may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Games in memory of those who have a pseudonym. Past it the one that was looked at longest ago is saved and
    /// dropped: a game takes about 10 KiB.
    pub games: usize,
    /// Games of guests: they are nowhere but in memory, and die with the session.
    pub guest_games: usize,
    /// Calls that one session can save up, so that a script runs through.
    pub calls_saved: u32,
    /// Calls a second that one session can make in the long run: more than a person types or a client polls.
    pub calls_per_second: u32,
    /// Bytes of a typed line.
    pub line_bytes: usize,
    /// Game time that one `tick` lets pass: what passes costs its time to work out.
    pub tick: Duration,
    /// Time of absence that is caught up. What is automatic stands still after it, until somebody looks.
    pub absence: Duration,
    /// Time after which a change is saved. What it gathers is one write; a crash loses no more than that.
    pub save_after: Duration,
    /// Age at which a game is saved again although nobody changed it: what is older than `absence` would be lost.
    pub save_again: Duration,
    /// Bytes of a saved game. One of the last stage takes about 10 KiB.
    pub saved_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            games: 1024,
            guest_games: 1024,
            calls_saved: 2000,
            calls_per_second: 100,
            line_bytes: 256,
            tick: Duration::from_secs(3600),
            absence: Duration::from_secs(43_200),
            save_after: Duration::from_secs(2),
            save_again: Duration::from_secs(600),
            saved_bytes: 64 << 10,
        }
    }
}

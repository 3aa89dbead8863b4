//! What one player, and all of them together, may cost.

use std::time::Duration;

/// The bounds of the world's server.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Things a player carries, those that belong to the story not counted: what fits in a status line and in a head.
    pub carried: usize,
    /// Things left for others in one room; the oldest is swept away, so that nobody can fill a room.
    pub floor: usize,
    /// Members of a party: as many as one room's fight can be told of.
    pub party: usize,
    /// Parties in the world: more than there are players on a busy node.
    pub parties: usize,
    /// Invitations one party may have open: more than can be members, and no list to grow.
    pub invitations: usize,
    /// How long an invitation stands: a person has to notice it and answer.
    pub invitation: Duration,
    /// Names that are kept for players who come back: 10,000 saves of about 4 KiB.
    pub players: usize,
    /// Actions of one session a second, in the long run: faster than any hand, slower than a flood.
    pub actions_per_second: u32,
    /// Actions of one session at once: a script of a whole evening runs through, and one more is denied.
    pub burst: u32,
    /// How long an actor's process has for an answer before the world speaks for it: what a person waits for gladly.
    pub patience: Duration,
    /// Cues that may be waiting for one actor's process; past it the world speaks for it.
    pub cues: usize,
    /// How often an actor with nobody to answer is told that nothing happens: rarely enough to be worth hearing.
    pub idle: Duration,
    /// Bytes of what an actor's process says at once: a screen's worth; the rest is cut.
    pub speech: usize,
    /// Public events that may be waiting for the chat; past it the oldest is forgotten, since it is only narration.
    pub narration: usize,
    /// How often what has changed is written: what a crash may cost.
    pub save_every: Duration,
    /// Bytes of one saved file; a larger one is not ours.
    pub save_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            carried: 20,
            floor: 12,
            party: 6,
            parties: 1_000,
            invitations: 16,
            invitation: Duration::from_secs(600),
            players: 10_000,
            actions_per_second: 50,
            burst: 400,
            patience: Duration::from_millis(1_500),
            cues: 32,
            idle: Duration::from_secs(90),
            speech: 600,
            narration: 256,
            save_every: Duration::from_secs(2),
            save_bytes: 4 << 20,
        }
    }
}

impl Limits {
    /// How long an invitation stands, in milliseconds.
    pub(crate) fn invitation_ms(&self) -> u64 {
        u64::try_from(self.invitation.as_millis()).unwrap_or(u64::MAX)
    }
}

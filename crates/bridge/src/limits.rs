//! What one JavaScript program may have of this side.

/// Bounds of what a bridge does for one connection. What the node bounds by itself, such as sign-ins under way and
/// sessions, is not bounded here once more.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Answers to one sign-in's steps that may wait for the one before; a sign-in has few steps.
    pub waiting_steps: usize,
    /// What a program may have before it has signed in.
    pub stranger: StrangerLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self { waiting_steps: 8, stranger: StrangerLimits::default() }
    }
}

/// What a program may have before it has signed in, where the bounds of afterwards are not narrower still. A sign-in takes
/// a hundredth of it. What else is sent ahead, and is more, waits with the program until it has signed in.
#[derive(Clone, Copy, Debug)]
pub struct StrangerLimits {
    /// Bytes of one message: a sign-in with a long assertion has some thousands.
    pub message_bytes: usize,
    /// Values of one message, and what they expand to: others of the same thread wait for less than a millisecond.
    pub message_work: usize,
    /// Entries of either table: calls that are sent ahead take one each, sometimes two.
    pub table_entries: usize,
    /// Calls that are not answered, those included that wait for the sign-in.
    pub pending_calls: usize,
    /// Pipes: there is nothing that a stranger could stream to.
    pub pipes: usize,
    /// Bytes of answers that it does not read, and as many of what waits for the sign-in.
    pub held_bytes: usize,
}

impl Default for StrangerLimits {
    fn default() -> Self {
        Self {
            message_bytes: 65_536,
            message_work: 4_096,
            table_entries: 256,
            pending_calls: 128,
            pipes: 0,
            held_bytes: 262_144,
        }
    }
}

impl StrangerLimits {
    /// The bounds of a session of Cap'n Web that has `full` ones once somebody has signed in on it.
    #[must_use]
    pub fn within(&self, full: &capnweb::Limits) -> capnweb::Limits {
        capnweb::Limits {
            message_bytes: self.message_bytes.min(full.message_bytes),
            message_work: self.message_work.min(full.message_work),
            table_entries: self.table_entries.min(full.table_entries),
            pending_calls: self.pending_calls.min(full.pending_calls),
            pipes: self.pipes.min(full.pipes),
            held_bytes: self.held_bytes.min(full.held_bytes),
            ..*full
        }
    }
}

//! What one JavaScript program may have of this side.

/// Bounds of what a bridge does for one connection. What the node bounds by itself, such as sign-ins under way and
/// sessions, is not bounded here once more. What a program sends with its sign-in, and is more than a stranger may have,
/// waits with the program until it has signed in.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Answers to one sign-in's steps that may wait for the one before; a sign-in has few steps.
    pub waiting_steps: usize,
    /// Bytes of one message of a program that has not signed in: a sign-in with a long assertion has some thousands.
    pub stranger_message_bytes: usize,
    /// Values of such a message, and what they expand to: others of the same thread wait for less than a millisecond.
    pub stranger_message_work: usize,
    /// Entries of either table until then: calls that are sent ahead take one each, sometimes two.
    pub stranger_table_entries: usize,
    /// Calls that are not answered until then, those included that wait for the sign-in.
    pub stranger_pending_calls: usize,
    /// Pipes until then: there is nothing that a stranger could stream to.
    pub stranger_pipes: usize,
    /// Bytes of answers that it does not read until then, and as many of what waits for the sign-in.
    pub stranger_held_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            waiting_steps: 8,
            stranger_message_bytes: 65_536,
            stranger_message_work: 4_096,
            stranger_table_entries: 256,
            stranger_pending_calls: 128,
            stranger_pipes: 0,
            stranger_held_bytes: 262_144,
        }
    }
}

impl Limits {
    /// The bounds of a session of Cap'n Web before somebody has signed in on it, which has `full` ones afterwards.
    #[must_use]
    pub fn stranger(&self, full: &capnweb::Limits) -> capnweb::Limits {
        capnweb::Limits {
            message_bytes: self.stranger_message_bytes.min(full.message_bytes),
            message_work: self.stranger_message_work.min(full.message_work),
            table_entries: self.stranger_table_entries.min(full.table_entries),
            pending_calls: self.stranger_pending_calls.min(full.pending_calls),
            pipes: self.stranger_pipes.min(full.pipes),
            held_bytes: self.stranger_held_bytes.min(full.held_bytes),
            ..*full
        }
    }
}

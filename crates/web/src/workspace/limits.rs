//! Every bound of the workspace, with its reason.

use std::time::Duration;

/// What browsers may cost, one and all of them. The defaults are the table of the security page.
#[derive(Clone, Debug)]
pub struct WorkspaceLimits {
    /// Browser sessions at a time, sign-ins under way included: each holds a connection of the gateway.
    pub sessions: usize,
    /// A browser that sends nothing for so long is signed out. What it only reads does not count.
    pub idle_time: Duration,
    /// How long a browser's session lasts at most, whatever the node's would.
    pub whole_time: Duration,
    /// Streams of events of one session: one for each window.
    pub streams: usize,
    /// A stream says at least this often that it is there, so that a window notices when it is not.
    pub pulse_time: Duration,
    /// Events that are kept for a window that comes back; a slower one is sent everything anew.
    pub log_events: usize,
    /// The same in bytes.
    pub log_bytes: usize,
    /// Commands of one session at a time: a window waits for its own, and there are few windows.
    pub commands: usize,
    /// Answers that are kept for a command that is repeated.
    pub answers: usize,
    /// Services that are listed; a node has fewer.
    pub services: usize,
    /// Lines of one conversation that are shown, in the session's memory for every window. Past it the oldest is left
    /// out, and can be read again from the chat.
    pub chat_lines: usize,
    /// Conversations, channels and people together. Anybody may begin one; past it the one that was quiet for longest
    /// makes room.
    pub chat_talks: usize,
    /// Members of a channel that are listed by name.
    pub chat_members: usize,
    /// How often the list of channels is read anew while somebody looks at it: nothing tells of what happens in those
    /// that were not joined.
    pub chat_look_time: Duration,
    /// The longest wait before a chat that has gone away is tried again.
    pub chat_retry_time: Duration,
    /// How often a menu of commands is read anew while somebody looks at it: nothing tells of its changes.
    pub menu_time: Duration,
    /// Commands of one menu that are shown, and values that one parameter offers.
    pub menu_commands: usize,
}

impl Default for WorkspaceLimits {
    fn default() -> Self {
        Self {
            sessions: 256,
            idle_time: Duration::from_secs(30 * 60),
            whole_time: Duration::from_secs(12 * 60 * 60),
            streams: 4,
            pulse_time: Duration::from_secs(5),
            log_events: 2048,
            log_bytes: 2 << 20,
            commands: 64,
            answers: 64,
            services: 256,
            chat_lines: 1000,
            chat_talks: 128,
            chat_members: 512,
            chat_look_time: Duration::from_secs(5),
            chat_retry_time: Duration::from_secs(5),
            menu_time: Duration::from_secs(2),
            menu_commands: 256,
        }
    }
}

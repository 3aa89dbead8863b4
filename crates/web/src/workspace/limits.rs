//! Every bound of the workspace, with its reason.

use std::time::Duration;

/// What browsers may cost, one and all of them. The defaults are the table of the security page.
#[derive(Clone, Debug)]
pub struct WorkspaceLimits {
    /// Browser sessions at a time, sign-ins under way included: each holds a connection of the gateway.
    pub sessions: usize,
    /// Of these, sign-ins under way: they cannot keep out those who are done with theirs.
    pub sign_ins: usize,
    /// A sign-in whose question the node gives no time for is given up after so long.
    pub step_time: Duration,
    /// A browser that sends nothing for so long is signed out. What it only reads does not count.
    pub idle_time: Duration,
    /// How long a browser's session lasts at most, whatever the node's would.
    pub whole_time: Duration,
    /// A look at what the session was granted is given up after so long, and made again after the next change.
    pub look_time: Duration,
    /// Streams of events of one session: one for each window.
    pub streams: usize,
    /// A stream says at least this often that it is there, so that a window notices when it is not.
    pub pulse_time: Duration,
    /// Events that are kept for a window that comes back; a slower one is sent everything anew.
    pub log_events: usize,
    /// The same in bytes.
    pub log_bytes: usize,
    /// Changes of one topic that a window is told late: where there are more, and more than the whole was, it is sent the
    /// whole instead.
    pub lag_bytes: usize,
    /// Topics that one session shows: each of its grants may have some, and each is sent to a window that begins.
    pub topics: usize,
    /// All of one topic in bytes: what a window that begins has to take at once for each.
    pub topic_bytes: usize,
    /// Commands of one session at a time, waiting ones included: one more is refused.
    pub commands: usize,
    /// Answers that are kept for a command that is repeated.
    pub answers: usize,
    /// The same in bytes.
    pub answers_bytes: usize,
    /// Bytes of one file that a page sends.
    pub upload_bytes: usize,
    /// Time for it to come. Progress does not stretch it.
    pub upload_time: Duration,
    /// Files of one session that a page has sent, or is sending, and that nothing was done with.
    pub uploads: usize,
    /// The same in bytes.
    pub uploads_bytes: usize,
    /// A file that nothing is done with for so long is dropped: the command that speaks of it comes at once.
    pub upload_keep_time: Duration,
    /// Files of one session that are kept for a page to fetch.
    pub downloads: usize,
    /// The same in bytes.
    pub downloads_bytes: usize,
    /// Capabilities that calls gave and a session keeps; each is one of those that its connection may export.
    pub chips: usize,
    /// Results of calls that are kept, to be shown a piece at a time.
    pub results: usize,
    /// The same in bytes, but for the last one.
    pub result_bytes: usize,
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
    /// Whoever has had no window open for so long leaves the chat until there is one again: others are not to believe that
    /// somebody reads them. Long enough for a page that is loaded anew, and for a short break of the network.
    pub chat_absence_time: Duration,
}

impl Default for WorkspaceLimits {
    fn default() -> Self {
        Self {
            sessions: 256,
            sign_ins: 64,
            step_time: Duration::from_secs(120),
            idle_time: Duration::from_secs(1800),
            whole_time: Duration::from_secs(43_200),
            look_time: Duration::from_secs(10),
            streams: 4,
            pulse_time: Duration::from_secs(2),
            log_events: 2048,
            log_bytes: 2 << 20,
            lag_bytes: 16 << 10,
            topics: 256,
            topic_bytes: 1 << 20,
            commands: 64,
            answers: 64,
            answers_bytes: 4 << 20,
            upload_bytes: 8 << 20,
            upload_time: Duration::from_secs(60),
            uploads: 8,
            uploads_bytes: 16 << 20,
            upload_keep_time: Duration::from_secs(120),
            downloads: 8,
            downloads_bytes: 32 << 20,
            chips: 128,
            results: 16,
            result_bytes: 4 << 20,
            services: 256,
            chat_lines: 1000,
            chat_talks: 128,
            chat_members: 512,
            chat_look_time: Duration::from_secs(5),
            chat_retry_time: Duration::from_secs(5),
            chat_absence_time: Duration::from_secs(20),
        }
    }
}

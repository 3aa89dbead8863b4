//! Every bound of recordings, with its reason.

use std::time::Duration;

/// What recordings may cost.
#[derive(Clone, Debug)]
pub struct RecordingLimits {
    /// Bytes of one recording: hours of ordinary work.
    pub recording_bytes: u64,
    /// Recordings of one principal; all guests together are one.
    pub principal_recordings: usize,
    /// Bytes of all recordings of one principal.
    pub principal_bytes: u64,
    /// Recordings of the whole node: what is known of each is in memory.
    pub node_recordings: usize,
    /// Bytes of all recordings of the node.
    pub node_bytes: u64,
    /// Recordings that are being made in one session at once: as many as it may have terminals, twice.
    pub session_running: usize,
    /// Recordings that one session may begin, remove or read as an auditor, in a minute: each has rows in the journal.
    pub session_rows: u32,
    /// Time after which a recording is removed.
    pub keep_time: Duration,
    /// Events in one call.
    pub call_events: u32,
    /// Bytes of the events in one call.
    pub call_bytes: usize,
    /// Events of one recording in a second; whoever sends more waits.
    pub events_per_second: u32,
    /// Bytes of calls that one service has under way for one session's recordings; whoever sends more waits.
    pub waiting_bytes: u64,
    /// Recordings that one service holds for one session, ended ones among them.
    pub held_sinks: u32,
    /// Bytes of a terminal's title; what is longer is cut.
    pub title_bytes: usize,
    /// Bytes of the command that was opened; what is longer is cut.
    pub command_bytes: usize,
    /// Bytes of the disk that recordings leave free: the node itself cannot work on a full one.
    pub reserve_bytes: u64,
    /// Bytes after which a recording that is being made is brought to the disk, and the room there is looked at.
    pub sync_bytes: u64,
    /// Time after which the same happens.
    pub sync_time: Duration,
    /// Things that are done on the disk at once; the others wait.
    pub disk_jobs: usize,
    /// Bytes in one call to a reader.
    pub chunk_bytes: usize,
    /// Readings of one session at once.
    pub readings: usize,
    /// Recordings in one answer.
    pub page: u32,
}

impl Default for RecordingLimits {
    fn default() -> Self {
        Self {
            recording_bytes: 64 << 20,
            principal_recordings: 1_000,
            principal_bytes: 2 << 30,
            node_recordings: 10_000,
            node_bytes: 16 << 30,
            session_running: 32,
            session_rows: 120,
            keep_time: Duration::from_secs(7_890_048),
            call_events: 4096,
            call_bytes: 1 << 20,
            events_per_second: 2_000,
            waiting_bytes: 4 << 20,
            held_sinks: 256,
            title_bytes: 256,
            command_bytes: 1 << 10,
            reserve_bytes: 256 << 20,
            sync_bytes: 4 << 20,
            sync_time: Duration::from_secs(5),
            disk_jobs: 4,
            chunk_bytes: 256 << 10,
            readings: 4,
            page: 256,
        }
    }
}

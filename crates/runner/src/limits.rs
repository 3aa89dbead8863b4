//! Every bound of the runner, with its reason.

use std::time::Duration;

/// What services, and profiles, may cost the node.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one profile: a log or a device named by mistake has no end.
    pub profile_bytes: usize,
    /// Profiles in one node. A person is shown all of them.
    pub profiles: usize,
    /// Exports of all profiles together: a session's bundle has room for as many.
    pub exports: usize,
    /// What one service, or one companion, may require: each is a membrane for as long as it runs.
    pub requirements: usize,
    /// Companions of one service: each is a process.
    pub companions: usize,
    /// Members of any other list in a profile.
    pub list: usize,
    /// Bytes of any text in a profile.
    pub text_bytes: usize,
    /// Bytes of a service's own settings, as JSON: they go in one message, and are kept with the profile.
    pub settings_bytes: usize,
    /// Process graphs of single sessions that run at once. Those of shared services are as many as there are profiles.
    pub instances: usize,
    /// Bytes that stay free on a disk with homes: the node's own records need room, whoever fills the disk. Past it,
    /// whoever's home holds more than it may is ended.
    pub disk_reserve_bytes: u64,
    /// The same as a part of the disk, in hundredths, where that is less: a small disk would never have as much.
    pub disk_reserve_percent: u32,
    /// How often the disk is looked at while anything runs: what can be written meanwhile is less than the reserve.
    pub disk_look: Duration,
    /// Files and directories of one home that are counted where the disk runs short: a home with more is above any
    /// bound that its profile sets.
    pub home_entries: usize,
    /// Time for a running service to give a facet.
    pub open_within: Duration,
    /// Time that a session's own process has to put its things away once the session is over. It is gone within a
    /// second.
    pub session_drain: Duration,
    /// Connected sockets that a process gets where it could see a listening one's name: one for each vat thread, and
    /// one for the runner's own.
    pub pairs: usize,
    /// Calls without an answer that one session may have at one service.
    pub session_calls: u32,
    /// Bytes of arguments of these calls.
    pub session_bytes: u64,
    /// Callbacks of one session that a service may hold.
    pub session_callbacks: u32,
    /// Calls without an answer that all sessions of one vat thread may have at one service: fewer than end the
    /// connection that they share.
    pub shared_calls: u32,
    /// Bytes of arguments of these calls, within what may wait for the service to read.
    pub shared_bytes: u64,
    /// Callbacks of all these sessions that the service may hold.
    pub shared_callbacks: u32,
    /// Calls, each way, after which a service's connection is cut.
    pub connection_calls: usize,
    /// References, each way, after which a service's connection is cut: more than 250 clients hold that hold all they
    /// may.
    pub connection_references: usize,
    /// Bytes that wait to be read, or for their call's end, after which a service's connection is cut.
    pub connection_bytes: usize,
    /// Bytes of one line of a log; the rest of the line is dropped.
    pub log_line_bytes: usize,
    /// Lines of one process kept in a second, over time.
    pub log_rate: u32,
    /// Lines of one process kept at once: a service that starts may have much to say.
    pub log_burst: u32,
    /// Bytes of output of one process that are read in a second; it waits with the rest.
    pub log_read_rate: usize,
    /// Lines of one service's log in memory. An administrator is shown at most half of them.
    pub log_lines: usize,
    /// Bytes of these lines.
    pub log_bytes: usize,
    /// Bytes of one log file, after which the next is begun.
    pub log_file_bytes: u64,
    /// Log files of one service.
    pub log_files: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            profile_bytes: 256 << 10,
            profiles: 32,
            exports: 64,
            requirements: 16,
            companions: 16,
            list: 64,
            text_bytes: 4 << 10,
            settings_bytes: 64 << 10,
            instances: 1024,
            disk_reserve_bytes: 1 << 30,
            disk_reserve_percent: 5,
            disk_look: Duration::from_millis(200),
            home_entries: 1_000_000,
            open_within: Duration::from_secs(10),
            session_drain: Duration::from_millis(500),
            pairs: 16,
            session_calls: 1024,
            session_bytes: 16 << 20,
            session_callbacks: 1024,
            shared_calls: 32_768,
            shared_bytes: 48 << 20,
            shared_callbacks: 65_536,
            connection_calls: 65_536,
            connection_references: 1 << 20,
            connection_bytes: 64 << 20,
            log_line_bytes: 4 << 10,
            log_rate: 100,
            log_burst: 1000,
            log_read_rate: 1 << 20,
            log_lines: 2000,
            log_bytes: 1 << 20,
            log_file_bytes: 1 << 20,
            log_files: 4,
        }
    }
}

impl Limits {
    /// The bounds of a connection to a service.
    pub(crate) fn connection(&self) -> capos_rpc::Limits {
        capos_rpc::Limits {
            open_answers: self.connection_calls,
            open_questions: self.connection_calls,
            exports: self.connection_references,
            imports: self.connection_references,
            retained_bytes: self.connection_bytes,
            queued_bytes: self.connection_bytes,
            inbound_window: self.connection_bytes,
            ..capos_rpc::Limits::default()
        }
    }
}

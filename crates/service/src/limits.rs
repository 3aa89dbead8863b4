//! Every bound of a service, with its reason.

use std::time::Duration;

/// What a service bears of the node. The node bounds each session long before; these hold where it fails to.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once. The node makes one for each of its threads.
    pub connections: usize,
    /// Sessions with a seat at once: as many as a node has.
    pub seats: usize,
    /// Capabilities handed over in one call: as many as a session may hold.
    pub grants: u32,
    /// Calls of the node that are not finished, on one connection: each connection carries the calls of many sessions.
    pub open_answers: usize,
    /// Calls to listeners and other outside capabilities that are not answered, on one connection.
    pub open_questions: usize,
    /// Objects of the service that the node holds, on one connection.
    pub exports: usize,
    /// Outside capabilities that the service holds, on one connection.
    pub imports: usize,
    /// Bytes of results sent and not yet finished, on one connection. Together with the next two it stays below half
    /// of the memory that a service has by default.
    pub retained_bytes: usize,
    /// Bytes waiting for the node to read, on one connection.
    pub queued_bytes: usize,
    /// Bytes of calls that the service holds, on one connection.
    pub inbound_window: usize,
    /// Time that draining may take before the process ends all the same.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            seats: 10_000,
            grants: 64,
            open_answers: 65_536,
            open_questions: 65_536,
            exports: 262_144,
            imports: 262_144,
            retained_bytes: 64 << 20,
            queued_bytes: 64 << 20,
            inbound_window: 64 << 20,
            drain: Duration::from_secs(30),
        }
    }
}

impl Limits {
    pub(crate) fn of_connections(&self) -> capos_rpc::Limits {
        capos_rpc::Limits {
            open_answers: self.open_answers,
            open_questions: self.open_questions,
            exports: self.exports,
            imports: self.imports,
            retained_bytes: self.retained_bytes,
            queued_bytes: self.queued_bytes,
            inbound_window: self.inbound_window,
            ..capos_rpc::Limits::default()
        }
    }
}

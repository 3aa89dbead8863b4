//! The bounds of this crate.

use std::time::Duration;

/// What the node and its helper hold each other to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest message between the two: room for long arguments and environments, and far below what a socket buffers.
    pub message_bytes: usize,
    /// Sockets handed to one process: one listener, and what a companion needs besides.
    pub sockets: usize,
    /// Processes being started at once; more wait their turn, since the host makes namespaces one after the other anyway.
    pub starting: usize,
    /// How long setting up one process may take until it is given up: only a file system that hangs takes this long.
    pub start_within: Duration,
    /// Processes and threads that the first process of a place with commands has beyond what its commands may use: enough to answer and to end them when they use all.
    pub reserved_processes: u64,
    /// Terminals in one place with commands: more than anybody looks at, and few beside the 4,096 of a host.
    pub terminals: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 64 << 10,
            sockets: 16,
            starting: 32,
            start_within: Duration::from_secs(10),
            reserved_processes: 16,
            terminals: 256,
        }
    }
}

//! How much a background process keeps for its commands, and a node does for programs over HTTP.
#![expect(unreachable_pub, reason = "the page of all limits is written from what is `pub` here")]

use std::time::Duration;

/// Bounds of one held session.
#[derive(Clone, Debug)]
pub struct HeldLimits {
    /// Capabilities kept by number in a held session: a script that forgets to drop them costs the node as many references.
    pub handles: usize,
}

impl Default for HeldLimits {
    fn default() -> Self {
        Self { handles: 1024 }
    }
}

/// What one program may ask of `/rpc`. What a session of Cap'n Web costs is bounded by `capnweb`, what the connection to
/// the node behind it costs by the limits of connections, and how many there are before sign-in by the node's gate.
#[derive(Clone, Copy, Debug)]
pub struct RpcLimits {
    /// Bytes of a batch: as many as one message may have.
    pub batch_bytes: usize,
    /// Time for a batch to come, which has its place at the gate by then.
    pub batch_read_time: Duration,
    /// Time for a batch to be answered: it holds a connection, and nobody can add to it what would make it end.
    pub batch_time: Duration,
    /// A program that takes nothing for so long is given up.
    pub send_stall: Duration,
    /// A WebSocket that is silent for so long is asked for a sign of life, and given up after another such time.
    pub ping_time: Duration,
    /// For a program to close its side. It is short because a node that stops waits for it.
    pub close_time: Duration,
    /// Bytes on their way between a program's session and the node, in each direction.
    pub pipe_bytes: usize,
}

impl Default for RpcLimits {
    fn default() -> Self {
        Self {
            batch_bytes: 4 << 20,
            batch_read_time: Duration::from_secs(30),
            batch_time: Duration::from_secs(30),
            send_stall: Duration::from_secs(30),
            ping_time: Duration::from_secs(30),
            close_time: Duration::from_millis(800),
            pipe_bytes: 256 << 10,
        }
    }
}

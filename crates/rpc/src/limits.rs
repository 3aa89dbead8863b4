//! Every bound of a connection, with its reason.

use std::time::Duration;

/// What one connection may cost. The defaults are the table of the security page.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest message, checked against its header before a byte of it is kept.
    pub message_bytes: usize,
    /// Segments in one message: each costs a table entry whatever its size.
    pub segments: usize,
    /// Depth of pointers: readers recurse over them.
    pub nesting: usize,
    /// Steps from a promised answer to the capability meant: a copy is kept per pipelined call.
    pub transform_steps: u32,
    /// Calls on answers of calls on answers, and promises that resolve to promises. `capnp-rpc` nests an object
    /// for each and drops the nest by recursion: deep enough, it overflows the stack, which ends the process.
    pub chain: u32,
    /// Time for the header of a started frame. Before its first byte a peer may rest for as long as it likes.
    pub header_time: Duration,
    /// Time before a started frame is held to [`Limits::body_rate`].
    pub body_grace: Duration,
    /// Bytes per second that a started frame must keep up on average.
    pub body_rate: u32,
    /// Calls of the peer that are not finished.
    pub open_answers: usize,
    /// Calls of ours that the peer has not answered, or that we have not finished.
    pub open_questions: usize,
    /// Calls the peer cancelled before their return. `capnp-rpc` keeps a slot of each until the connection
    /// ends, so this bounds what a loop of call and cancel can pile up.
    pub cancelled_calls: usize,
    /// Our objects that the peer holds.
    pub exports: usize,
    /// The peer's objects that we hold.
    pub imports: usize,
    /// Bytes of results sent and not yet finished, which `capnp-rpc` keeps for pipelined calls.
    pub retained_bytes: usize,
    /// Bytes waiting for the peer to read.
    pub queued_bytes: usize,
    /// Bytes of calls held by this side. Past it reading stops; where it cannot stop, because an answer we
    /// wait for may be next, the connection ends at twice as much.
    pub inbound_window: usize,
    /// Time in which no call ends before a peer that is not read for [`Limits::inbound_window`] is cut: what
    /// would free the window, or the peer's own end, may lie unread behind it.
    pub window_stall: Duration,
    /// Time without progress before a peer that does not read is cut.
    pub send_stall: Duration,
    /// Time to write out what is queued when the connection ends.
    pub drain: Duration,
    /// Bytes in flight of one outgoing stream. The stock 64 KiB starves a loopback.
    pub stream_window: usize,
    /// Messages in flight of one outgoing stream: small chunks fill a peer's table of open answers before its window.
    pub stream_messages: usize,
    /// Output is written as soon as this much is ready, else once the connection has nothing more to do.
    pub flush_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 8 << 20,
            segments: 512,
            nesting: 64,
            transform_steps: 64,
            chain: 64,
            header_time: Duration::from_secs(5),
            body_grace: Duration::from_secs(5),
            body_rate: 64 << 10,
            open_answers: 1024,
            open_questions: 16_384,
            cancelled_calls: 65_536,
            exports: 4096,
            imports: 4096,
            retained_bytes: 16 << 20,
            queued_bytes: 16 << 20,
            inbound_window: 16 << 20,
            window_stall: Duration::from_secs(30),
            send_stall: Duration::from_secs(30),
            drain: Duration::from_secs(5),
            stream_window: 1 << 20,
            stream_messages: 256,
            flush_bytes: 16 << 10,
        }
    }
}

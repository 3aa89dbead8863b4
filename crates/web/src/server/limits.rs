//! Every bound of the listener, with its reason.

use std::time::Duration;

/// What one HTTP connection, and all of them, may cost. The defaults are the table of the security page.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at a time, on all addresses; one more is told so and closed. What was upgraded is counted where it
    /// went to.
    pub connections: usize,
    /// Of these, connections of one source: it cannot keep the others out.
    pub source_connections: usize,
    /// Bytes of the request line.
    pub line_bytes: usize,
    /// Bytes of one header line.
    pub header_bytes: usize,
    /// Header lines of a request: each costs an entry of a table.
    pub headers: usize,
    /// Bytes of a request's head, all lines together.
    pub head_bytes: usize,
    /// Bytes of a request's body, where its route says nothing else.
    pub body_bytes: usize,
    /// From the connection to its first request's last header, the TLS handshake included, and from the first byte of
    /// any later head to its last. Progress does not stretch it.
    pub head_time: Duration,
    /// From the head to the end of the body, where its route says nothing else. Progress does not stretch it.
    pub body_time: Duration,
    /// From the first byte that a client does not take to the last one of the same answer; of an answer that streams,
    /// time without progress.
    pub send_time: Duration,
    /// Time for which what a client still sends is read, and dropped, once it was refused: closing at once would take the
    /// reason from it.
    pub linger_time: Duration,
    /// Time that a connection may rest between two requests.
    pub idle_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            source_connections: 128,
            line_bytes: 8 << 10,
            header_bytes: 8 << 10,
            headers: 96,
            head_bytes: 32 << 10,
            body_bytes: 64 << 10,
            head_time: Duration::from_secs(6),
            body_time: Duration::from_secs(6),
            send_time: Duration::from_secs(30),
            linger_time: Duration::from_secs(1),
            idle_time: Duration::from_secs(60),
        }
    }
}

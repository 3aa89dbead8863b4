//! Every bound of the pages, with its reason.

use std::time::Duration;

/// What whoever asks for figures may cost. A page is small, and asked for by a neighbour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at a time; one more waits to be accepted.
    pub(crate) connections: usize,
    /// Bytes of a request's head, which is all that is read of it.
    pub(crate) head_bytes: usize,
    /// Header lines of a request: each costs an entry of a table.
    pub(crate) headers: usize,
    /// From the connection to its end, whatever it does meanwhile.
    pub(crate) whole_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 16, head_bytes: 8 << 10, headers: 32, whole_time: Duration::from_secs(10) }
    }
}

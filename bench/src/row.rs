//! The loads, and what is aimed at under each.

use crate::load::Load;

/// One line of the result.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) load: Load,
    /// Bytes of a stream that the client keeps under way; the library's default where none.
    pub(crate) window: Option<usize>,
    /// What each contender should reach of the one that it is set against.
    pub(crate) aims: &'static [(&'static str, f64)],
}

/// `node` is the product with the service in its own process, `service` the one with a confined service process.
pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "echo-sequential",
        load: Load::Echo { in_flight: 1 },
        window: None,
        aims: &[("node", 0.95), ("service", 1.0)],
    },
    Row { name: "echo-64", load: Load::Echo { in_flight: 64 }, window: None, aims: &[("node", 1.0), ("service", 1.3)] },
    Row {
        name: "echo-512",
        load: Load::Echo { in_flight: 512 },
        window: None,
        aims: &[("node", 1.6), ("service", 1.5)],
    },
    Row { name: "chain-of-three", load: Load::Chain, window: None, aims: &[("service", 2.0)] },
    Row { name: "stream-32k", load: Load::Stream, window: None, aims: &[("node", 0.95), ("service", 1.2)] },
    Row {
        name: "stream-32k-window-1m",
        load: Load::Stream,
        window: Some(1 << 20),
        aims: &[("node", 0.95), ("service", 1.2)],
    },
];

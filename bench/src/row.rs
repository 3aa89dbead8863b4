//! The loads, and what is aimed at under each.

use crate::load::Load;

/// One line of the result.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) load: Load,
    /// The client that the node's contenders are given; plain ones always have the plain client.
    pub(crate) client: Client,
    /// Bytes of a stream that the client keeps under way; the client's own default where none.
    pub(crate) window: Option<usize>,
    /// What each contender should reach of the one that it is set against.
    pub(crate) aims: &'static [(&'static str, f64)],
}

/// Whose connection the client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// The library's own.
    Stock,
    /// The product's.
    Ours,
}

impl Row {
    const fn new(name: &'static str, load: Load, aims: &'static [(&'static str, f64)]) -> Self {
        Self { name, load, client: Client::Stock, window: None, aims }
    }

    const fn with_our_client(mut self) -> Self {
        self.client = Client::Ours;
        self
    }

    const fn with_window(mut self, bytes: usize) -> Self {
        self.window = Some(bytes);
        self
    }
}

const ONE: Load = Load::Echo { in_flight: 1 };
const SOME: Load = Load::Echo { in_flight: 64 };
const MANY: Load = Load::Echo { in_flight: 512 };

/// `node` is the product with the service in its own process, `service` the one with a service process.
pub(crate) const ROWS: &[Row] = &[
    Row::new("echo-sequential", ONE, &[("node", 0.95), ("service", 1.0)]),
    Row::new("echo-64", SOME, &[("node", 1.0), ("service", 1.3)]),
    Row::new("echo-512", MANY, &[("node", 1.6), ("service", 1.5)]),
    Row::new("chain-of-three", Load::Chain, &[("service", 2.0)]),
    Row::new("stream-32k-window-64k", Load::Stream, &[("node", 0.95), ("service", 1.2)]).with_window(64 << 10),
    Row::new("stream-32k-window-1m", Load::Stream, &[("node", 0.95), ("service", 1.2)]).with_window(1 << 20),
    Row::new("echo-sequential, our client", ONE, &[("node", 0.95), ("service", 1.0)]).with_our_client(),
    Row::new("echo-64, our client", SOME, &[("node", 1.0), ("service", 1.3)]).with_our_client(),
    Row::new("echo-512, our client", MANY, &[("node", 1.6), ("service", 1.5)]).with_our_client(),
    Row::new("chain-of-three, our client", Load::Chain, &[("service", 2.0)]).with_our_client(),
    Row::new("stream-32k, each client's default window", Load::Stream, &[("node", 1.4)]).with_our_client(),
];

//! The node's HTTP listener: it reads requests within narrow bounds and hands them to routes.
//!
//! [`Server`] accepts connections, with TLS and, on this machine, without, and serves a [`Site`], which is put together
//! by whoever builds the node: each [`Route`] gets a request and the [`Peer`](capos_rpc::Peer) that it came from.
//!
//! The crate knows no accounts, sessions or interfaces, and nothing of what its routes do. It keeps no secret and logs
//! nothing: what is in an address or a header is its route's business alone.
//!
//! Where to start: [`Server`], then `intake` for how a connection is bounded, and [`Refusal`] for what is said to a
//! request that is not served.
//!
//! **Invariants**
//!
//! - A route is asked only by names that mean this node, and gets the peer of the accepted connection: no header says
//!   who somebody is.
//! - Plain HTTP is for clients on this machine.
//! - Whatever a client does costs no more than its [`Limits`], and ends at worst its own connection.

#![forbid(unsafe_code)]

mod answer;
mod body;
mod exchange;
mod figures;
mod head;
mod host;
mod intake;
mod limits;
mod listener;
mod refusal;
mod site;
mod stream;
mod upgrade;

pub use answer::{Answer, AnswerBody, Answering, Broken, Streams, answer_of, full};
pub use body::{Allowance, RequestBody};
pub use figures::{Count, Figures};
pub use host::Names;
pub use limits::Limits;
pub use listener::Server;
pub use refusal::Refusal;
pub use site::{Health, Route, Site};
pub use stream::{Moved, Upgraded};
pub use upgrade::upgraded;

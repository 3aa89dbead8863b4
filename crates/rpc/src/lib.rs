//! Bounded Cap'n Proto connections for an open port.
//!
//! The stock network of `capnp-rpc` trusts its peer: it reads what is declared, answers without bound and
//! flushes every message. This crate supplies another [`Network`] that counts what a peer makes this side
//! hold, from the protocol's own messages, and ends that peer's connection, and nothing else, past a bound.
//!
//! It deliberately does not know users, sessions, services or any interface: who may do what is decided
//! above, by objects that `capnp-rpc` calls.
//!
//! Start with [`Network`] and [`Limits`]. `ledger` is the accounting and the list of what is refused, `core`
//! the state of one connection; `frame`, `survey`, `outbox` and `pace` are its parts without I/O.
#![forbid(unsafe_code)]

mod abort;
mod account;
mod core;
mod error;
mod flow;
mod frame;
mod gate;
mod handle;
mod held;
mod ledger;
mod limits;
mod listener;
mod network;
mod outbox;
mod pace;
mod peer;
mod survey;
mod tls;
mod vats;

pub use account::{Account, Figures};
pub use error::Error;
pub use gate::{Crowded, Gate, GateLimits, Permit, Promoted};
pub use handle::{ConnectionHandle, Ending};
pub use limits::Limits;
pub use listener::{Arrival, Listener, Wire, accept, begins_as_tls, may_be_plain, tune};
pub use network::Network;
pub use peer::{Origin, Peer, TlsFacts};
pub use tls::{ClientTls, Fingerprint, Identity, IdentityChanged, ServerTls, Signer, Trust};
pub use vats::{Vat, Vats};

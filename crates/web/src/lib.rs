//! The node over HTTP: a bounded listener, and the workspace that people use in a browser.
//!
//! [`Server`] accepts connections, with TLS and, on this machine, without, and serves a [`Site`], which is put together
//! by whoever builds the node: each [`Route`] gets a request and the [`Peer`](capos_rpc::Peer) that it came from.
//! [`Workspace`] is such a route. It is a client of a node like any other: [`Reach`] says how it comes to one, in this
//! process or over the network.
//!
//! The crate decides nothing about who may do what: the node does, for every call. It keeps no secret longer than it is
//! needed and logs none.
//!
//! Where to start: [`Server`], then `server/intake.rs` for how a connection is bounded; [`Workspace`], then
//! `workspace/desk.rs` for what stands behind a browser's session, `workspace/board.rs` for how windows are told of
//! changes, and `workspace/view.rs` for what may be told.
//!
//! **Invariants**
//!
//! - A route is asked only by names that mean this node, and gets the peer of the accepted connection: no header says
//!   who somebody is, but for what configured proxies say of their clients.
//! - Plain HTTP is for clients on this machine, and for these proxies.
//! - Whatever a client does costs no more than its [`Limits`], and ends at worst its own connection.
//! - A browser is sent nothing but what `workspace/view.rs` can hold: no capability, secret, id of a session or process,
//!   address or path can be put there.

#![forbid(unsafe_code)]

mod server;
mod workspace;

pub use server::{
    Allowance, Answer, AnswerBody, Answering, Broken, Count, Figures, Health, Limits, Link, Moved, Names, Proxies,
    PublicOrigin, Range, Refusal, RequestBody, Route, Server, Site, Streams, Upgraded, answer_of, full, upgraded,
};
pub use workspace::{Browsers, Choice, Chosen, Place, Reach, Reached, SameSite, Work, Workspace, WorkspaceLimits};

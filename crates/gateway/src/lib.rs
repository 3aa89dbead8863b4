//! The objects that a remote client sees: the front door, sign-in flows, sessions, and what they were granted.
//!
//! [`Gateway::serve`] takes one connection, on its vat thread, from its first message to its last.
//! A client gets one object at first, which allows to sign in; a sign-in gives a session, and that its grants.
//!
//! It deliberately does not know how accounts are kept, how a proof is judged or what policy says (`authority` does),
//! nor bytes and sockets (`rpc`), nor HTTP.
//!
//! Where to start: [`Gateway`], then `connection` for what one client has, `session_vat` for what one session has, and
//! `builtin` for what stands behind a grant.
//!
//! **Invariants**
//!
//! - Every object that leaves is behind exactly one membrane: the connection's for the front door and its flows, the
//!   session's for the session itself and its bundle, a grant's own for everything that is reached through the grant.
//! - Whatever ends a session, all that was reached through it answers with that end, and is freed.
//! - A session lives on the connection that signed in, and no other can reach it.

#![forbid(unsafe_code)]

mod accelerator;
mod admin;
mod builtin;
mod calls;
mod clock;
mod connection;
mod deadline;
mod door;
mod figures;
mod flow;
mod gateway;
mod holdings;
mod info;
mod limits;
mod listening;
pub mod manual;
mod outflow;
mod pace;
mod quotas;
mod reached;
mod recordings;
mod services;
mod session;
mod session_vat;
mod sign_in;
mod system_info;
mod user_session;
mod words;

pub use builtin::Objects;
pub use figures::{Figures, SignIns};
pub use gateway::{Face, Gateway, SignatureCheck, Signer};
pub use holdings::{HeldGrant, Holdings};
pub use limits::Limits;
pub use recordings::{RecordingLimits, Recordings};

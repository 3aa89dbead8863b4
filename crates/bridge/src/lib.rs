//! A session's capabilities for JavaScript programs: the same session and the same objects that a Cap'n Proto client
//! has, under the same membrane, told in Cap'n Web.
//!
//! What a value, an object or an error becomes is decided by its schema alone: see `docs/capnweb.md`.
//! [`main_object()`] is what a program gets before it is signed in, [`session_object`] where somebody else has signed in.
//! Everything that is reached from there is a [`Capability`], whatever its interface; [`typescript()`] tells what it has,
//! and [`first_typescript`] what there is before it.
//!
//! The crate knows no accounts and no policy. It is a host application like any other and reaches a node through
//! `capos-client`.
//!
//! **Invariants**
//!
//! * A session that was signed in here lasts no longer than the program holds something of it.
//! * Before somebody has signed in on it, a session of Cap'n Web has the bounds of a stranger, which [`Limits`] has.
//! * A proof is wiped when it has been sent on, and is in no error.
//! * Nothing reaches a service that its schema does not describe, and nothing it gives reaches a program otherwise.
//! * What a service holds of a program keeps neither the session nor any object of it.

#![forbid(unsafe_code)]

mod arguments;
mod callbacks;
mod capability;
mod errors;
mod limits;
mod line;
mod main_object;
mod options;
mod renewal;
mod session;
mod sign_in;
mod streams;
mod typescript;
mod values;
mod world;

pub use capability::Capability;
pub use limits::Limits;
pub use main_object::main_object;
pub use session::session_object;
pub use typescript::{first_typescript, typescript};
pub use world::World;

/// What a session of Cap'n Web is aborted with when the node is no longer there.
#[must_use]
pub fn disconnected() -> capnweb::Error {
    let code = "gatewayDisconnected";
    capnweb::Error::new(code, "the node has ended the connection").with("code", code)
}

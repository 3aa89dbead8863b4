//! A session's capabilities for JavaScript programs: the same session and the same objects that a Cap'n Proto client
//! has, under the same membrane, told in Cap'n Web.
//!
//! What a value, an object or an error becomes is decided by its schema alone: see `docs/capnweb.md`.
//!
//! The crate knows no accounts and no policy. It is a host application like any other and reaches a node through
//! `capos-client`.

#![forbid(unsafe_code)]

mod arguments;
mod callbacks;
mod capability;
mod errors;
mod streams;
mod typescript;
mod values;
mod world;

pub use capability::Capability;
pub use typescript::typescript;
pub use world::World;

//! The parts that tests and benchmarks stand on; no product code depends on this crate.
//!
//! * [`lab`] — a real server for the [`lab_capnp`] interface, which has every shape of call that the mechanism must carry, and a state that a test can inspect.
//! * [`hostile`] — a scripted peer that says any message, right or wrong, and reports what it hears.
//! * [`stock`] — the plain RPC library as a foreign program would use it.
//! * [`link`] — two ends of a byte stream in memory, and a hand that cuts, slows, delays or spoils what flows between them.
//! * [`clock`] — time that moves only when told.
//! * [`node`] — a real node in a process of its own.
#![forbid(unsafe_code)]

/// Code generated from this crate's own schema.
#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, clippy::pedantic, clippy::unwrap_used)]
pub mod generated {
    pub mod lab_capnp {
        include!("generated/lab_capnp.rs");
    }
}
pub use generated::lab_capnp;

/// The laboratory's compiled schema, as a service would bring its own: a `CodeGeneratorRequest` message.
pub const LAB_REQUEST: &[u8] = include_bytes!("generated/request.bin");

pub mod clock;
pub mod hostile;
pub mod lab;
pub mod link;
pub mod node;
pub mod stock;

pub use node::{Node, NodePlan};

//! Parts that tests stand on.
#![forbid(unsafe_code)]

/// Code generated from this crate's own schema.
#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, clippy::pedantic)]
pub mod generated {
    pub mod lab_capnp {
        include!("generated/lab_capnp.rs");
    }
}
pub use generated::lab_capnp;

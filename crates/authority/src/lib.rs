//! Planned.

#![forbid(unsafe_code)]

pub mod challenge;
pub mod public_key;
pub mod sshsig;

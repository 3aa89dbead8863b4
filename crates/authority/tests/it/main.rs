//! The public surface of the crate, with real parts.
#![allow(clippy::unwrap_used, missing_docs)]

mod envelope;
mod fuzzing;
mod public_key;
mod replay;
mod samples;
mod security_key;
mod sshsig;

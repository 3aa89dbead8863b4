//! The public surface of the crate, with real parts.
#![allow(clippy::unwrap_used, missing_docs)]

mod envelope;
mod flood;
mod fuzzing;
mod ground;
mod key;
mod one_time;
mod public_key;
mod replay;
mod samples;
mod security_key;
mod sign_in;
mod sshsig;

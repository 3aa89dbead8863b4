//! The public surface of the crate, with real parts.
#![allow(clippy::unwrap_used, missing_docs)]

mod admin;
mod attached;
mod entering;
mod envelope;
mod flood;
mod fuzzing;
mod ground;
mod key;
mod one_time;
mod policy;
mod public_key;
mod replay;
mod restart;
mod samples;
mod security_key;
mod sessions;
mod sign_in;
mod sshsig;
mod stalled;
mod visitors;

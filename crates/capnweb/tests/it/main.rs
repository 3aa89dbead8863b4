//! The protocol, through what the crate offers to programs.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it set it up")]

mod bounds;
mod calls;
mod codec;
#[cfg(feature = "drivers")]
mod conformance;
mod disposal;
#[cfg(feature = "drivers")]
mod drivers;
mod fuzzing;
mod hostile;
mod mapping;
mod methods;
mod objects;
mod pair;
mod peer;
mod promises;
mod remapping;
mod replay;
mod reprieves;
mod roles;
mod speed;
mod streams;

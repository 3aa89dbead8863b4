//! The protocol, through what the crate offers to programs.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it set it up")]

#[cfg(feature = "drivers")]
mod drivers;
mod calls;
mod codec;
#[cfg(feature = "drivers")]
mod drivers;
mod objects;
mod pair;
mod streams;

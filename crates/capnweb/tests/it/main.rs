//! What the crate promises, over its public surface.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[cfg(feature = "drivers")]
mod drivers;
mod calls;
mod objects;
mod pair;
mod streams;

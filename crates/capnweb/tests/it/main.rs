//! What the crate promises, over its public surface.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod calls;
mod objects;
mod pair;
mod streams;

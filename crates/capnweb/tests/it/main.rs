//! What the crate promises, over its public surface.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod streams;

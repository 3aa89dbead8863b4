//! The bridge through its public surface: what is reached through the main object stands against a real node.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod ending;
mod ground;
mod node;
mod sessions;
mod signing_in;
mod typescript;

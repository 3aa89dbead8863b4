//! The bridge through its public surface: what is reached through the main object stands against a real node.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it set it up")]

mod ending;
mod ground;
mod mapping;
mod node;
mod sessions;
mod signing_in;
mod strangers;
mod typescript;

//! The bridge through its public surface.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it set it up")]

mod mapping;
mod typescript;

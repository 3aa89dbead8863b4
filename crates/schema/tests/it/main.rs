//! The contract, the registry and reflection from outside.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it set it up")]

mod contract;
mod registry;
mod support;

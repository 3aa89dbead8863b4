//! The contract, the registry and reflection from outside.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it set it up")]

mod contract;
mod dynamic;
mod errors;
mod fuzzing;
mod hostile;
mod notation;
mod registry;
mod replay;
mod round_trip;
mod served;
mod support;

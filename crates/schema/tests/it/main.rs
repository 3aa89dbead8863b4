//! The contract, the registry and reflection from outside.

mod contract;
mod registry;
mod support;

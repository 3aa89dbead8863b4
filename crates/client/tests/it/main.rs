//! The client against a small node of its own, honest and hostile.
#![expect(clippy::unwrap_used, reason = "what fails in the ground of a test fails the test")]

mod bounds;
mod connecting;
mod gateway;
mod ground;
mod handles;
mod hostile;
mod keys;
mod lifetime;
mod sessions;
mod signing_in;
mod watching;

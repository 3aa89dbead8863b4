//! The real program, from outside.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod administration;
mod configuration;
mod crash;
mod ground;
mod operations;
mod reloading;
mod service_manager;
mod starting;
mod stopping;

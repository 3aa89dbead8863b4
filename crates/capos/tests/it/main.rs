//! The real program, from outside.

mod administration;
mod configuration;
mod crash;
mod ground;
mod operations;
mod reloading;
mod service_manager;
mod starting;
mod stopping;

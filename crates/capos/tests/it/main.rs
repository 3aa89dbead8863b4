//! The real program, from outside.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod administration;
mod bridge;
mod calling;
mod configuration;
mod connecting;
mod contained;
mod copying;
mod crash;
mod ground;
mod help;
mod lying;
mod operations;
mod prompting;
mod pty;
mod recordings;
mod reloading;
mod service_manager;
mod services;
mod shell;
mod starting;
mod stdio;
mod stopping;
mod term;
mod web;

//! Commands, terminals and files of one session, as a confined service.
//!
//! The process is the first one of its own process namespace, and all that a session starts lives there with it: what it
//! may see and use is its profile's to say, and the sandbox's to enforce. This crate adds what the capabilities promise
//! beyond that: who reads what a command writes and how it is slowed down, that nothing outlives whoever holds it, and
//! how much of everything there may be.
//!
//! It deliberately does not know who the session belongs to, how the place is confined, or what a recording is kept in.
//!
//! Start with `service.rs`, where it meets the node, and go on with `commands.rs`, `terminals.rs`, `files.rs` or
//! `tasks.rs`; `ground.rs` is what they have in common.
//!
//! Invariants:
//! - Whatever is started is the root of a tree of processes that somebody holds: when it is dropped, the whole tree ends.
//! - What a command writes is buffered within bounds, and a reader slows down that command alone.
//! - What a task is told goes into the places its configuration names, as whole words, and never through a shell.
#![forbid(unsafe_code)]

mod commands;
mod error;
mod files;
mod ground;
mod limits;
mod service;
mod settings;
mod tasks;
mod terminals;

use std::path::PathBuf;
use std::process::ExitCode;

pub use error::Error;
pub use files::FileLimits;
pub use limits::Limits;
pub use service::{Seat, Shell};
pub use settings::{Recording, Settings};
pub use tasks::Described;

/// The profile that the node has without a file.
pub const PROFILE: &str = include_str!("../shell.toml");

/// Serves one session.
///
/// The program that calls it calls [`capos_sandbox::run_if_helper`] first: its own executable is what keeps the trees.
#[must_use]
pub fn run() -> ExitCode {
    capos_service::run(|place| Ok(Shell::new(PathBuf::from("/proc/self/exe"), place.home)))
}

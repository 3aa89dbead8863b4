//! Commands, terminals and files of one session, as a confined service.
#![forbid(unsafe_code)]

use std::process::ExitCode;

mod files;

pub use files::FileLimits;

/// The profile that the node has without a file.
pub const PROFILE: &str = include_str!("../shell.toml");

/// Serves one session.
#[must_use]
pub fn run() -> ExitCode {
    ExitCode::FAILURE
}

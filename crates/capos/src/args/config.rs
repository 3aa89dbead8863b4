//! `capos config`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::up::NodeFlags;

/// Check or show a node's configuration
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos config check /etc/capos/capos.toml
  capos config show > capos.toml")]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do with it.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Tell everything that is wrong with a file
    #[command(after_help = "Example:\n  capos config check capos.toml")]
    Check {
        /// The file; without it the one that `capos up` would read.
        file: Option<PathBuf>,
    },
    /// Show what holds, and where each value is from
    ///
    /// The answer is a configuration file that says the same.
    #[command(after_help = "Example:\n  capos config show\n  capos config show --config capos.toml --json")]
    Show {
        #[command(flatten)]
        node: NodeFlags,
    },
}

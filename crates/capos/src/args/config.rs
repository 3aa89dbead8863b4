//! `capos config`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::up::NodeFlags;
use crate::bundled::Bundled;

/// Check or show a node's configuration
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos config check /etc/capos/capos.toml
  capos config show > capos.toml
  capos config profile shell > ~/.config/capos/services/shell.toml")]
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
        /// The same, as `capos up` is told it.
        #[arg(long, value_name = "FILE", hide = true, conflicts_with = "file")]
        config: Option<PathBuf>,
    },
    /// Show what holds, and where each value is from
    ///
    /// The answer is a configuration file that says the same.
    #[command(after_help = "Example:\n  capos config show\n  capos config show --config capos.toml --json")]
    Show {
        #[command(flatten)]
        node: NodeFlags,
    },
    /// Show the profile of a service that is built in
    ///
    /// A file with it, changed and put into the directory `services` beside the configuration, takes its place.
    #[command(after_help = "\
Example:
  mkdir -p ~/.config/capos/services
  capos config profile shell > ~/.config/capos/services/shell.toml
  capos config check")]
    Profile {
        /// Which service.
        #[arg(value_name = "SERVICE", value_parser = PossibleValuesParser::new(Bundled::ALL.map(Bundled::id)))]
        service: String,
    },
}

//! `capos config`.

use clap::Args;

/// Check or show a node's configuration
#[derive(Debug, Args)]
pub(crate) struct Config {}

//! `capos up`.

use clap::Args;

/// Start a node
#[derive(Debug, Args)]
pub(crate) struct Up {}

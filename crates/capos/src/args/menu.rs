//! Commands that a service describes.

use clap::Args;

use super::target::Target;

/// List the commands that a service offers right now
///
/// For every capability whose interface is CommandSurface. What is not possible at this moment is listed with the reason.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  capos commands paperclips_commands\n  capos commands adventure_commands --group travel"
)]
pub(crate) struct Commands {
    /// A granted name, or a handle.
    pub(crate) cap: String,
    /// Those of one group alone.
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Carry out a command that a service offers
///
/// Arguments stand in the order in which `capos commands` lists them, or as `name=value` in any. Ends with 1 where the
/// rules of the service forbid it.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos do adventure_commands go north
  capos do paperclips_commands wire count=3")]
pub(crate) struct Do {
    /// A granted name, or a handle.
    pub(crate) cap: String,
    /// One of its commands.
    pub(crate) command: String,
    /// Its arguments.
    #[arg(value_name = "ARG", allow_negative_numbers = true)]
    pub(crate) arguments: Vec<String>,
    #[command(flatten)]
    pub(crate) target: Target,
}

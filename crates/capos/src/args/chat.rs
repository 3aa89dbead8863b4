//! `capos chat`.

use clap::Args;

use super::target::Target;

/// Talk in the node's chat
///
/// What you type is said in the channel; lines that begin with `/` are commands, of which `/help` lists all. Where
/// standard input is no terminal its lines are said, and the end of it ends the chat once all has been said.
/// With --json every event is an object on a line of its own.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos chat
  capos chat workshop --handle ada
  echo 'the build is done' | capos chat builds --handle ci")]
pub(crate) struct Chat {
    /// The channel to join.
    #[arg(value_name = "CHANNEL", default_value = "lobby")]
    pub(crate) channel: String,
    /// The name to go by there; without it the chat makes one of your display name.
    #[arg(long, value_name = "NAME")]
    pub(crate) handle: Option<String>,
    /// The grant to talk through.
    #[arg(long, value_name = "CAP", default_value = "chat")]
    pub(crate) cap: String,
    #[command(flatten)]
    pub(crate) target: Target,
}

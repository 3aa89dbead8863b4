//! `capos connect`.

use clap::Args;

use super::target::{How, More};

/// Sign in and hold the session
///
/// A small process stays in the background and holds the live session, as an ssh master does; every later command uses
/// it. Keys of the agent and of ~/.ssh are tried first, then what the node offers and this terminal can answer.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos connect alice@node.example
  capos connect --key ~/.ssh/id_ed25519 --profile operator alice@[2001:db8::7]:2327
  capos connect --method guest --name lab lab.example
  capos connect --password-stdin --fingerprint SHA256:47DEQ… ci@node.example < password.txt")]
pub(crate) struct Connect {
    /// The node, and the account there: your own name unless you say.
    #[arg(value_name = "[USER@]HOST[:PORT]")]
    pub(crate) target: String,
    /// What to call the session afterwards; the host's name unless you say.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) how: How,
    #[command(flatten)]
    pub(crate) more: More,
}

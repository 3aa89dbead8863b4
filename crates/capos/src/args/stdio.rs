//! `capos stdio`.

use clap::Args;

use super::target::Target;

/// Speak Cap'n Web on standard input and output
///
/// For programs that start this one: an official `capnweb` client, or any other, writes one JSON message a line to it and
/// reads the same back. Its main object is the session itself, signed in already, with `info`, `capSet`, `renew` and
/// `logout`. Nothing else is written to standard output. It ends when standard input does; a held session goes on.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos stdio
  capos stdio lab
  capos stdio --once deploy@node.example --key deploy_key")]
pub(crate) struct Stdio {
    /// The held session of that name, as --node says it.
    #[arg(value_name = "NODE", conflicts_with_all = ["node", "once"])]
    pub(crate) held: Option<String>,
    #[command(flatten)]
    pub(crate) target: Target,
}

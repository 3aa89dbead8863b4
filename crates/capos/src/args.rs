//! The grammar.

pub(crate) mod admin;
pub(crate) mod audit;
pub(crate) mod call;
pub(crate) mod chat;
pub(crate) mod config;
pub(crate) mod connect;
pub(crate) mod cp;
pub(crate) mod documentation;
pub(crate) mod menu;
pub(crate) mod recordings;
pub(crate) mod services;
pub(crate) mod sessions;
pub(crate) mod shell;
pub(crate) mod stdio;
pub(crate) mod target;
pub(crate) mod term;
pub(crate) mod up;
pub(crate) mod web;

use std::ffi::OsString;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::failure::Exit;
use crate::output::Output;

/// A node that hands out capabilities, and the way in.
#[derive(Debug, Parser)]
#[command(
    name = "capos",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "\
Example:
  capos up                                   start a node
  capos connect alice@node.example           sign in
  capos caps                                 see what was granted
  capos call system_info motd                call it
  capos shell uname -a                       run a command there
  capos term                                 open a terminal there
  capos launch adventure                     start a service, and get what it offers

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 denied, 4 node unreachable;
shell, run and term pass on the status of what they ran."
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// Every subcommand.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Up(up::Up),
    Connect(connect::Connect),
    Whoami(sessions::Whoami),
    Renew(sessions::Renew),
    Logout(sessions::Logout),
    Nodes(sessions::Nodes),
    Caps(call::Caps),
    Describe(documentation::Describe),
    Man(documentation::Man),
    Call(call::Call),
    Handles(call::Handles),
    Services(services::Services),
    Probe(services::Probe),
    Launch(services::Launch),
    Attach(services::Attach),
    Stop(services::Stop),
    Shell(shell::Shell),
    Run(shell::Run),
    Term(term::Term),
    Commands(menu::Commands),
    Do(menu::Do),
    Chat(chat::Chat),
    Cp(cp::Cp),
    Ls(cp::Ls),
    Recordings(recordings::Recordings),
    Replay(recordings::Replay),
    Stdio(stdio::Stdio),
    Web(web::Web),
    Admin(admin::Admin),
    Audit(audit::Audit),
    Config(config::Config),
    Completions(Completions),
    Version(Version),
    /// The background process of `connect`, under a name that no mistyped command is near.
    #[command(hide = true, name = "background-session")]
    Held,
}

/// Write a shell's completion script
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos completions bash > ~/.local/share/bash-completion/completions/capos")]
pub(crate) struct Completions {
    /// Which shell.
    pub(crate) shell: clap_complete::Shell,
}

/// Say which version this is
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos version --json")]
pub(crate) struct Version {}

/// The arguments, and how to speak; or what to end with where clap has said all that is to be said.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<(Cli, Output), Exit> {
    let parsed = Cli::command().try_get_matches_from(call::split_json(arguments));
    match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => {
            let output = Output::new(cli.json);
            Ok((cli, output))
        }
        Err(error) => {
            // It knows itself which of the two streams it belongs on.
            let written = error.print();
            Err(if error.use_stderr() || written.is_err() { Exit::Usage } else { Exit::Done })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }
}

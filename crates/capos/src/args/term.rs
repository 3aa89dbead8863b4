//! `capos term`.

use clap::Args;

use super::shell::{Manner, Variable, parse_variable};
use super::target::Target;

/// Open a terminal in the session
///
/// Without a command it is the login shell. The terminal outlives this command: `~.` at the beginning of a line leaves
/// it, and `--attach` comes back, with the screen as it is then. `~?` lists what else can be typed. The status of the
/// program is passed on.
///
/// With `--console` this terminal is lent to a service that talks in lines, such as a game; where standard input is no
/// terminal, its lines are the answers.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos term
  capos term --title build -- make watch
  capos term --list
  capos term --attach 3
  capos term --console adventure_console")]
pub(crate) struct Term {
    /// The program and its arguments; with --console, what the service is told.
    #[arg(value_name = "CMD", trailing_var_arg = true)]
    pub(crate) command: Vec<String>,
    /// Come back to an open terminal.
    #[arg(long, value_name = "ID", group = "what", conflicts_with = "command")]
    pub(crate) attach: Option<u32>,
    /// Watch an open terminal: nothing can be typed.
    #[arg(long, value_name = "ID", group = "what", conflicts_with = "command")]
    pub(crate) observe: Option<u32>,
    /// Hang up an open terminal, or forget one whose program has ended.
    #[arg(long, value_name = "ID", group = "what", conflicts_with = "command")]
    pub(crate) close: Option<u32>,
    /// List the session's terminals.
    #[arg(long, group = "what", conflicts_with = "command")]
    pub(crate) list: bool,
    /// Talk with the service behind a grant of interface Console.
    #[arg(long, value_name = "CAP", group = "what")]
    pub(crate) console: Option<String>,
    /// What to call the terminal.
    #[arg(long, value_name = "TEXT", conflicts_with = "what")]
    pub(crate) title: Option<String>,
    /// The directory to begin in.
    #[arg(long, value_name = "DIR", conflicts_with = "what")]
    pub(crate) cwd: Option<String>,
    /// A variable for the program.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_variable, conflicts_with = "what")]
    pub(crate) env: Vec<Variable>,
    /// The key for this command's own commands; `none` for no such key.
    #[arg(short = 'e', long = "escape", value_name = "KEY", default_value = "~", value_parser = parse_escape)]
    pub(crate) escape: Escape,
    /// Let the program set the clipboard of this terminal.
    #[arg(long)]
    pub(crate) clipboard: bool,
    /// The grant to open it with.
    #[arg(long, value_name = "CAP", default_value = "terminal")]
    pub(crate) cap: String,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// The key that commands to `capos term` itself begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Escape(pub(crate) Option<u8>);

impl Term {
    /// What `capos shell` without a command is at a terminal.
    pub(crate) fn of_shell(how: Manner, target: Target) -> Self {
        let (command, cap) = (Vec::new(), "terminal".to_owned());
        let (attach, observe, close, list, console, title) = (None, None, None, false, None, None);
        let escape = Escape(Some(b'~'));
        let Manner { cwd, env, .. } = how;
        Self { command, attach, observe, close, list, console, title, cwd, env, escape, clipboard: false, cap, target }
    }
}

fn parse_escape(text: &str) -> Result<Escape, String> {
    match text.as_bytes() {
        b"none" => Ok(Escape(None)),
        [key @ b'!'..=b'~'] => Ok(Escape(Some(*key))),
        [b'^', key @ b'A'..=b'_'] => Ok(Escape(Some(key & 0x1f))),
        _ => Err("it is one character, such as ~ or ^B, or none".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_character() {
        let key = |text| parse_escape(text).map(|Escape(key)| key);
        assert_eq!((key("~"), key("^B"), key("none")), (Ok(Some(b'~')), Ok(Some(2)), Ok(None)));
        assert!(key("").is_err() && key("ab").is_err() && key("ä").is_err() && key(" ").is_err());
    }
}

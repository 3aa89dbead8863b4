//! `capos shell` and `run`.

use std::path::PathBuf;

use clap::Args;

use super::target::Target;

/// Run a command in the session's shell
///
/// Its streams are this command's: what it reads comes from standard input, and what it writes goes to standard output
/// and standard error, apart and byte for byte. A terminal is shown what is safe for it. The command ends with what
/// `capos shell` is ended with, and its status is passed on; 128 and the signal's number where a signal ended it, 124
/// where its time was over, 127 where it could not be started.
///
/// Ctrl-C interrupts it, and a second one within a second kills it. Without a command this is `capos term` at a
/// terminal, and a script for bash comes from standard input otherwise.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos shell uname -a
  capos shell --cwd src -- make -j4
  tar -c photos | capos shell tar -x
  capos shell cat big > copy")]
pub(crate) struct Shell {
    /// The command and its arguments; no shell reads them.
    #[arg(value_name = "CMD", trailing_var_arg = true)]
    pub(crate) command: Vec<String>,
    #[command(flatten)]
    pub(crate) how: Manner,
    /// Give it nothing to read.
    #[arg(short = 'n', long)]
    pub(crate) no_stdin: bool,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Run a script in the session's shell
///
/// A file of this machine runs there: with bash, or with what its first line asks for with `#!`. It reads standard
/// input; a script that comes from there itself reads nothing. Streams, status and signals are as of `capos shell`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos run deploy.sh staging
  capos run --timeout 5m report.py < numbers
  echo 'df -h .' | capos run -")]
pub(crate) struct Run {
    /// The script; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Its arguments.
    #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
    #[command(flatten)]
    pub(crate) how: Manner,
    /// Give it nothing to read.
    #[arg(short = 'n', long)]
    pub(crate) no_stdin: bool,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// How a command is run.
#[derive(Clone, Debug, Args)]
pub(crate) struct Manner {
    /// The directory to run in.
    #[arg(long, value_name = "DIR")]
    pub(crate) cwd: Option<String>,
    /// A variable for it, beside the shell's own.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_variable)]
    pub(crate) env: Vec<Variable>,
    /// End it after this time, such as 90s or 5m.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) timeout: Option<humantime::Duration>,
    /// The grant to run it with.
    #[arg(long, value_name = "CAP", default_value = "shell")]
    pub(crate) cap: String,
}

/// A variable of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
}

fn parse_time(text: &str) -> Result<humantime::Duration, String> {
    text.parse().map_err(|_| "a time is given as 90s, 5m or 1h30m".to_owned())
}

pub(super) fn parse_variable(text: &str) -> Result<Variable, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok(Variable { name: name.to_owned(), value: value.to_owned() }),
        _ => Err("a variable is given as NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_has_a_name_and_any_value() {
        let variable = |name: &str, value: &str| Ok(Variable { name: name.to_owned(), value: value.to_owned() });
        assert_eq!(parse_variable("A=b=c"), variable("A", "b=c"));
        assert_eq!(parse_variable("A="), variable("A", ""));
        assert!(parse_variable("A").is_err() && parse_variable("=b").is_err());
    }
}

//! What was granted, and calling it.

use std::ffi::{OsStr, OsString};

use clap::{Args, Subcommand};

use super::target::Target;

/// List what was granted
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos caps\n  capos caps --json --node lab")]
pub(crate) struct Caps {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Call a method of a granted capability
///
/// Arguments stand in the order of the schema, or as `name=value` in any; values are read as the parameter's type wants
/// them. Lists and structs are JSON. For bytes, `@FILE` gives a file's, `@-` those of standard input, `hex:` and
/// `base64:` spelled ones, and anything else its UTF-8. For a capability, give a handle (`%1`) or a granted name.
///
/// Capabilities in the answer get handles for later calls, kept until the session ends or `capos handles` drops them.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos call system_info motd
  capos call manual page profile section=5
  capos call manual apropos --params '{\"query\": \"session\"}'
  capos call %1 info

`--json '{…}'` gives the parameters as `--params` does, and answers in JSON.")]
pub(crate) struct Call {
    /// A granted name, or a handle.
    pub(crate) cap: String,
    /// A method of it.
    pub(crate) method: String,
    /// Its arguments.
    #[arg(value_name = "ARG", allow_negative_numbers = true)]
    pub(crate) arguments: Vec<OsString>,
    /// All parameters as one JSON object.
    #[arg(long, value_name = "JSON", conflicts_with = "arguments")]
    pub(crate) params: Option<String>,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// List or drop the capabilities that calls have given
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos handles\n  capos handles drop %1 %2\n  capos handles drop --all")]
pub(crate) struct Handles {
    #[command(subcommand)]
    pub(crate) verb: Option<HandlesVerb>,
    /// The held session of that name; without it the only one, or the one last connected.
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) node: Option<String>,
}

/// What to do with handles.
#[derive(Debug, Subcommand)]
pub(crate) enum HandlesVerb {
    /// Let go of handles
    #[command(after_help = "Example:\n  capos handles drop %1 %2\n  capos handles drop --all")]
    Drop {
        /// Which.
        #[arg(value_name = "HANDLE", required_unless_present = "all")]
        handles: Vec<String>,
        /// Every one.
        #[arg(long, conflicts_with = "handles")]
        all: bool,
    },
}

/// `call … --json '{…}'` is `--json --params '{…}'`: the word before an object cannot be the plain switch.
pub(super) fn split_json(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut split: Vec<OsString> = Vec::new();
    for argument in arguments {
        let is_object = argument.as_encoded_bytes().trim_ascii_start().starts_with(b"{");
        let after_json = split.last().is_some_and(|last| last == "--json");
        if is_object && after_json && verb(&split) == Some(OsStr::new("call")) {
            split.push("--params".into());
        }
        split.push(argument);
    }
    split
}

/// The first word that is no switch: what follows another verb is not this one's, whatever it is.
fn verb(words: &[OsString]) -> Option<&OsStr> {
    words.iter().skip(1).find(|word| *word != "--json").map(OsString::as_os_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &[&str]) -> Vec<OsString> {
        split_json(line.iter().map(OsString::from))
    }

    #[test]
    fn json_before_an_object_is_both() {
        let expected = ["capos", "call", "x", "y", "--json", "--params", "{\"a\":1}"].map(OsString::from);
        assert_eq!(split(&["capos", "call", "x", "y", "--json", "{\"a\":1}"]), expected);
    }

    #[test]
    fn json_elsewhere_stays_a_switch() {
        let remote = ["capos", "shell", "capos", "call", "--json", "{}"];
        for line in [&["capos", "call", "--json", "x"][..], &["capos", "--json", "man", "{"], &remote] {
            assert_eq!(split(line), line.iter().map(OsString::from).collect::<Vec<_>>());
        }
    }
}

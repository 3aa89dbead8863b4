//! `capos run`: a script of this machine, run in the session's shell.

mod script;

use std::path::Path;

use crate::args::shell::Run;
use crate::commands::shell::{Job, carry_out};
use crate::failure::{Exit, Failure, reason};
use crate::input;
use crate::output::Output;
use script::Script;

/// The longest script.
const LONGEST: u64 = 4 << 20;

/// Runs a script.
pub(crate) async fn run(arguments: Run, output: &Output) -> Result<Exit, Failure> {
    let Run { file, arguments, how, no_stdin, target } = arguments;
    let is_stdin = file == Path::new("-");
    let text = input::bytes(&file, LONGEST);
    let text =
        text.map_err(|error| Failure::usage(format!("{} cannot be read: {}", file.display(), reason(&error))))?;
    let name = if is_stdin { script::UNNAMED.to_owned() } else { file.to_string_lossy().into_owned() };
    let Script { command, arguments, first } = Script::carry(&name, text, arguments)?;
    let job = Job { command, arguments, how, first, reads: !no_stdin && !is_stdin };
    carry_out(&job, &target, output).await
}

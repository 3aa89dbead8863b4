//! What came of a command.

use std::io::{IsTerminal as _, stderr};

use capos_schema::shell_capnp::shell_result;
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::text;
use crate::terminal::signals::{status, status_of};

/// What a command ends with whose time was over, as `timeout` has it.
const TIMED_OUT: u8 = 124;

/// As a program sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ended {
    exit_code: i32,
    signal: String,
    success: bool,
    timed_out: bool,
    truncated: bool,
    duration_ms: u64,
    stdout: String,
    stderr: String,
}

impl Ended {
    pub(super) fn read(from: shell_result::Reader<'_>) -> Result<Self, Failure> {
        Ok(Self {
            exit_code: from.get_exit_code(),
            signal: text(from.get_signal())?,
            success: from.get_success(),
            timed_out: from.get_timed_out(),
            truncated: from.get_truncated(),
            duration_ms: from.get_duration(),
            stdout: text(from.get_stdout())?,
            stderr: text(from.get_stderr())?,
        })
    }

    /// Tells what there is to tell, and gives what the process ends with.
    pub(super) fn finish(self, lost: u64, output: &Output) -> Result<Exit, Failure> {
        let exit = Exit::Remote(self.status());
        if output.is_json() {
            output.json_line(&self)?;
        } else if self.timed_out {
            output.note("The command's time was over, and it was ended.");
        } else if !self.signal.is_empty() && stderr().is_terminal() {
            output.note(&format!("The command was ended by {}.", self.signal));
        }
        if lost > 0 {
            let sentence = format!("{lost} bytes that the command wrote were lost on the way");
            return Err(Failure::failed(sentence).coded("lost"));
        }
        Ok(exit)
    }

    fn status(&self) -> u8 {
        match () {
            () if self.timed_out => TIMED_OUT,
            () if !self.signal.is_empty() => status_of(&self.signal),
            () => status(self.exit_code),
        }
    }
}

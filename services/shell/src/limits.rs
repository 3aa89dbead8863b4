//! Every bound of a shell's service, with its reason.

use std::time::Duration;

use serde::Deserialize;

use crate::Error;
use crate::settings::values;

/// What one session may have of commands and terminals. `[settings.limits]` of the profile names those that are to be
/// others, in the spelling of the settings (`outputBytes`); none can be had without a bound.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Limits {
    /// Commands that run at once, those of tasks included. What each of them starts is the sandbox's to count.
    pub processes: usize,
    /// Bytes of output kept of one command. With the room that a message needs beside them, they are the largest one.
    #[serde(deserialize_with = "values::size")]
    pub output_bytes: usize,
    /// Bytes of output kept of all commands of a session together: a quarter of the memory that the place has.
    #[serde(deserialize_with = "values::size")]
    pub kept_bytes: usize,
    /// Longest time that `exec`, `run` and tasks take.
    #[serde(deserialize_with = "values::time")]
    pub exec_time: Duration,
    /// Commands started in a second, and terminals opened in one.
    pub rate: u32,
    /// Bytes under way to one reader of a command's output, and waiting for one who only watches.
    #[serde(deserialize_with = "values::size")]
    pub window_bytes: usize,
    /// Callbacks that one holder of a command may have, and each who watches it.
    pub callbacks: usize,
    /// How many may watch one command.
    pub observers: usize,
    /// Variables of an environment.
    pub variables: usize,
    /// Bytes of an environment: with the arguments it has to fit into what the system hands to a program.
    #[serde(deserialize_with = "values::size")]
    pub environment_bytes: usize,
    /// Bytes of a command's arguments.
    #[serde(deserialize_with = "values::size")]
    pub argument_bytes: usize,
    /// Bytes of a script: it is kept in the temporary directory while it runs.
    #[serde(deserialize_with = "values::size")]
    pub script_bytes: usize,
    /// Terminals of a session, those that have ended and were not closed among them.
    pub terminals: usize,
    /// Lines that a terminal keeps of what has left its screen.
    pub scrollback: usize,
    /// Bytes that those lines may take in memory.
    #[serde(deserialize_with = "values::size")]
    pub scrollback_bytes: usize,
    /// Pictures of a terminal that one viewer gets in a second: more than a display shows is of no use, and fewer look
    /// jerky.
    pub frames_per_second: u16,
    /// How many may look at one terminal.
    pub viewers: usize,
    /// Bytes under way to one real terminal that shows a terminal.
    #[serde(deserialize_with = "values::size")]
    pub viewer_bytes: usize,
    /// Time between SIGTERM and SIGKILL.
    #[serde(deserialize_with = "values::time")]
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            processes: 32,
            output_bytes: 127 << 16,
            kept_bytes: 64 << 20,
            exec_time: Duration::from_secs(600),
            rate: 100,
            window_bytes: 1 << 20,
            callbacks: 16,
            observers: 16,
            variables: 1024,
            environment_bytes: 128 << 10,
            argument_bytes: 1 << 20,
            script_bytes: 4 << 20,
            terminals: 16,
            scrollback: 10_000,
            scrollback_bytes: 48 << 20,
            frames_per_second: 30,
            viewers: 32,
            viewer_bytes: 256 << 10,
            grace: Duration::from_secs(2),
        }
    }
}

impl Limits {
    /// Whether each is something that can be kept to.
    pub(crate) fn check(&self) -> Result<(), Error> {
        values::within("processes", self.processes, 1, 1024)?;
        values::within("outputBytes", self.output_bytes, 1, values::MESSAGE_ROOM)?;
        values::within("keptBytes", self.kept_bytes, 1, 1 << 30)?;
        values::within("rate", self.rate as usize, 1, 10_000)?;
        values::within("windowBytes", self.window_bytes, 64 << 10, 16 << 20)?;
        values::within("callbacks", self.callbacks, 1, 256)?;
        values::within("observers", self.observers, 0, 256)?;
        values::within("variables", self.variables, 16, 4096)?;
        values::within("environmentBytes", self.environment_bytes, 4 << 10, 512 << 10)?;
        values::within("argumentBytes", self.argument_bytes, 4 << 10, 1 << 20)?;
        values::within("scriptBytes", self.script_bytes, 1, values::MESSAGE_ROOM)?;
        values::within("terminals", self.terminals, 1, 256)?;
        values::within("scrollback", self.scrollback, 0, 1_000_000)?;
        values::within("scrollbackBytes", self.scrollback_bytes, 1 << 20, 1 << 30)?;
        values::within("framesPerSecond", self.frames_per_second.into(), 1, 120)?;
        values::within("viewers", self.viewers, 1, 256)?;
        values::within("viewerBytes", self.viewer_bytes, 16 << 10, 4 << 20)?;
        values::between("execTime", self.exec_time, Duration::from_millis(1), Duration::from_secs(24 * 3600))?;
        values::between("grace", self.grace, Duration::ZERO, Duration::from_secs(30))
    }
}

//! The only place that prints.
//!
//! Answers go to standard output, everything else to standard error. Whatever text comes here loses what a terminal
//! would obey ([`mod@plain`]); colours are put on afterwards, and only for a terminal.

mod flow;
mod plain;
mod table;
pub(crate) mod when;

use std::io::{self, IsTerminal, Write};

use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use flow::flow;
pub(crate) use plain::{plain, plain_json};
pub(crate) use table::Table;

/// How this run of the program speaks.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    json: bool,
    terminal: bool,
    colour: bool,
    notes_colour: bool,
}

impl Output {
    /// As the streams and the environment ask for.
    pub(crate) fn new(json: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let terminal = io::stdout().is_terminal();
        Self { json, terminal, colour: terminal && wanted, notes_colour: io::stderr().is_terminal() && wanted }
    }

    /// Whether the answer is to be JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether standard output is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// How wide the terminal is that shows the answer; nothing where none does, or none that says so.
    pub(crate) fn columns(&self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok().filter(|_| self.terminal)?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    }

    /// One answer: as JSON where that was asked for, else as what `human` writes.
    pub(crate) fn answer<T: Serialize>(&self, value: &T, human: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        if self.json { self.json_line(value) } else { self.text(&human(value)) }
    }

    /// A list: as JSON where that was asked for, else as a table.
    pub(crate) fn list<T: Serialize>(&self, value: &T, table: impl FnOnce(&T) -> Table) -> Result<(), Failure> {
        if self.json {
            return self.json_line(value);
        }
        self.write(&table(value).render(self.terminal, self.colour))
    }

    /// Text of the answer, a line's end added where there is none. A terminal's long lines are broken between words.
    pub(crate) fn text(&self, text: &str) -> Result<(), Failure> {
        self.flowing(text, None)
    }

    /// The same with every row after a line's first set in so far, so that nothing in the line passes for another.
    pub(crate) fn hanging(&self, text: &str, hang: usize) -> Result<(), Failure> {
        self.flowing(text, Some(hang))
    }

    fn flowing(&self, text: &str, hang: Option<usize>) -> Result<(), Failure> {
        if text.is_empty() {
            return Ok(());
        }
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let text = format!("{}{end}", plain(text));
        match self.columns() {
            Some(columns) => self.write(&flow(&text, columns, hang)),
            None => self.write(&text),
        }
    }

    /// One value as a line of JSON.
    pub(crate) fn json_line<T: Serialize>(&self, value: &T) -> Result<(), Failure> {
        let text = if self.terminal { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
        let text = text.map_err(|error| Failure::failed(format!("the answer cannot be JSON: {error}")))?;
        self.write(&format!("{}\n", plain_json(&text)))
    }

    /// One of many values, each on a line of its own wherever it goes.
    pub(crate) fn json_record(&self, value: &Value) -> Result<(), Failure> {
        self.write(&format!("{}\n", plain_json(&value.to_string())))
    }

    /// Bytes of the answer as they are: for files and scripts, not for terminals.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        stdout(bytes)
    }

    /// Something a person may want to know; it is no part of the answer.
    pub(crate) fn note(&self, text: &str) {
        stderr(&format!("{}\n", self.note_flow(&plain(text))));
    }

    /// Whether somebody sees how far something is.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.json && io::stderr().is_terminal()
    }

    /// The line that says how far something is, in the place of what it said before; empty: none any more.
    pub(crate) fn progress(&self, line: &str) {
        let columns = rustix::termios::tcgetwinsize(io::stderr()).map_or(80, |size| usize::from(size.ws_col));
        let line = plain(line).replace('\n', " ");
        let room = columns.saturating_sub(1).max(20);
        let mut width = 0;
        let fits = |letter: &char| {
            width += unicode_width::UnicodeWidthChar::width(*letter).unwrap_or(0);
            width <= room
        };
        stderr(&format!("\r\x1b[K{}", line.chars().take_while(fits).collect::<String>()));
    }

    fn note_flow(&self, text: &str) -> String {
        let size = rustix::termios::tcgetwinsize(io::stderr()).ok();
        size.map_or_else(|| text.to_owned(), |size| flow(text, usize::from(size.ws_col), None))
    }

    /// Tells why a command failed, and gives what the process ends with.
    pub(crate) fn failure(&self, failure: &Failure) -> Exit {
        if failure.silent {
            return failure.exit;
        }
        if self.json {
            stderr(&format!("{}\n", plain_json(&failure_json(failure).to_string())));
        } else {
            let (bold, end) = if self.notes_colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
            let told = self.note_flow(&format!("error: {}", plain(&sentence(&failure.sentence))));
            stderr(&format!("{bold}error:{end}{}\n", told.trim_start_matches("error:")));
            if let Some(advice) = &failure.advice {
                self.note(advice);
            }
        }
        failure.exit
    }

    /// The same text in bold where colours are on. What is in it must be printable already.
    pub(crate) fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{}\x1b[0m", plain(text)) } else { plain(text) }
    }

    /// Lines that were made printable, styles included.
    pub(crate) fn styled(&self, text: &str) -> Result<(), Failure> {
        self.write(text)
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        stdout(text.as_bytes())
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim_end_matches(['.', '\n']);
    format!("{text}.")
}

fn failure_json(failure: &Failure) -> Value {
    let code = if failure.code.is_empty() { exit_word(failure.exit) } else { &failure.code };
    json!({ "error": { "code": code, "message": failure.sentence, "advice": failure.advice } })
}

fn exit_word(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "done",
        Exit::Failed | Exit::Remote(_) => "failed",
        Exit::Usage => "usage",
        Exit::Denied => "denied",
        Exit::Unreachable => "unreachable",
    }
}

fn stdout(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::nobody_listens()),
        Err(error) => Err(Failure::failed(format!("the answer could not be written: {error}"))),
    }
}

/// A note that cannot be written has nobody who would read it.
fn stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

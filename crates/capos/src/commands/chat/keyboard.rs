//! A person's keys: what is being typed stays whole below what others say meanwhile.
//!
//! **Invariant:** however a talk ends, the terminal is left as it was.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};

use tokio::sync::mpsc;
use unicode_width::UnicodeWidthStr as _;

use crate::output::{Output, plain};
use crate::terminal::Mode;
use crate::terminal::draft::{Draft, Typed};

/// Chunks of keys that may wait.
const WAITING: usize = 16;
/// A terminal that does not say how wide it is.
const USUAL_COLUMNS: usize = 80;
/// To the row's beginning, and everything off it.
const CLEAR: &str = "\r\x1b[K";

/// The keys of the terminal that this process is at.
pub(super) struct Keyboard {
    keys: mpsc::Receiver<Vec<u8>>,
    draft: Draft,
    typed: VecDeque<Typed>,
    prompt: String,
    output: Output,
    _mode: Mode,
}

impl Keyboard {
    /// Nothing where there is no terminal to type at and to see it on, or one that cannot clear a row.
    pub(super) fn of_person(output: &Output) -> Option<Self> {
        let can_clear = std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        if !can_clear || output.is_json() || !output.is_terminal() || !io::stdin().is_terminal() {
            return None;
        }
        let terminal = rustix::stdio::stdin().try_clone_to_owned().map(File::from).ok()?;
        let mode = Mode::of_keys(&terminal).ok()?;
        let keys = start(terminal);
        let (draft, typed, prompt, output) = (Draft::default(), VecDeque::new(), String::new(), output.clone());
        Some(Self { keys, draft, typed, prompt, output, _mode: mode })
    }

    /// The next thing that was typed; nothing once the terminal has gone.
    pub(super) async fn next(&mut self) -> Option<Typed> {
        loop {
            if let Some(typed) = self.typed.pop_front() {
                return Some(typed);
            }
            let bytes = self.keys.recv().await?;
            self.typed.extend(self.draft.feed(&bytes));
            self.show();
        }
    }

    /// What is typed is said there from here on.
    pub(super) fn speak_in(&mut self, channel: &str) {
        self.prompt = if channel.is_empty() { "> ".to_owned() } else { format!("[{channel}] > ") };
    }

    /// Shows what is typed so far.
    pub(super) fn show(&self) {
        let columns = self.output.columns().unwrap_or(USUAL_COLUMNS);
        let room = columns.saturating_sub(self.prompt.width() + 1);
        // A terminal that cannot be written to has nobody before it.
        let _ = self.output.styled(&format!("{CLEAR}{}{}", plain(&self.prompt), plain(&self.draft.tail(room))));
    }

    /// Makes room for what is told.
    pub(super) fn hide(&self) {
        let _ = self.output.styled(CLEAR);
    }

    /// A command stays in sight above its answer.
    pub(super) fn keep(&self, line: &str) {
        let _ = self.output.styled(&format!("{CLEAR}{}\n", plain(&format!("{}{line}", self.prompt))));
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.hide();
    }
}

/// Reads on a thread of its own, which ends with the process: nothing can call it back from a terminal.
fn start(mut terminal: File) -> mpsc::Receiver<Vec<u8>> {
    let (sender, keys) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        let mut bytes = [0; 1024];
        loop {
            let read = match terminal.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) => break,
                Ok(read) => bytes.get(..read).unwrap_or_default().to_vec(),
            };
            if sender.blocking_send(read).is_err() {
                break;
            }
        }
    });
    keys
}

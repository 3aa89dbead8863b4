//! The terminal, or whatever else this process was started at: how it takes keys, how large it is, and its streams.
//!
//! [`Mode`] makes a terminal give keys as a command needs them, [`stream`] reads and writes without keeping the rest of
//! the program waiting, [`screen`] is what a program elsewhere draws on, and [`mod@escape`] finds what is meant for the
//! command itself among the keys.
//!
//! **Invariants:** however a command ends, by an answer, a signal, a panic or the end of the node, the terminal is left
//! as it was found; what comes from elsewhere reaches a terminal through a filter, and anything else as it is.

pub(crate) mod draft;
pub(crate) mod escape;
mod modes;
pub(crate) mod screen;
pub(crate) mod signals;
pub(crate) mod stream;

use std::fs::File;
use std::io;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

/// A terminal's size where it does not say one.
const USUAL: Size = Size { columns: 80, rows: 24 };

/// How large a terminal is, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) columns: u16,
    pub(crate) rows: u16,
}

impl Size {
    /// The one of standard output.
    pub(crate) fn of_person() -> Self {
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout());
        let known = size.ok().filter(|size| size.ws_col > 0 && size.ws_row > 0);
        known.map_or(USUAL, |size| Self { columns: size.ws_col, rows: size.ws_row })
    }
}

/// A terminal that gives each key at once and echoes none, until this is dropped.
pub(crate) struct Mode {
    terminal: File,
    before: Termios,
    own: Termios,
}

impl Mode {
    /// For an answer that is typed. Ctrl-C is a key like any other: nothing but the asking can end it, and so nothing
    /// leaves the terminal mute.
    pub(crate) fn of_answer(terminal: &File) -> io::Result<Self> {
        Self::enter(terminal, OptionalActions::Flush, |own| {
            own.local_modes &= !(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        })
    }

    /// The same for whoever types for as long as they like: what came before is taken too, and ctrl-C is the signal
    /// that it is elsewhere, which the holder has to await. There is no ctrl-Z: whoever came back would find the
    /// terminal as the shell left it.
    pub(crate) fn of_keys(terminal: &File) -> io::Result<Self> {
        Self::enter(terminal, OptionalActions::Now, |own| {
            own.local_modes &= !(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
            for key in [SpecialCodeIndex::VSUSP, SpecialCodeIndex::VQUIT, SpecialCodeIndex::VLNEXT] {
                own.special_codes[key] = 0;
            }
        })
    }

    /// For lines that a program elsewhere asks for: every key is one, and what is shown still has its lines' ends made
    /// into a terminal's.
    pub(crate) fn of_lines(terminal: &File) -> io::Result<Self> {
        Self::enter(terminal, OptionalActions::Now, |own| {
            let output = own.output_modes;
            own.make_raw();
            own.output_modes = output;
        })
    }

    /// For a program elsewhere that has the whole terminal.
    pub(crate) fn raw(terminal: &File) -> io::Result<Self> {
        Self::enter(terminal, OptionalActions::Now, Termios::make_raw)
    }

    fn enter(terminal: &File, when: OptionalActions, change: impl FnOnce(&mut Termios)) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut own = before.clone();
        change(&mut own);
        own.special_codes[SpecialCodeIndex::VMIN] = 1;
        own.special_codes[SpecialCodeIndex::VTIME] = 0;
        let entered = Self { terminal: terminal.try_clone()?, before, own };
        tcsetattr(&entered.terminal, when, &entered.own)?;
        Ok(entered)
    }

    /// Stops this process as ctrl-Z does elsewhere, with the terminal as it was found, and comes back with it.
    pub(crate) fn suspend(&self) -> io::Result<()> {
        tcsetattr(&self.terminal, OptionalActions::Drain, &self.before)?;
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
        self.again()
    }

    /// Takes the terminal once more: a shell has had it while this process was stopped.
    pub(crate) fn again(&self) -> io::Result<()> {
        Ok(tcsetattr(&self.terminal, OptionalActions::Now, &self.own)?)
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        // Nothing better can be done where this fails: the terminal has gone.
        let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
    }
}

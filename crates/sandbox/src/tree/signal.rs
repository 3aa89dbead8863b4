//! Signals as people name them, and how commands end.

use nix::sys::signal::Signal as Number;
use serde::{Deserialize, Serialize};

/// What may be sent to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the system's")]
pub enum Signal {
    Term,
    Kill,
    Int,
    Hup,
    Quit,
    Usr1,
    Usr2,
    Stop,
    Cont,
    Tstp,
    Winch,
}

const NAMES: [(Signal, &str, Number); 11] = [
    (Signal::Term, "SIGTERM", Number::SIGTERM),
    (Signal::Kill, "SIGKILL", Number::SIGKILL),
    (Signal::Int, "SIGINT", Number::SIGINT),
    (Signal::Hup, "SIGHUP", Number::SIGHUP),
    (Signal::Quit, "SIGQUIT", Number::SIGQUIT),
    (Signal::Usr1, "SIGUSR1", Number::SIGUSR1),
    (Signal::Usr2, "SIGUSR2", Number::SIGUSR2),
    (Signal::Stop, "SIGSTOP", Number::SIGSTOP),
    (Signal::Cont, "SIGCONT", Number::SIGCONT),
    (Signal::Tstp, "SIGTSTP", Number::SIGTSTP),
    (Signal::Winch, "SIGWINCH", Number::SIGWINCH),
];

impl Signal {
    /// By its name, with or without `SIG`.
    pub fn parse(name: &str) -> Option<Signal> {
        let known = |full: &str| full == name || full.strip_prefix("SIG") == Some(name);
        NAMES.iter().find_map(|(signal, full, _)| known(full).then_some(*signal))
    }

    /// Its name, with `SIG`.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    pub(super) fn number(self) -> Number {
        self.row().2
    }

    fn row(self) -> &'static (Signal, &'static str, Number) {
        NAMES.iter().find(|(signal, ..)| *signal == self).expect("every signal has a row")
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By the signal with this number, which need not be one of [`Signal`].
    Signal(i32),
}

/// What is left to say of a command whose keeper was killed.
pub(super) const KILLED: Exit = Exit::Signal(libc::SIGKILL);

//! Signals that this process gets, and the names and numbers of those that end others.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// What a shell adds to the number of the signal that ended a command.
const BY_SIGNAL: u8 = 128;

/// Each signal's name, and its number on Linux.
const NAMES: [(&str, u8); 31] = [
    ("SIGHUP", 1),
    ("SIGINT", 2),
    ("SIGQUIT", 3),
    ("SIGILL", 4),
    ("SIGTRAP", 5),
    ("SIGABRT", 6),
    ("SIGBUS", 7),
    ("SIGFPE", 8),
    ("SIGKILL", 9),
    ("SIGUSR1", 10),
    ("SIGSEGV", 11),
    ("SIGUSR2", 12),
    ("SIGPIPE", 13),
    ("SIGALRM", 14),
    ("SIGTERM", 15),
    ("SIGSTKFLT", 16),
    ("SIGCHLD", 17),
    ("SIGCONT", 18),
    ("SIGSTOP", 19),
    ("SIGTSTP", 20),
    ("SIGTTIN", 21),
    ("SIGTTOU", 22),
    ("SIGURG", 23),
    ("SIGXCPU", 24),
    ("SIGXFSZ", 25),
    ("SIGVTALRM", 26),
    ("SIGPROF", 27),
    ("SIGWINCH", 28),
    ("SIGIO", 29),
    ("SIGPWR", 30),
    ("SIGSYS", 31),
];

/// What a shell ends with for a command that was ended by the signal of that name.
pub(crate) fn status_of(name: &str) -> u8 {
    let number = NAMES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    // One of the real-time signals, or of another system.
    number.map_or(u8::MAX, |number| BY_SIGNAL + number)
}

/// What a process ends with that stands for one of that status. One that no process has is no success.
pub(crate) fn status(code: i32) -> u8 {
    u8::try_from(code).unwrap_or(u8::MAX)
}

/// Whoever wants this process to end.
pub(crate) struct Endings {
    interrupt: Signal,
    end: Signal,
    hangup: Signal,
}

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Interrupt,
    End,
    HangUp,
}

impl Ending {
    /// As the signal is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::End => "SIGTERM",
            Self::HangUp => "SIGHUP",
        }
    }

    /// What a process that ends of it ends with.
    pub(crate) fn status(self) -> u8 {
        status_of(self.name())
    }
}

impl Endings {
    /// From here on they are told, and end nothing by themselves.
    pub(crate) fn new() -> Result<Self, Failure> {
        let [interrupt, end, hangup] = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Ok(Self { interrupt: listen(interrupt)?, end: listen(end)?, hangup: listen(hangup)? })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Ending {
        tokio::select! {
            Some(()) = self.interrupt.recv() => Ending::Interrupt,
            Some(()) = self.end.recv() => Ending::End,
            Some(()) = self.hangup.recv() => Ending::HangUp,
            else => std::future::pending().await,
        }
    }
}

/// Has a signal told from here on.
pub(crate) fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::failed(format!("signals cannot be awaited: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_by_a_signal_ends_as_in_a_shell() {
        assert_eq!((status_of("SIGTERM"), status_of("SIGKILL"), status_of("SIGPIPE")), (143, 137, 141));
        assert_eq!(status_of("SIGRTMIN+1"), 255);
        assert_eq!((Ending::Interrupt.status(), Ending::HangUp.status()), (130, 129));
        assert_eq!((status(0), status(255), status(256), status(i32::MIN)), (0, 255, 255, 255));
    }
}

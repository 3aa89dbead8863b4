//! How a command ended, in the words of the contract.

use std::borrow::Cow;

use capos_sandbox::tree::Exit;

/// The code of a command that a signal ended.
const SIGNALLED: i32 = 1;

/// The names of the system's signals, from 1 on.
const SIGNALS: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// The code that clients are told.
pub(crate) fn code(exit: Exit) -> i32 {
    match exit {
        Exit::Code(code) => code,
        Exit::Signal(_) => SIGNALLED,
    }
}

/// The name of the signal that ended it; empty where none did.
pub(crate) fn signal(exit: Exit) -> Cow<'static, str> {
    match exit {
        Exit::Code(_) => "".into(),
        Exit::Signal(number) => name(number),
    }
}

fn name(number: i32) -> Cow<'static, str> {
    let known = usize::try_from(number).ok().and_then(|number| SIGNALS.get(number.checked_sub(1)?));
    known.map_or_else(|| format!("SIG{number}").into(), |name| (*name).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_the_names_that_the_system_gives_them() {
        assert_eq!(signal(Exit::Signal(15)), "SIGTERM");
        assert_eq!(signal(Exit::Signal(9)), "SIGKILL");
        assert_eq!(signal(Exit::Signal(31)), "SIGSYS");
        assert_eq!(signal(Exit::Signal(34)), "SIG34");
        assert_eq!((code(Exit::Signal(9)), code(Exit::Code(7))), (1, 7));
        assert_eq!(signal(Exit::Code(0)), "");
    }
}

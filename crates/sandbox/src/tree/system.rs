//! The steps that no library wraps safely.

use std::io;
use std::os::fd::OwnedFd;

use nix::unistd::{ForkResult, Pid, fork as plain_fork};
use tokio::io::unix::AsyncFd;

use crate::kernel::{Alone, Fork};

/// Copies this process. Unlike `kernel::fork` it does without clone3, which confined programs have not.
pub(super) fn fork(_: &Alone) -> nix::Result<Fork> {
    #[expect(unsafe_code, reason = "a fork of a program with threads may do next to nothing")]
    // SAFETY: `Alone` proves that there is one thread, so that no lock of the copied memory is held by a thread that is not there.
    match unsafe { plain_fork() }? {
        ForkResult::Child => Ok(Fork::Child),
        ForkResult::Parent { child } => Ok(Fork::Parent(child)),
    }
}

/// Every signal does what it does in a fresh process, whatever this one's parent ignored; commands inherit it.
pub(super) fn default_signals() {
    for number in 1..=libc::SIGRTMAX() {
        #[expect(unsafe_code, reason = "the wrapper is unsafe because of handlers, and knows no real-time signals")]
        // SAFETY: no handler is installed, defaults are restored; numbers that cannot be are refused.
        let _ = unsafe { libc::signal(number, libc::SIG_DFL) };
    }
}

/// A child that has ended and was not collected, which it still is not afterwards.
pub(super) fn ended_child() -> Option<Pid> {
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    #[expect(unsafe_code, reason = "the wrappers do not tell whose state it is")]
    // SAFETY: `waitid` writes to nothing but the structure, for which zero is a valid state; of the fields it fills, the number is read, which is zero where there is no such child.
    let number = unsafe {
        let mut found: libc::siginfo_t = std::mem::zeroed();
        match libc::waitid(libc::P_ALL, 0, &raw mut found, options) {
            0 => found.si_pid(),
            _ => 0,
        }
    };
    (number > 0).then_some(Pid::from_raw(number))
}

/// A descriptor that the runtime watches.
pub(super) fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    #[expect(unsafe_code, reason = "the runtime trusts what it watches to stay the same")]
    // SAFETY: an `OwnedFd` names one open descriptor for all its life, and `AsyncFd` gives it back before that is closed.
    let registered = unsafe { AsyncFd::register(descriptor) };
    Ok(registered?)
}

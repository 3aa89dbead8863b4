//! System calls that no library wraps safely: all unsafe code of the workspace is in this file.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::Pid;

/// Proof that this process has one thread, and so that a fork of it may do anything.
#[derive(Debug)]
pub(crate) struct Alone(());

impl Alone {
    /// Looks, and refuses where another thread is there.
    pub(crate) fn prove() -> io::Result<Alone> {
        match std::fs::read_dir("/proc/self/task")?.count() {
            1 => Ok(Alone(())),
            threads => Err(io::Error::other(format!("{threads} threads where one must be"))),
        }
    }
}

/// Which side of a fork this is.
pub(crate) enum Fork {
    Child,
    Parent(Pid),
}

/// Copies this process into new namespaces (`CLONE_NEW…`), none for an ordinary fork.
pub(crate) fn fork(_: &Alone, namespaces: i32) -> io::Result<Fork> {
    let flags = u64::try_from(namespaces).map_err(io::Error::other)?;
    let signal = u64::try_from(libc::SIGCHLD).map_err(io::Error::other)?;
    #[expect(unsafe_code, reason = "clone3 has no wrapper, and libc's fork makes no namespaces")]
    // SAFETY: the arguments are zero but for flags and signal, so that the call is a fork: no memory, stack or descriptor is shared, and `Alone` proves that no other thread holds a lock of the copied memory.
    let pid = unsafe {
        let mut arguments: libc::clone_args = std::mem::zeroed();
        arguments.flags = flags;
        arguments.exit_signal = signal;
        libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<libc::clone_args>())
    };
    match i32::try_from(pid) {
        Ok(0) => Ok(Fork::Child),
        Ok(pid) if pid > 0 => Ok(Fork::Parent(Pid::from_raw(pid))),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Makes `descriptor` known under the number `place` too, kept over exec.
pub(crate) fn place(descriptor: BorrowedFd<'_>, place: RawFd) -> io::Result<()> {
    #[expect(unsafe_code, reason = "the safe wrappers want to own the number that is overwritten")]
    // SAFETY: called right before exec, in a process whose only remaining descriptors by number are those placed here; none owned elsewhere below `place`'s bound is used again.
    let placed = unsafe { libc::dup2(descriptor.as_raw_fd(), place) };
    if placed == place { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Closes every descriptor from `first` on, once this process runs its program.
pub(crate) fn close_on_exec_from(first: u32) -> io::Result<()> {
    #[expect(unsafe_code, reason = "close_range has no wrapper")]
    // SAFETY: it marks descriptors and closes none.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    checked(done)
}

/// A broken pipe ends a process again, as every program expects at its start; the runtime of Rust had it ignored.
pub(crate) fn default_broken_pipe() -> io::Result<()> {
    #[expect(unsafe_code, reason = "the wrapper is unsafe because of handlers")]
    // SAFETY: no handler is installed, the default is restored.
    let done = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    done.map(drop).map_err(io::Error::from)
}

fn checked(returned: libc::c_long) -> io::Result<()> {
    if returned < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

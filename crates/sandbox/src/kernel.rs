//! System calls that no library wraps safely: all unsafe code of the workspace is in this file.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

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

/// Beyond the 32 bits in which the C library declares it.
const CLONE_INTO_CGROUP: u64 = 1 << 33;

/// Copies this process into new namespaces (`CLONE_NEW…`), none for an ordinary fork.
pub(crate) fn fork(alone: &Alone, namespaces: i32) -> io::Result<Fork> {
    fork_into(alone, namespaces, None)
}

/// The same, into a control group of the second generation.
pub(crate) fn fork_into(_: &Alone, namespaces: i32, group: Option<&OwnedFd>) -> io::Result<Fork> {
    let mut flags = u64::try_from(namespaces).map_err(io::Error::other)?;
    let mut place = 0;
    if let Some(group) = group {
        flags |= CLONE_INTO_CGROUP;
        place = u64::try_from(group.as_raw_fd()).map_err(io::Error::other)?;
    }
    let signal = u64::try_from(libc::SIGCHLD).map_err(io::Error::other)?;
    #[expect(unsafe_code, reason = "clone3 has no wrapper, and libc's fork makes no namespaces")]
    // SAFETY: the arguments are zero but for flags, signal and group, so that the call is a fork: no memory, stack or descriptor is shared, and `Alone` proves that no other thread holds a lock of the copied memory.
    let pid = unsafe {
        let mut arguments: libc::clone_args = std::mem::zeroed();
        arguments.flags = flags;
        arguments.exit_signal = signal;
        arguments.cgroup = place;
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

/// Attributes (`MOUNT_ATTR_…`) for a mount that nothing is propagated to any more, and with `recursive` for all below it.
pub(crate) fn set_mount_attributes(mount: BorrowedFd<'_>, recursive: bool, attributes: u64) -> io::Result<()> {
    let below = if recursive { libc::AT_RECURSIVE } else { 0 };
    let empty = c"";
    let wanted = libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: libc::MS_PRIVATE, userns_fd: 0 };
    #[expect(unsafe_code, reason = "mount_setattr has no wrapper")]
    // SAFETY: both pointers outlive the call, and the size is that of what the second points to.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            empty.as_ptr(),
            libc::AT_EMPTY_PATH | below,
            &raw const wanted,
            size_of::<libc::mount_attr>(),
        )
    };
    checked(done)
}

/// Leaves the session keyring, whose keys reach through every namespace, for an empty one.
pub(crate) fn fresh_session_keyring() -> io::Result<()> {
    const JOIN_SESSION_KEYRING: libc::c_long = 1;
    #[expect(unsafe_code, reason = "keyctl has no wrapper")]
    // SAFETY: without a name the kernel reads no memory of ours.
    let done = unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, 0usize) };
    match checked(done) {
        // A kernel without keyrings has none that could leak.
        Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => Ok(()),
        other => other,
    }
}

/// Closes every descriptor but these.
pub(crate) fn close_all_but(kept: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut numbers =
        kept.iter().map(|fd| u32::try_from(fd.as_raw_fd())).collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?;
    numbers.sort_unstable();
    let mut first = 0;
    for number in numbers.into_iter().map(Some).chain([None]) {
        let last = number.map_or(Some(u32::MAX), |number| number.checked_sub(1));
        if let Some(last) = last.filter(|last| *last >= first) {
            #[expect(unsafe_code, reason = "close_range has no wrapper")]
            // SAFETY: called in a fresh copy of the helper that never returns to where the others are owned, so that nobody uses or closes them again.
            let done = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
            checked(done)?;
        }
        first = number.map_or(u32::MAX, |number| number.saturating_add(1));
    }
    Ok(())
}

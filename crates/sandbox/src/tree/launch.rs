//! The last steps of the process that becomes a command.

use std::convert::Infallible;
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::unistd::{chdir, execve, setsid};

use super::command::Words;
use super::wire::{Refusal, Step};
use crate::kernel;

/// Where programs are looked for without a `PATH`.
const USUAL_PATH: &[u8] = b"/usr/local/bin:/usr/bin:/bin";

/// Where memory runs out the kernel takes commands first, before their keepers, and the service last.
const OUT_OF_MEMORY_FIRST: &str = "800";

/// Becomes the command; returns only with the reason why it does not.
pub(super) fn run(words: &Words, terminal: bool, descriptors: &[OwnedFd]) -> Refusal {
    match prepare(words, terminal, descriptors).and_then(|()| execute(words)) {
        Ok(never) => match never {},
        Err(refusal) => refusal,
    }
}

fn prepare(words: &Words, terminal: bool, descriptors: &[OwnedFd]) -> Result<(), Refusal> {
    let host = Refusal::of(Step::Host);
    setsid().map_err(&host)?;
    if let Some(slave) = descriptors.first().filter(|_| terminal) {
        rustix::process::ioctl_tiocsctty(slave).map_err(|error| host(from_rustix(error)))?;
    }
    arrange(descriptors).map_err(&host)?;
    chdir(words.directory.as_c_str()).map_err(Refusal::of(Step::Directory))?;
    // A keeper hides its memory from commands; what becomes one does not, and may then write this file of its own.
    let _ = prctl::set_dumpable(true);
    let _ = std::fs::write("/proc/self/oom_score_adj", OUT_OF_MEMORY_FIRST);
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None).map_err(&host)
}

/// Input, output and errors; all else closes with exec.
fn arrange(descriptors: &[OwnedFd]) -> nix::Result<()> {
    let (first, last) = (descriptors.first().ok_or(Errno::EBADF)?, descriptors.last().ok_or(Errno::EBADF)?);
    let middle = descriptors.get(1).unwrap_or(first);
    for (number, descriptor) in [first, middle, last].into_iter().enumerate() {
        // The keeper's own three are taken, so that nothing received has one of these numbers.
        debug_assert!(descriptor.as_raw_fd() > 2);
        let number = i32::try_from(number).map_err(|_| Errno::EBADF)?;
        kernel::place(descriptor.as_fd(), number).map_err(from_io)?;
    }
    kernel::close_on_exec_from(3).map_err(from_io)
}

fn execute(words: &Words) -> Result<Infallible, Refusal> {
    let program = words.arguments.first().map(CString::as_bytes).unwrap_or_default();
    if program.is_empty() {
        return Err(Refusal { step: Step::Lookup, error: Errno::ENOENT as i32 });
    }
    if program.contains(&b'/') {
        return Err(attempt(program, words));
    }
    let mut worst = Refusal { step: Step::Lookup, error: Errno::ENOENT as i32 };
    for directory in words.variable("PATH").unwrap_or(USUAL_PATH).split(|byte| *byte == b':') {
        let directory = if directory.is_empty() { b"." } else { directory };
        let refusal = attempt(&[directory, b"/", program].concat(), words);
        match refusal.step {
            Step::Lookup => {}
            // One further on may be better.
            Step::Program if refusal.error == Errno::EACCES as i32 => worst = refusal,
            _ => return Err(refusal),
        }
    }
    Err(worst)
}

/// One place; what the kernel takes for no program is the shell's to run, as everywhere.
fn attempt(program: &[u8], words: &Words) -> Refusal {
    let Ok(path) = CString::new(program) else { return Refusal { step: Step::Lookup, error: Errno::ENOENT as i32 } };
    match exec(&path, &words.arguments, &words.environment) {
        Errno::ENOEXEC => {
            let rest = words.arguments.iter().skip(1).cloned();
            let arguments: Vec<_> = [c"/bin/sh".to_owned(), path].into_iter().chain(rest).collect();
            Refusal::of(Step::Program)(exec(c"/bin/sh", &arguments, &words.environment))
        }
        error @ (Errno::ENOENT | Errno::ENOTDIR) if !is_there(program) => Refusal::of(Step::Lookup)(error),
        error @ (Errno::ENOMEM | Errno::EAGAIN | Errno::E2BIG | Errno::EMFILE | Errno::ENFILE) => {
            Refusal::of(Step::Host)(error)
        }
        error => Refusal::of(Step::Program)(error),
    }
}

fn exec(path: &CStr, arguments: &[CString], environment: &[CString]) -> Errno {
    let Err(error) = execve(path, arguments, environment);
    error
}

/// Where a program is there, what is not is its interpreter.
fn is_there(program: &[u8]) -> bool {
    Path::new(OsStr::from_bytes(program)).exists()
}

fn from_io(error: std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

fn from_rustix(error: rustix::io::Errno) -> Errno {
    Errno::from_raw(error.raw_os_error())
}

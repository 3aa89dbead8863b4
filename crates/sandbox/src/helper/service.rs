//! The last steps of the process that becomes the service.

use std::convert::Infallible;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{chdir, execve, getpid, setsid};

use super::birth::{Setting, refused};
use crate::error::Refusal;
use crate::kernel;
use crate::{Limits, Mechanism, Plan};

/// The first number of inherited sockets, by the convention of `LISTEN_FDS`.
const FIRST_SOCKET: i32 = 3;

/// Runs the program; returns only with the reason why it does not.
pub(super) fn run(setting: &Setting<'_>, descriptors: &[OwnedFd]) -> Refusal {
    match become_it(setting, descriptors) {
        Ok(never) => match never {},
        Err(refusal) => refusal,
    }
}

fn become_it(setting: &Setting<'_>, descriptors: &[OwnedFd]) -> Result<Infallible, Refusal> {
    let sockets = descriptors.len().saturating_sub(2);
    let words = words(setting)?;
    let program = words.first().cloned().ok_or_else(|| Refusal::Plan("no program".into()))?;
    let home = home(setting);
    let environment = environment(setting.plan, home.clone(), sockets)?;
    // Beside the namespace's own end, which takes everything along.
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(refused("a parent-death signal"))?;
    chdir(home.as_path()).map_err(refused("its home"))?;
    setsid().map_err(refused("a session"))?;
    // Its home is closed to others already; what people write elsewhere is as it is with any login.
    umask(Mode::from_bits_truncate(if setting.plan.commands { 0o022 } else { 0o077 }));
    arrange(descriptors).map_err(refused("its descriptors"))?;
    kernel::default_broken_pipe().map_err(refused("a signal's default"))?;
    SigSet::all().thread_unblock().map_err(refused("a signal mask"))?;
    if let Some(filters) = setting.filters.filter(|_| setting.has(Mechanism::Seccomp)) {
        filters
            .service(setting.plan.commands, setting.plan.network)
            .apply()
            .map_err(refused("its list of system calls"))?;
    }
    execve(&program, &words, &environment).map_err(|error| match error {
        Errno::ENOENT | Errno::EACCES | Errno::ENOEXEC | Errno::ENOTDIR | Errno::EISDIR | Errno::ELOOP => {
            Refusal::NoProgram
        }
        error => refused("its program")(error),
    })
}

/// Where it is at home: inside, or without a tree of its own on the host.
fn home(setting: &Setting<'_>) -> PathBuf {
    match (&setting.plan.home, setting.has(Mechanism::ReadOnlyRoot)) {
        (_, true) => setting.plan.home_inside(),
        (Some(home), false) => home.clone(),
        (None, false) => PathBuf::from("/"),
    }
}

/// Standard input is empty, output and error as given, sockets from 3 on, and all else closes with exec.
fn arrange(descriptors: &[OwnedFd]) -> io::Result<()> {
    let nothing: OwnedFd = std::fs::File::open("/dev/null")?.into();
    let bound = i32::try_from(Limits::default().sockets).map_err(io::Error::other)? + FIRST_SOCKET;
    // Out of the way first, so that none is overwritten before it was placed.
    let given = std::iter::once(nothing.as_fd()).chain(descriptors.iter().map(AsFd::as_fd));
    let aside = given.map(|fd| out_of_the_way(fd, bound)).collect::<io::Result<Vec<_>>>()?;
    for (number, descriptor) in (0..).zip(&aside) {
        kernel::place(descriptor.as_fd(), number)?;
    }
    let first_unused = u32::try_from(aside.len()).map_err(io::Error::other)?;
    kernel::close_on_exec_from(first_unused)
}

fn out_of_the_way(descriptor: BorrowedFd<'_>, bound: i32) -> io::Result<OwnedFd> {
    let copy = rustix::io::fcntl_dupfd_cloexec(descriptor, bound)?;
    debug_assert!(copy.as_raw_fd() >= bound);
    Ok(copy)
}

fn words(setting: &Setting<'_>) -> Result<Vec<CString>, Refusal> {
    let program = match setting.has(Mechanism::ReadOnlyRoot) {
        true => setting.layout.program(),
        false => &setting.plan.program,
    };
    let program = program.as_os_str().as_bytes();
    let arguments = setting.plan.arguments.iter().map(|argument| argument.as_bytes());
    std::iter::once(program).chain(arguments).map(word).collect()
}

fn word(bytes: &[u8]) -> Result<CString, Refusal> {
    CString::new(bytes).map_err(|_| Refusal::Plan("a word with a zero byte in it".into()))
}

/// What the plan says, then what every process needs and the plan left open.
fn environment(plan: &Plan, home: PathBuf, sockets: usize) -> Result<Vec<CString>, Refusal> {
    let mut variables = plan.environment.clone();
    variables.retain(|(name, _)| !name.starts_with("LISTEN_"));
    for (name, value) in usual(plan, home) {
        if !variables.iter().any(|(given, _)| given == name) {
            variables.push((name.to_owned(), value));
        }
    }
    if sockets > 0 {
        variables.push(("LISTEN_FDS".to_owned(), sockets.to_string()));
        variables.push(("LISTEN_PID".to_owned(), getpid().to_string()));
        variables.push(("LISTEN_FDNAMES".to_owned(), vec!["capos"; sockets].join(":")));
    }
    variables.iter().map(|(name, value)| variable(name, value)).collect()
}

/// What every process takes for granted, and every program of people.
fn usual(plan: &Plan, home: PathBuf) -> Vec<(&'static str, String)> {
    let path = if plan.commands { COMMANDS_PATH } else { "/usr/bin:/bin" };
    let mut usual = vec![
        ("PATH", path.to_owned()),
        ("HOME", home.display().to_string()),
        ("TMPDIR", "/tmp".to_owned()),
        ("USER", plan.account.clone()),
    ];
    if plan.commands {
        let account = plan.account.clone();
        usual.extend([("LOGNAME", account), ("SHELL", plan.shell().to_owned()), ("LANG", "C.UTF-8".to_owned())]);
    }
    usual
}

const COMMANDS_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

fn variable(name: &str, value: &str) -> Result<CString, Refusal> {
    if name.is_empty() || name.contains('=') {
        return Err(Refusal::Plan("a variable without a name".into()));
    }
    word(format!("{name}={value}").as_bytes())
}

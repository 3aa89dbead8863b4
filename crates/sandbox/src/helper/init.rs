//! The first process inside: it builds what confines the service, then collects what dies, passes on what it is told, and takes all with it when the service ends.
//!
//! Where the service starts commands of people it becomes the service itself: what those leave behind is then the service's to end, and none of them can end it.
//!
//! Else, without it, the service would be the first process of its namespace, which signals do not end and to which orphans fall.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Pid, sethostname};
use rustix::event::{PollFd, PollFlags, poll};

use super::birth::{Cradle, Setting, refused};
use super::children::collect;
use super::service;
use crate::confine::landlock;
use crate::confine::privileges::{become_user, drop_capabilities, lock_secure_bits, no_new_privileges};
use crate::confine::resources::{Counted, bound};
use crate::confine::root::{Furniture, enter};
use crate::error::Refusal;
use crate::kernel::{self, Alone, Fork, fork};
use crate::protocol::{encode, send};
use crate::{Exit, Mechanism};

/// Never returns into what the helper was doing, whatever happens.
pub(super) fn run(alone: &Alone, setting: &Setting<'_>, cradle: Cradle) -> ! {
    let done = catch_unwind(AssertUnwindSafe(|| begin(alone, setting, cradle)));
    std::process::exit(if done.is_ok() { 0 } else { 101 })
}

fn begin(alone: &Alone, setting: &Setting<'_>, mut cradle: Cradle) {
    if setting.is_first() {
        let refusal = match prepare(setting, &mut cradle) {
            Ok(()) => service::run(setting, &cradle.descriptors),
            Err(refusal) => refusal,
        };
        return tell(&cradle.birth, &refusal);
    }
    let service = match prepare(setting, &mut cradle).and_then(|()| start(alone, setting, &cradle)) {
        Ok(pid) => pid,
        Err(refusal) => return tell(&cradle.birth, &refusal),
    };
    let report = cradle.report.as_fd();
    if shut_in(setting, &cradle).is_err() {
        return;
    }
    let exit = attend(service);
    if let Ok(bytes) = serde_json::to_vec(&exit) {
        let _ = rustix::io::write(report, &bytes);
    }
    std::process::exit(0)
}

/// From the helper's copy to a process that may do nothing more than the service, step by step; the order matters.
fn prepare(setting: &Setting<'_>, cradle: &mut Cradle) -> Result<(), Refusal> {
    keep_only_own(cradle).map_err(refused("closing what is the helper's"))?;
    wait_for_release(&cradle.birth).map_err(refused("its beginning"))?;
    umask(Mode::from_bits_truncate(0o022));
    // For whoever looks at the host's processes; a name that is none is no reason to stop.
    let _ = CString::new(setting.plan.name.as_str()).map(|name| prctl::set_name(&name));
    let entitled = setting.identity.privileged || setting.has(Mechanism::UserNamespace);
    if entitled {
        lock_secure_bits().map_err(refused("secure bits"))?;
        become_user(&setting.identity).map_err(refused("its user"))?;
    }
    // Both are undone by a change of user.
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(refused("a parent-death signal"))?;
    prctl::set_dumpable(false).map_err(refused("hiding its memory"))?;
    still_wanted(&cradle.birth)?;
    if setting.has(Mechanism::UtsNamespace) {
        sethostname(setting.plan.host_name()).map_err(refused("a host name"))?;
    }
    root(setting, cradle)?;
    // Which may take the host several milliseconds, so that the rest does not wait for it.
    wait_for_release(&cradle.birth).map_err(refused("its control group"))?;
    if setting.has(Mechanism::CgroupNamespace) {
        unshare(CloneFlags::CLONE_NEWCGROUP).map_err(refused("a cgroup namespace"))?;
    }
    kernel::fresh_session_keyring().map_err(refused("a keyring of its own"))?;
    limits(setting)?;
    if setting.has(Mechanism::NoNewPrivileges) {
        drop_capabilities(entitled).map_err(refused("dropping capabilities"))?;
        no_new_privileges().map_err(refused("no new privileges"))?;
    }
    if setting.has(Mechanism::Landlock) {
        let openings = setting.layout.openings(setting.has(Mechanism::ReadOnlyRoot));
        landlock::restrict(&openings).map_err(|why| Refusal::Host(format!("landlock: {why}")))?;
    }
    Ok(())
}

fn root(setting: &Setting<'_>, cradle: &mut Cradle) -> Result<(), Refusal> {
    if !setting.has(Mechanism::ReadOnlyRoot) {
        return Ok(());
    }
    let trees = cradle.trees.take().map_or_else(|| setting.layout.take(), Ok)?;
    let furniture = Furniture {
        plan: setting.plan,
        user: setting.identity.inside,
        processes: setting.has(Mechanism::PidNamespace),
    };
    enter(&setting.layout, trees, &furniture)
}

fn limits(setting: &Setting<'_>) -> Result<(), Refusal> {
    if !setting.has(Mechanism::ResourceLimits) {
        return Ok(());
    }
    let counted =
        Counted { memory: !setting.has(Mechanism::CgroupMemory), processes: setting.has(Mechanism::UserNamespace) };
    bound(setting.plan, counted).map_err(refused("resource limits"))
}

fn keep_only_own(cradle: &Cradle) -> io::Result<()> {
    // Numbers 1 and 2 stay taken, so that no file opened later becomes an output.
    let (out, err) = (io::stdout(), io::stderr());
    let mut kept = vec![out.as_fd(), err.as_fd(), cradle.birth.as_fd(), cradle.report.as_fd()];
    kept.extend(cradle.descriptors.iter().map(AsFd::as_fd));
    kept.extend(cradle.trees.iter().flatten().map(AsFd::as_fd));
    kernel::close_all_but(&kept)
}

fn wait_for_release(birth: &OwnedFd) -> io::Result<()> {
    let mut bytes = [0];
    match rustix::net::recv(birth, &mut bytes, rustix::net::RecvFlags::empty())? {
        (_, 0) => Err(io::Error::other("the helper is gone")),
        _ => Ok(()),
    }
}

/// A helper that died before the parent-death signal was set would not be noticed otherwise.
fn still_wanted(birth: &OwnedFd) -> Result<(), Refusal> {
    let mut polled = [PollFd::new(birth, PollFlags::empty())];
    poll(&mut polled, Some(&rustix::event::Timespec::default())).map_err(refused("looking at the helper"))?;
    let gone = polled.iter().any(|fd| fd.revents().contains(PollFlags::HUP));
    if gone { Err(Refusal::Host("the helper is gone".into())) } else { Ok(()) }
}

fn start(alone: &Alone, setting: &Setting<'_>, cradle: &Cradle) -> Result<Pid, Refusal> {
    // Blocked rather than handled: a blocked signal reaches even the first process of a namespace.
    SigSet::all().thread_block().map_err(refused("a signal mask"))?;
    match fork(alone, 0).map_err(refused("a second process"))? {
        Fork::Parent(pid) => Ok(pid),
        Fork::Child => {
            let refusal = service::run(setting, &cradle.descriptors);
            tell(&cradle.birth, &refusal);
            std::process::exit(127)
        }
    }
}

/// From here on it holds the report and nothing else, and needs a handful of system calls.
fn shut_in(setting: &Setting<'_>, cradle: &Cradle) -> io::Result<()> {
    kernel::close_all_but(&[cradle.report.as_fd()])?;
    match setting.filters {
        Some(filters) if setting.has(Mechanism::Seccomp) => filters.init.apply(),
        _ => Ok(()),
    }
}

fn tell(birth: &OwnedFd, refusal: &Refusal) {
    if let Ok(bytes) = encode(refusal) {
        let _ = send(birth, &bytes, &[]);
    }
}

/// Until the service ends: collects orphans, and hands on the wish to end.
fn attend(service: Pid) -> Exit {
    let signals = SigSet::all();
    loop {
        while let Some((pid, exit)) = collect() {
            if pid == service {
                return exit;
            }
        }
        match signals.wait() {
            Ok(Signal::SIGTERM) => drop(kill(service, Signal::SIGTERM)),
            Ok(_) => {}
            Err(_) => return crate::process::KILLED,
        }
    }
}

//! The first process inside: it collects what dies, passes on what it is told, and takes all with it when the service ends.

use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::birth::{Cradle, refused};
use super::service;
use crate::error::Refusal;
use crate::kernel::{Alone, Fork, fork};
use crate::protocol::{encode, send};
use crate::{Exit, Plan};

/// Never returns into what the helper was doing, whatever happens.
pub(super) fn run(alone: &Alone, plan: &Plan, cradle: Cradle) -> ! {
    let done = catch_unwind(AssertUnwindSafe(|| begin(alone, plan, cradle)));
    std::process::exit(if done.is_ok() { 0 } else { 101 })
}

fn begin(alone: &Alone, plan: &Plan, cradle: Cradle) {
    let Cradle { birth, report, descriptors } = cradle;
    let service = match start(alone, plan, &birth, descriptors) {
        Ok(pid) => pid,
        Err(refusal) => return tell(&birth, &refusal),
    };
    drop(birth);
    let exit = attend(service);
    if let Ok(bytes) = serde_json::to_vec(&exit) {
        let _ = rustix::io::write(&report, &bytes);
    }
}

fn start(alone: &Alone, plan: &Plan, birth: &OwnedFd, descriptors: Vec<OwnedFd>) -> Result<Pid, Refusal> {
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(refused("a parent-death signal"))?;
    // Blocked rather than handled: a blocked signal reaches even the first process of a namespace.
    SigSet::all().thread_block().map_err(refused("a signal mask"))?;
    match fork(alone, 0).map_err(refused("a second process"))? {
        Fork::Parent(pid) => Ok(pid),
        Fork::Child => {
            let refusal = service::run(plan, descriptors);
            tell(birth, &refusal);
            std::process::exit(127)
        }
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
            Err(_) => return Exit::Signal(libc::SIGKILL),
        }
    }
}

fn collect() -> Option<(Pid, Exit)> {
    match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(pid, code)) => Some((pid, Exit::Code(code))),
        Ok(WaitStatus::Signaled(pid, signal, _)) => Some((pid, Exit::Signal(signal as i32))),
        _ => None,
    }
}

//! From a plan to a process that runs.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

use nix::unistd::Pid;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};

use super::init;
use crate::error::Refusal;
use crate::kernel::{Alone, Fork, fork};
use crate::protocol::Started;
use crate::{Plan, Survey};

/// A process that has been cloned and is setting itself up.
pub(super) struct Born {
    pub(super) pid: Pid,
    /// Carries why it could not be started; closes when its program runs.
    pub(super) birth: OwnedFd,
    /// Carries how the service ended.
    pub(super) report: OwnedFd,
    pub(super) started: Started,
    pub(super) since: Instant,
}

/// What the new process holds of all this.
pub(super) struct Cradle {
    pub(super) birth: OwnedFd,
    pub(super) report: OwnedFd,
    pub(super) descriptors: Vec<OwnedFd>,
}

pub(super) fn begin(alone: &Alone, survey: &Survey, plan: &Plan, descriptors: Vec<OwnedFd>) -> Result<Born, Refusal> {
    let (birth, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .map_err(refused("a socket"))?;
    let (report, reported) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).map_err(refused("a pipe"))?;
    let cradle = Cradle { birth: theirs, report: reported, descriptors };
    match fork(alone, 0).map_err(refused("a new process"))? {
        Fork::Child => {
            drop((birth, report));
            init::run(alone, plan, cradle)
        }
        Fork::Parent(pid) => {
            let started = Started {
                pid: pid.as_raw(),
                confinement: survey.present.clone(),
                lacking: survey.missing.clone(),
                groups: Vec::new(),
            };
            Ok(Born { pid, birth, report, started, since: Instant::now() })
        }
    }
}

/// Names the step that the host refused.
pub(super) fn refused<E: Into<io::Error>>(step: &'static str) -> impl Fn(E) -> Refusal {
    move |error| Refusal::Host(format!("{step}: {}", error.into()))
}

//! From a plan to a process that runs: the helper's part.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};

use super::ground::Ground;
use super::init;
use crate::confine::cgroup::Group;
use crate::confine::filter::Filters;
use crate::confine::namespaces;
use crate::confine::privileges::Identity;
use crate::confine::root::{Layout, Tree};
use crate::error::Refusal;
use crate::kernel::{Alone, Fork, fork_into};
use crate::protocol::Started;
use crate::{Limits, Mechanism, Missing, Network, Plan, Strictness};

/// A process that has been cloned and is setting itself up.
pub(super) struct Born {
    pub(super) pid: Pid,
    /// Carries why it could not be started; closes when its program runs.
    pub(super) birth: OwnedFd,
    /// Carries how the service ended.
    pub(super) report: OwnedFd,
    pub(super) group: Group,
    pub(super) started: Started,
    /// Whether it is the service itself, and so has nobody to report of it.
    pub(super) first: bool,
    pub(super) since: Instant,
}

/// What the new process holds of all this.
pub(super) struct Cradle {
    pub(super) birth: OwnedFd,
    pub(super) report: OwnedFd,
    pub(super) descriptors: Vec<OwnedFd>,
    /// Taken by the helper where it has rights that the new process will not have.
    pub(super) trees: Option<Vec<Tree>>,
}

/// What is decided before there is a process.
pub(super) struct Setting<'a> {
    pub(super) plan: &'a Plan,
    /// What confines it: what this host has, but for what the plan asks to do without.
    pub(super) present: Vec<Mechanism>,
    missing: &'a [Missing],
    pub(super) filters: Option<&'a Filters>,
    pub(super) identity: Identity,
    pub(super) layout: Layout,
}

impl Setting<'_> {
    pub(super) fn has(&self, mechanism: Mechanism) -> bool {
        self.present.contains(&mechanism)
    }

    /// Whether its program is the first process inside, rather than that one's child.
    pub(super) fn is_first(&self) -> bool {
        self.plan.commands && self.has(Mechanism::PidNamespace)
    }
}

pub(super) fn begin(
    alone: &Alone,
    ground: &mut Ground,
    plan: &Plan,
    descriptors: Vec<OwnedFd>,
) -> Result<Born, Refusal> {
    let Ground { survey, filters, groups } = ground;
    let wanted = |mechanism: Mechanism| mechanism != Mechanism::NetworkNamespace || plan.network == Network::None;
    let mut lacking = survey.lacking();
    lacking.retain(|missing| wanted(missing.mechanism));
    if plan.strictness == Strictness::Required && !lacking.is_empty() {
        return Err(Refusal::Lacking(lacking));
    }
    let identity = Identity::of(plan.user, survey.has(Mechanism::UserNamespace))?;
    let present = survey.present.iter().copied().filter(|mechanism| wanted(*mechanism)).collect();
    let (filters, layout) = (filters.as_ref(), Layout::of(plan)?);
    let setting = Setting { plan, present, missing: &survey.missing, filters, identity, layout };
    let early = identity.privileged && setting.has(Mechanism::ReadOnlyRoot);
    let trees = early.then(|| setting.layout.take()).transpose()?;
    let group = groups.make(plan).map_err(refused("a control group"))?;
    clone(alone, &setting, trees, group, descriptors)
}

fn clone(
    alone: &Alone,
    setting: &Setting<'_>,
    trees: Option<Vec<Tree>>,
    group: Group,
    descriptors: Vec<OwnedFd>,
) -> Result<Born, Refusal> {
    let (birth, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .map_err(refused("a socket"))?;
    let (report, reported) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).map_err(refused("a pipe"))?;
    let cradle = Cradle { birth: theirs, report: reported, descriptors, trees };
    let groups = group.birthplace().map_err(refused("its control group"))?;
    match fork_into(alone, namespaces::flags(&setting.present), groups.as_ref()).map_err(refused("new namespaces"))? {
        Fork::Child => init::run(alone, setting, cradle),
        Fork::Parent(pid) => {
            if let Err(refusal) = release(pid, setting, &group, &birth) {
                // Where it gave up by itself meanwhile, its own words say more.
                let refusal = told(&birth).unwrap_or(refusal);
                let _ = kill(pid, Signal::SIGKILL);
                let _ = waitpid(pid, None);
                group.remove();
                return Err(refusal);
            }
            let started = Started {
                pid: pid.as_raw(),
                confinement: setting.present.clone(),
                lacking: setting.missing.to_vec(),
                groups: group.directories(),
            };
            let first = setting.is_first();
            Ok(Born { pid, birth, report, group, started, first, since: Instant::now() })
        }
    }
}

/// What only the helper may do for it: who it is, upon which it begins, and while it builds, in which groups it counts.
fn release(pid: Pid, setting: &Setting<'_>, group: &Group, birth: &OwnedFd) -> Result<(), Refusal> {
    let go = || rustix::net::send(birth, &[0], SendFlags::NOSIGNAL).map(drop).map_err(refused("its beginning"));
    if setting.has(Mechanism::UserNamespace) {
        namespaces::map(pid, &setting.identity).map_err(refused("the mapping of its user"))?;
    }
    go()?;
    group.enter(pid).map_err(refused("its control group"))?;
    go()
}

/// What the new process said of why it cannot go on, so far.
pub(super) fn told(birth: &OwnedFd) -> Option<Refusal> {
    match hear(birth) {
        Heard::Refusal(refusal) => Some(refusal),
        Heard::Nothing | Heard::Closed => None,
    }
}

/// What can be heard of a birth.
pub(super) enum Heard {
    Nothing,
    Refusal(Refusal),
    Closed,
}

pub(super) fn hear(birth: &OwnedFd) -> Heard {
    let mut bytes = vec![0; Limits::default().message_bytes];
    match rustix::net::recv(birth, &mut bytes, RecvFlags::DONTWAIT) {
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Heard::Nothing,
        // Said once, before what is still to be read: it ended without having read all that was sent to it.
        Err(rustix::io::Errno::CONNRESET) => hear(birth),
        Err(_) | Ok((_, 0)) => Heard::Closed,
        Ok((_, length)) => {
            let refusal = bytes.get(..length).and_then(|text| serde_json::from_slice(text).ok());
            Heard::Refusal(refusal.unwrap_or_else(|| Refusal::Host("its setup failed without a word".into())))
        }
    }
}

/// Names the step that the host refused.
pub(super) fn refused<E: Into<io::Error>>(step: &'static str) -> impl Fn(E) -> Refusal {
    move |error| Refusal::Host(format!("{step}: {}", error.into()))
}

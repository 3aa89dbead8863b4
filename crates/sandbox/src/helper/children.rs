//! The processes that the helper started, until they are collected.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use rustix::event::Timespec;

use super::birth::{Born, Heard, hear};
use crate::confine::cgroup::Group;
use crate::error::Refusal;
use crate::process::KILLED;
use crate::protocol::{Reply, Started};
use crate::{Exit, Limits};

#[derive(Default)]
pub(super) struct Children {
    living: HashMap<u64, Child>,
    /// Groups that were not empty yet when their process had ended.
    leftover: Vec<Group>,
}

struct Child {
    pid: Pid,
    report: OwnedFd,
    first: bool,
    group: Group,
    /// Whether the node had it killed: then nothing else is to blame.
    condemned: bool,
    stage: Stage,
}

/// How soon to look again at a group that is not empty yet.
const SETTLING: Duration = Duration::from_millis(5);

enum Stage {
    /// Setting itself up; how far it came is heard from `birth`.
    Starting {
        birth: OwnedFd,
        started: Started,
        since: Instant,
    },
    Running,
    /// The node knows already why it never ran.
    Refused,
}

impl Children {
    pub(super) fn add(&mut self, id: u64, born: Born) {
        let Born { pid, birth, report, group, started, first, since } = born;
        let stage = Stage::Starting { birth, started, since };
        self.living.insert(id, Child { pid, report, first, group, condemned: false, stage });
    }

    pub(super) fn births(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.living.values().filter_map(|child| match &child.stage {
            Stage::Starting { birth, .. } => Some(birth.as_fd()),
            _ => None,
        })
    }

    /// A child is collected only by `look`, so its number cannot have passed to another process.
    pub(super) fn signal(&mut self, id: u64, signal: Signal) {
        if let Some(child) = self.living.get_mut(&id) {
            child.condemned |= signal == Signal::SIGKILL;
            let _ = kill(child.pid, signal);
        }
    }

    /// How long to wait before someone has taken too long to start.
    pub(super) fn patience(&self) -> Option<Timespec> {
        let bound = Limits::default().start_within;
        let left = self.living.values().filter_map(|child| match &child.stage {
            Stage::Starting { since, .. } => Some(bound.saturating_sub(since.elapsed()) + Duration::from_millis(1)),
            _ => None,
        });
        // A group counts its last process a moment longer than the process lives.
        let settling = (!self.leftover.is_empty()).then_some(SETTLING);
        left.chain(settling).min().and_then(|left| Timespec::try_from(left).ok())
    }

    /// What became of them since the last look.
    pub(super) fn look(&mut self) -> Vec<Reply> {
        let mut replies: Vec<_> = self.living.iter_mut().filter_map(|(id, child)| child.progress(*id)).collect();
        while let Some((pid, exit)) = collect() {
            replies.extend(self.ended(pid, exit));
        }
        self.leftover.retain(|group| !group.remove());
        replies
    }

    /// Kills all, and leaves nothing behind.
    pub(super) fn finish(&mut self) {
        for child in self.living.values() {
            let _ = kill(child.pid, Signal::SIGKILL);
        }
        // Each one collected may leave another to the helper, where there are no pid namespaces.
        self.kill_strangers();
        while waitpid(None, None).is_ok() {
            self.kill_strangers();
        }
        self.leftover.extend(self.living.drain().map(|(_, child)| child.group));
        for _ in 0..100 {
            self.leftover.retain(|group| !group.remove());
            if self.leftover.is_empty() {
                return;
            }
            std::thread::sleep(SETTLING);
        }
    }

    /// Without a pid namespace, what a service started outlives it and falls to the helper: it is killed here.
    pub(super) fn kill_strangers(&self) {
        let known = |pid: &i32| self.living.values().any(|child| child.pid.as_raw() == *pid);
        let listed = std::fs::read_to_string(format!("/proc/self/task/{}/children", nix::unistd::gettid()));
        let pids = listed.unwrap_or_default();
        for pid in pids.split_whitespace().filter_map(|pid| pid.parse().ok()).filter(|pid| !known(pid)) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }

    fn ended(&mut self, pid: Pid, exit: Exit) -> Vec<Reply> {
        let Some(id) = self.living.iter().find_map(|(id, child)| (child.pid == pid).then_some(*id)) else {
            return Vec::new();
        };
        let Some(mut child) = self.living.remove(&id) else { return Vec::new() };
        let began = child.progress(id);
        let ended = match child.stage {
            Stage::Refused => None,
            _ => Some(Reply::Ended { id, exit: child.verdict(exit) }),
        };
        if !child.group.remove() {
            self.leftover.push(child.group);
        }
        began.into_iter().chain(ended).collect()
    }
}

impl Child {
    /// What the first process reported of the service, else how that process itself ended.
    fn verdict(&self, exit: Exit) -> Exit {
        let unreported = if exit == Exit::Code(0) && !self.first { KILLED } else { exit };
        let exit = reported(&self.report).unwrap_or(unreported);
        // Where commands went for memory before, only being killed can have been for memory too.
        let failed = if self.first { exit == KILLED } else { exit != Exit::Code(0) } && !self.condemned;
        if failed && self.group.ran_out_of_memory() { Exit::OutOfMemory } else { exit }
    }

    /// From starting on to running or refused, where that happened.
    fn progress(&mut self, id: u64) -> Option<Reply> {
        let Stage::Starting { birth, started, since } = &self.stage else { return None };
        let late = since.elapsed() > Limits::default().start_within;
        let refusal = match hear(birth) {
            Heard::Nothing if late => Refusal::Host("setting it up took too long".into()),
            Heard::Nothing => return None,
            Heard::Refusal(refusal) => refusal,
            Heard::Closed => {
                let started = started.clone();
                self.stage = Stage::Running;
                return Some(Reply::Started { id, started });
            }
        };
        let _ = kill(self.pid, Signal::SIGKILL);
        self.stage = Stage::Refused;
        Some(Reply::Refused { id, refusal })
    }
}

/// What the first process said of the service, where it lived to say it.
fn reported(report: &OwnedFd) -> Option<Exit> {
    let mut bytes = [0; 64];
    let length = rustix::io::read(report, &mut bytes).ok()?;
    serde_json::from_slice(bytes.get(..length)?).ok()
}

/// The next of this process's children that has ended.
pub(super) fn collect() -> Option<(Pid, Exit)> {
    match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(pid, code)) => Some((pid, Exit::Code(code))),
        Ok(WaitStatus::Signaled(pid, signal, _)) => Some((pid, Exit::Signal(signal as i32))),
        Ok(_) | Err(_) => None,
    }
}

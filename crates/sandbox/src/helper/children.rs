//! The processes that the helper started, until they are collected.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use rustix::event::Timespec;

use super::birth::Born;
use crate::error::Refusal;
use crate::protocol::{Reply, Started};
use crate::{Exit, Limits};

#[derive(Default)]
pub(super) struct Children(HashMap<u64, Child>);

struct Child {
    pid: Pid,
    report: OwnedFd,
    stage: Stage,
}

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
        let Born { pid, birth, report, started, since } = born;
        self.0.insert(id, Child { pid, report, stage: Stage::Starting { birth, started, since } });
    }

    pub(super) fn births(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.0.values().filter_map(|child| match &child.stage {
            Stage::Starting { birth, .. } => Some(birth.as_fd()),
            _ => None,
        })
    }

    /// A child is collected only by `look`, so its number cannot have passed to another process.
    pub(super) fn signal(&self, id: u64, signal: Signal) {
        if let Some(child) = self.0.get(&id) {
            let _ = kill(child.pid, signal);
        }
    }

    /// How long to wait before someone has taken too long to start.
    pub(super) fn patience(&self) -> Option<Timespec> {
        let bound = Limits::default().start_within;
        let left = self.0.values().filter_map(|child| match &child.stage {
            Stage::Starting { since, .. } => Some(bound.saturating_sub(since.elapsed()) + Duration::from_millis(1)),
            _ => None,
        });
        left.min().and_then(|left| Timespec::try_from(left).ok())
    }

    /// What became of them since the last look.
    pub(super) fn look(&mut self) -> Vec<Reply> {
        let mut replies: Vec<_> = self.0.iter_mut().filter_map(|(id, child)| child.progress(*id)).collect();
        while let Some((pid, exit)) = collect() {
            replies.extend(self.ended(pid, exit));
        }
        replies
    }

    fn ended(&mut self, pid: Pid, exit: Exit) -> Vec<Reply> {
        let Some(id) = self.0.iter().find_map(|(id, child)| (child.pid == pid).then_some(*id)) else {
            return Vec::new();
        };
        let Some(mut child) = self.0.remove(&id) else { return Vec::new() };
        let began = child.progress(id);
        let ended = match child.stage {
            Stage::Refused => None,
            _ => Some(Reply::Ended { id, exit: reported(&child.report).unwrap_or(exit) }),
        };
        began.into_iter().chain(ended).collect()
    }
}

impl Child {
    /// From starting on to running or refused, where that happened.
    fn progress(&mut self, id: u64) -> Option<Reply> {
        let Stage::Starting { birth, started, since } = &self.stage else { return None };
        let late = since.elapsed() > Limits::default().start_within;
        let refusal = match heard(birth) {
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

enum Heard {
    Nothing,
    Refusal(Refusal),
    Closed,
}

fn heard(birth: &OwnedFd) -> Heard {
    let mut bytes = vec![0; Limits::default().message_bytes];
    match rustix::net::recv(birth, &mut bytes, rustix::net::RecvFlags::DONTWAIT) {
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Heard::Nothing,
        Err(_) | Ok((_, 0)) => Heard::Closed,
        Ok((_, length)) => {
            let refusal = bytes.get(..length).and_then(|text| serde_json::from_slice(text).ok());
            Heard::Refusal(refusal.unwrap_or_else(|| Refusal::Host("its setup failed without a word".into())))
        }
    }
}

/// What the first process said of the service, where it lived to say it.
fn reported(report: &OwnedFd) -> Option<Exit> {
    let mut bytes = [0; 64];
    let length = rustix::io::read(report, &mut bytes).ok()?;
    serde_json::from_slice(bytes.get(..length)?).ok()
}

fn collect() -> Option<(Pid, Exit)> {
    match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(pid, code)) => Some((pid, Exit::Code(code))),
        Ok(WaitStatus::Signaled(pid, signal, _)) => Some((pid, Exit::Signal(signal as i32))),
        Ok(_) | Err(_) => None,
    }
}

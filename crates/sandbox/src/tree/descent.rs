//! What is below a process, and how it is ended so that nothing outruns it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::ops::RangeInclusive;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getsid};
use rustix::process::{WaitId, WaitIdOptions, WaitOptions, WaitStatus, wait, waitid};

use super::signal::{Exit, KILLED};

/// How often the tree is looked at again before it is killed, whether it stands still or not.
const PASSES: usize = 32;

/// A process, as the kernel lists it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    pub(super) pid: Pid,
    pub(super) parent: Pid,
    pub(super) group: Pid,
    pub(super) session: Pid,
}

/// All that are visible; none where there is no `/proc`.
pub(super) fn list() -> Vec<Listed> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    numbers.filter_map(look).collect()
}

/// Whether processes can hide from `/proc` as this one sees it: those that made themselves unreadable, say.
pub(super) fn is_veiled() -> bool {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut lists = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    // The last one that was mounted there is the one that is seen.
    let seen = lists.rfind(|fields| fields.get(1) == Some(&"/proc") && fields.get(2) == Some(&"proc"));
    let options = seen.as_ref().and_then(|fields| fields.get(3));
    options.is_none_or(|options| {
        options.split(',').any(|option| option.starts_with("hidepid=") && option != "hidepid=off")
    })
}

/// Whether it was stopped; where nobody says, it may be.
pub(super) fn is_stopped(pid: Pid) -> bool {
    state(pid.as_raw()).is_none_or(|state| state.trim_start().starts_with(['T', 't']))
}

/// What the kernel says of a process, from its state on.
fn state(pid: i32) -> Option<String> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets, and may hold brackets itself.
    let after_name = text.iter().rposition(|byte| *byte == b')')?;
    String::from_utf8(text.get(after_name + 1..)?.to_vec()).ok()
}

fn look(pid: i32) -> Option<Listed> {
    let state = state(pid)?;
    let mut fields = state.split_ascii_whitespace().skip(1).map_while(|field| field.parse().ok().map(Pid::from_raw));
    Some(Listed { pid: Pid::from_raw(pid), parent: fields.next()?, group: fields.next()?, session: fields.next()? })
}

/// Those below the roots that `is_root` picks, roots included.
pub(super) fn below(listed: &[Listed], is_root: impl Fn(&Listed) -> bool) -> Vec<Listed> {
    let mut children: HashMap<Pid, Vec<Listed>> = HashMap::new();
    for process in listed {
        children.entry(process.parent).or_default().push(*process);
    }
    let mut found: Vec<_> = listed.iter().copied().filter(is_root).collect();
    let mut seen: HashSet<_> = found.iter().map(|process| process.pid).collect();
    let mut next = 0;
    while let Some(process) = found.get(next).copied() {
        let further = children.get(&process.pid).into_iter().flatten();
        found.extend(further.filter(|child| seen.insert(child.pid)));
        next += 1;
    }
    found
}

/// Sends to all that `of` finds, and again to those that it finds then, until it finds no other.
///
/// Says how many there were.
pub(super) fn reach(of: &dyn Fn() -> Vec<Listed>, signals: &[Signal]) -> usize {
    let mut reached = HashSet::new();
    for _ in 0..PASSES {
        let fresh: Vec<_> = of().into_iter().filter(|process| reached.insert(process.pid)).collect();
        for process in &fresh {
            for signal in signals {
                let _ = kill(process.pid, *signal);
            }
        }
        if fresh.is_empty() {
            break;
        }
    }
    reached.len()
}

/// Stops all that `of` finds until it finds no other, then kills them; says how many there were.
pub(super) fn fell(of: &dyn Fn() -> Vec<Listed>) -> usize {
    if reach(of, &[Signal::SIGSTOP]) == 0 {
        return 0;
    }
    let standing = of();
    for process in &standing {
        let _ = kill(process.pid, Signal::SIGKILL);
    }
    standing.len()
}

/// Kills this process's own children that no list shows: without `/proc`, or where they hide in it.
///
/// What is below them falls to this process when they die, and is found the next time.
pub(super) fn fell_unlisted(numbers: RangeInclusive<i32>, is_meant: &dyn Fn(Pid) -> bool) -> usize {
    let children = numbers.map(Pid::from_raw).filter(|pid| is_child(*pid));
    children.filter(|pid| is_meant(*pid) && kill(*pid, Signal::SIGKILL).is_ok()).count()
}

/// Every number that a process can have but the first.
pub(super) fn numbers() -> RangeInclusive<i32> {
    let highest = fs::read_to_string("/proc/sys/kernel/pid_max").ok();
    2..=highest.and_then(|text| text.trim().parse().ok()).unwrap_or(4 << 20)
}

/// Whether it is this process's own, living or still to be collected.
fn is_child(pid: Pid) -> bool {
    // The kernel is quicker to say that there is no such process at all.
    if getsid(Some(pid)).is_err() {
        return false;
    }
    let looking = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    rustix::process::Pid::from_raw(pid.as_raw()).is_some_and(|pid| waitid(WaitId::Pid(pid), looking).is_ok())
}

/// What this process's children have come to.
pub(super) enum Collected {
    Ended(Pid, Exit),
    /// None has ended that was not collected yet.
    Waiting,
    /// There are no children: the kernel's word, hidden ones included.
    Childless,
}

/// Not by nix, which takes a child that ended by a real-time signal for an error.
pub(super) fn collect() -> Collected {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => {
                return Collected::Ended(Pid::from_raw(pid.as_raw_nonzero().get()), exit(status));
            }
            Ok(None) => return Collected::Waiting,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Collected::Childless,
        }
    }
}

pub(super) fn exit(status: WaitStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(number)) => Exit::Signal(number),
        (None, None) => KILLED,
    }
}

//! The processes that a process has started, as `/proc` tells.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// Every descendant of a process: its number and its command line.
#[must_use]
pub fn of(ancestor: u32) -> Vec<(u32, String)> {
    let parents = parents();
    let descends = |mut process: u32| loop {
        match parents.get(&process) {
            Some(&parent) if parent == ancestor => return true,
            Some(&parent) => process = parent,
            None => return false,
        }
    };
    let mut found: Vec<u32> = parents.keys().copied().filter(|&process| descends(process)).collect();
    found.sort_unstable();
    found.into_iter().map(|process| (process, command_line(process))).collect()
}

/// Whether the process is there, and no zombie that nobody has collected yet.
#[must_use]
pub fn is_running(process: u32) -> bool {
    fields(process).is_some_and(|fields| fields.first().is_some_and(|state| state != "Z" && state != "X"))
}

/// Waits until all of these have ended, for so long at most; those that have not.
#[must_use]
pub fn left_after(patience: Duration, processes: &[(u32, String)]) -> Vec<&(u32, String)> {
    let end = Instant::now() + patience;
    processes.iter().filter(|(process, _)| !ends_before(end, *process)).collect()
}

fn ends_before(end: Instant, process: u32) -> bool {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw).expect("a process has a number");
    // What has no descriptor is there no more.
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return true };
    let left = Timespec::try_from(end.saturating_duration_since(Instant::now())).expect("a short time");
    let mut polled = [PollFd::new(&process, PollFlags::IN)];
    poll(&mut polled, Some(&left)).expect("a process can be waited for") > 0
}

fn parents() -> HashMap<u32, u32> {
    let entries = fs::read_dir("/proc").expect("there is a /proc");
    let processes = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes.filter_map(|process| Some((process, fields(process)?.get(1)?.parse().ok()?))).collect()
}

/// What stands behind the name, which is in brackets and may have anything in it: the state, the parent, and more.
fn fields(process: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn command_line(process: u32) -> String {
    let bytes = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ").trim_end().to_owned()
}

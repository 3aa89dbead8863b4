//! What a process and all that it started use: counted by its control groups, else added up from `/proc`.

use std::fs;
use std::path::{Path, PathBuf};

/// What is used at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Memory.
    pub memory_bytes: u64,
    /// Processor time, user and system.
    pub cpu_ms: u64,
    /// Processes; where a control group counts them, threads too.
    pub processes: u64,
    /// How many of its processes were killed for memory since it began, where a control group counts that.
    pub killed_for_memory: u64,
}

pub(crate) fn read(pid: i32, groups: &[PathBuf]) -> Usage {
    let summed = sum(&descendants(pid));
    Usage {
        memory_bytes: number(groups, &["memory.current", "memory.usage_in_bytes"]).unwrap_or(summed.memory_bytes),
        cpu_ms: cpu_ms(groups).unwrap_or(summed.cpu_ms),
        processes: number(groups, &["pids.current"]).unwrap_or(summed.processes),
        killed_for_memory: crate::confine::cgroup::killed_for_memory(groups),
    }
}

fn number(groups: &[PathBuf], files: &[&str]) -> Option<u64> {
    let candidates = groups.iter().flat_map(|group| files.iter().map(|file| group.join(file)));
    candidates.filter_map(|path| fs::read_to_string(path).ok()).find_map(|text| text.trim().parse().ok())
}

/// Only the second generation counts time in the groups that are used here.
fn cpu_ms(groups: &[PathBuf]) -> Option<u64> {
    let texts = groups.iter().filter_map(|group| fs::read_to_string(group.join("cpu.stat")).ok());
    let micros =
        texts.filter_map(|text| text.lines().find_map(|line| line.strip_prefix("usage_usec ")?.parse::<u64>().ok()));
    micros.map(|micros| micros / 1000).next()
}

/// The process and everything below it, as far as it still stands.
fn descendants(pid: i32) -> Vec<i32> {
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(children(parent));
        next += 1;
    }
    found
}

fn children(pid: i32) -> Vec<i32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let texts = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    texts.flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

fn sum(pids: &[i32]) -> Usage {
    let mut usage = Usage::default();
    for pid in pids {
        let directory = PathBuf::from(format!("/proc/{pid}"));
        usage.memory_bytes += resident_bytes(&directory).unwrap_or(0);
        usage.cpu_ms += spent_ms(&directory).unwrap_or(0);
        usage.processes += 1;
    }
    usage
}

fn resident_bytes(directory: &Path) -> Option<u64> {
    let text = fs::read_to_string(directory.join("statm")).ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages.saturating_mul(u64::try_from(rustix::param::page_size()).ok()?))
}

fn spent_ms(directory: &Path) -> Option<u64> {
    let text = fs::read_to_string(directory.join("stat")).ok()?;
    // The second field is the name in brackets, which may hold blanks and brackets itself.
    let after = text.rsplit_once(')')?.1;
    let mut fields = after.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user.saturating_add(system).saturating_mul(1000) / rustix::param::clock_ticks_per_second().max(1))
}

//! What processes cost, as the kernel counts it, and how many files they may have open.

use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The sum over the living threads of a process, in nanoseconds where `stat` counts hundredths of a second.
pub(crate) fn cpu_of(process: &str) -> anyhow::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let path = thread?.path().join("schedstat");
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let first = text.split_whitespace().next().context("schedstat has fields")?;
        nanoseconds += first.parse::<u64>()?;
    }
    ensure!(nanoseconds > 0, "this kernel does not count processor time in schedstat");
    Ok(Duration::from_nanos(nanoseconds))
}

/// Processor time that this process used so far.
pub(crate) fn own_cpu() -> anyhow::Result<Duration> {
    cpu_of("self")
}

/// Processor time of a process's children that have ended, and of theirs; in hundredths of a second.
pub(crate) fn cpu_of_ended_children(process: &str) -> anyhow::Result<Duration> {
    let fields = stat(process)?;
    let ticks: u64 = fields
        .get(CHILDREN)
        .context("stat has fields")?
        .iter()
        .map(|ticks| ticks.parse::<u64>())
        .sum::<Result<_, _>>()?;
    Ok(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// User and system time of the children, counted from the field behind the name.
const CHILDREN: std::ops::Range<usize> = 13..15;
/// The parent, counted likewise.
const PARENT: usize = 1;

/// The fields of `stat` behind the name, which may hold anything.
fn stat(process: &str) -> anyhow::Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = text.rsplit_once(')').context("stat has a name in brackets")?;
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}

/// Memory of one process, each shared page divided by its sharers; in bytes.
pub(crate) fn memory_of(process: u32) -> anyhow::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("smaps_rollup has Pss")?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes << 10)
}

/// A process and all that descend from it, as they are now.
pub(crate) fn family(head: u32) -> anyhow::Result<Vec<u32>> {
    let mut members = vec![head];
    let pairs = parents()?;
    let mut next = 0;
    while let Some(parent) = members.get(next).copied() {
        members.extend(pairs.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        next += 1;
    }
    Ok(members)
}

/// Every process with its parent. One that ends while it is looked at is left out.
fn parents() -> anyhow::Result<Vec<(u32, u32)>> {
    let mut pairs = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let Ok(process) = name.parse() else { continue };
        let parent = stat(&name).ok().and_then(|fields| fields.get(PARENT)?.parse().ok());
        pairs.extend(parent.map(|parent| (process, parent)));
    }
    Ok(pairs)
}

/// Lets this process, and those it starts, open as many files as it may; says how many that is.
pub(crate) fn open_many_files() -> anyhow::Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    Ok(limit.maximum.unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_itself_and_its_children_in_its_family() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let family = family(std::process::id()).unwrap();
        assert!(family.contains(&std::process::id()) && family.contains(&child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn memory_and_time_are_counted() {
        assert!(memory_of(std::process::id()).unwrap() > 64 << 10);
        assert!(own_cpu().unwrap() > Duration::ZERO);
        cpu_of_ended_children("self").unwrap();
    }
}

//! What a run of tests leaves behind: no process, or the run has failed.
//!
//! Whoever loses its parent becomes a child of this process, however far below it was started, in whatever namespace.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};

/// How long what was told to end may take: a node has a few seconds to stop its services.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A run whose processes are looked after.
pub(crate) struct Orphans(());

impl Orphans {
    /// From here on nobody's child is lost.
    pub(crate) fn watch() -> anyhow::Result<Self> {
        set_child_subreaper(Some(getpid())).context("to be told of processes without a parent")?;
        Ok(Self(()))
    }

    /// Fails where something still runs, and ends that.
    pub(crate) fn none_left(self) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            reap();
            let left = children()?;
            if left.is_empty() {
                return Ok(());
            }
            if Instant::now() >= until {
                let lines: Vec<_> = left.iter().map(|child| format!("  {} {}", child.pid, child.line)).collect();
                left.iter().for_each(Child::end);
                bail!("the tests left processes behind:\n{}", lines.join("\n"));
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

struct Child {
    pid: i32,
    line: String,
}

impl Child {
    fn end(&self) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            // It may have ended by itself meanwhile.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Takes note of those that have ended.
fn reap() {
    while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
}

fn children() -> anyhow::Result<Vec<Child>> {
    let own = getpid().as_raw_nonzero().get();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("reading the list of processes")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        // Gone between the two looks.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        if parent(&stat) == Some(own) {
            let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default().replace('\0', " ");
            found.push(Child { pid, line });
        }
    }
    Ok(found)
}

/// The second field after the program's name, which stands in parentheses and may hold some itself.
fn parent(stat: &str) -> Option<i32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_found_behind_any_name() {
        assert_eq!(parent("12 (a b) c) S 7 12 12"), Some(7));
        assert_eq!(parent("12 (a"), None);
    }
}

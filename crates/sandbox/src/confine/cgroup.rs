//! Control groups: what a service and all that it started may use together.

mod find;

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{CgroupKind, Mechanism, Plan};
use find::Controller;
pub(crate) use find::find;

/// Where the helper makes groups, found once.
#[derive(Debug)]
pub(crate) struct Groups {
    kind: CgroupKind,
    /// One directory for all controllers, or one for each.
    bases: Vec<(PathBuf, Vec<Controller>)>,
    next: u64,
}

/// The groups of one process.
#[derive(Debug)]
pub(crate) struct Group {
    kind: CgroupKind,
    directories: Vec<PathBuf>,
}

impl Groups {
    pub(crate) fn kind(&self) -> CgroupKind {
        self.kind
    }

    pub(crate) fn mechanisms(&self) -> Vec<Mechanism> {
        self.bases
            .iter()
            .flat_map(|(_, controllers)| controllers.iter().map(|controller| controller.mechanism()))
            .collect()
    }

    /// An empty group with these bounds.
    pub(crate) fn make(&mut self, plan: &Plan) -> io::Result<Group> {
        let number = self.next;
        self.next += 1;
        let mut group = Group { kind: self.kind, directories: Vec::new() };
        for (base, controllers) in &self.bases {
            let directory = base.join(number.to_string());
            fs::create_dir(&directory)?;
            group.directories.push(directory.clone());
            for (file, value) in controllers.iter().flat_map(|controller| settings(self.kind, *controller, plan)) {
                set(&directory.join(file), &value)?;
            }
        }
        Ok(group)
    }

    /// Leaves nothing behind.
    pub(crate) fn remove(&self) {
        for (base, _) in &self.bases {
            let _ = fs::remove_dir(base);
        }
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        self.remove();
    }
}

impl Group {
    /// Where a process can be born into it: moving one in afterwards takes the host up to 15 ms.
    pub(crate) fn birthplace(&self) -> io::Result<Option<OwnedFd>> {
        match (self.kind, self.directories.first()) {
            (CgroupKind::V2, Some(directory)) => fs::File::open(directory).map(|file| Some(file.into())),
            _ => Ok(None),
        }
    }

    /// Moves a process in that was not born in it.
    pub(crate) fn enter(&self, pid: Pid) -> io::Result<()> {
        if self.kind == CgroupKind::V2 {
            return Ok(());
        }
        self.directories.iter().try_for_each(|directory| fs::write(directory.join("cgroup.procs"), pid.to_string()))
    }

    pub(crate) fn directories(&self) -> Vec<PathBuf> {
        self.directories.clone()
    }

    /// Whether the kernel killed one of its processes for memory.
    pub(crate) fn ran_out_of_memory(&self) -> bool {
        killed_for_memory(&self.directories) > 0
    }

    /// Kills what is left in it; true once it is gone.
    pub(crate) fn remove(&self) -> bool {
        self.directories.iter().filter(|directory| !remove(directory)).count() == 0
    }
}

/// How many processes the kernel killed for memory in these groups, by the file of either generation.
pub(crate) fn killed_for_memory(directories: &[PathBuf]) -> u64 {
    let files = directories
        .iter()
        .flat_map(|directory| ["memory.events", "memory.oom_control"].map(|name| directory.join(name)));
    let texts = files.filter_map(|file| fs::read_to_string(file).ok());
    texts.flat_map(|text| text.lines().filter_map(kills).collect::<Vec<_>>()).sum()
}

fn kills(line: &str) -> Option<u64> {
    line.strip_prefix("oom_kill ")?.trim().parse().ok()
}

/// Only a process that broke out of no pid namespace, since it had none, is ever left.
fn remove(directory: &Path) -> bool {
    match fs::remove_dir(directory) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(_) => {
            let listed = fs::read_to_string(directory.join("cgroup.procs")).unwrap_or_default();
            for pid in listed.lines().filter_map(|line| line.parse().ok()) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            fs::remove_dir(directory).is_ok()
        }
    }
}

/// What is written where; what an older kernel does not have is left out where it only sharpens another bound.
fn settings(kind: CgroupKind, controller: Controller, plan: &Plan) -> Vec<(&'static str, String)> {
    let limits = &plan.limits;
    let memory = limits.memory_bytes.to_string();
    let processes = plan.counted_processes().to_string();
    // A command that takes too much goes alone, a service with all that it started.
    let together = if plan.commands { "0" } else { "1" };
    let weight = u64::from(limits.cpu_weight.clamp(1, 10_000));
    match (kind, controller) {
        (CgroupKind::None, _) => Vec::new(),
        (CgroupKind::V2, Controller::Memory) => {
            vec![("memory.max", memory), ("memory.swap.max", "0".into()), ("memory.oom.group", together.into())]
        }
        (CgroupKind::V1, Controller::Memory) => {
            vec![("memory.limit_in_bytes", memory.clone()), ("memory.memsw.limit_in_bytes", memory)]
        }
        (_, Controller::Pids) => vec![("pids.max", processes)],
        (CgroupKind::V2, Controller::Cpu) => vec![("cpu.weight", weight.to_string())],
        // The usual weight is 100 in the one generation and 1,024 in the other.
        (CgroupKind::V1, Controller::Cpu) => vec![("cpu.shares", (weight * 1024 / 100).max(2).to_string())],
    }
}

/// Swap accounting is often not there; then swap is not bounded, and memory still is.
fn set(file: &Path, value: &str) -> io::Result<()> {
    match fs::write(file, value) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && file.to_string_lossy().contains("sw") => Ok(()),
        other => other.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display()))),
    }
}

//! What is to be started, and with what.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One process to start confined: the whole of what it may reach.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// What the first process inside is called in the host's list of processes, cut to 15 bytes.
    pub name: String,
    /// The executable, an absolute path on the host and the same one inside.
    pub program: PathBuf,
    /// What follows the program's own name.
    pub arguments: Vec<String>,
    /// The whole environment, but for `HOME`, `PATH`, `TMPDIR`, `USER` and `LISTEN_*`, which are set here where they are not given.
    pub environment: Vec<(String, String)>,
    /// A directory of the host, bound read-write at `/home/ACCOUNT`; without one the home is empty and dies with the process.
    pub home: Option<PathBuf>,
    /// How much of the host's own software is visible.
    pub root: Root,
    /// Further paths of the host, visible at the same place, never writable.
    pub read_only: Vec<PathBuf>,
    /// Further paths of the host, visible at the same place and writable, never with devices or set-user-ID programs.
    pub writable: Vec<PathBuf>,
    /// Its name inside, in `/etc/passwd`, `/etc/group` and `USER`, and of its home; `service` is the usual one.
    pub account: String,
    /// What it reaches beyond its sockets.
    pub network: Network,
    /// Whether it starts programs of people, which takes more than a service is given: see `docs/sandbox.md`.
    ///
    /// It is then the first process of its namespace itself, so that nothing that it started can signal it to death.
    pub commands: bool,
    /// How much `/tmp`, `/dev/shm` and a home of its own may hold, each.
    pub temporary_bytes: u64,
    /// What the process and all that it starts may use.
    pub limits: ProcessLimits,
    /// Whether a mechanism that this host lacks is reason to refuse.
    pub strictness: Strictness,
    /// For a node that runs as root, and only for that: whom the host sees.
    pub user: Option<HostUser>,
}

impl Plan {
    /// Everything as narrow as it can be; change what is to be wider.
    pub fn new(program: impl Into<PathBuf>) -> Plan {
        Plan {
            name: String::new(),
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            home: None,
            root: Root::Libraries,
            read_only: Vec::new(),
            writable: Vec::new(),
            account: "service".to_owned(),
            network: Network::None,
            commands: false,
            temporary_bytes: 16 << 20,
            limits: ProcessLimits::default(),
            strictness: Strictness::Required,
            user: None,
        }
    }
}

impl Plan {
    /// Those that the kernel is to count to: the first process inside is counted, and is not the service's, or has some in reserve where commands are.
    pub(crate) fn counted_processes(&self) -> u64 {
        let more = if self.commands { crate::Limits::default().reserved_processes } else { 1 };
        self.limits.processes.saturating_add(more)
    }

    /// Where the process is at home, inside.
    pub(crate) fn home_inside(&self) -> PathBuf {
        PathBuf::from("/home").join(&self.account)
    }
}

/// How much of the host's own software is visible inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Root {
    /// The dynamic loader and the shared libraries alone.
    Libraries,
    /// All of `/usr`: for services that need an interpreter or other programs.
    System,
    /// What is in this directory of the host instead, as if it were the root: its `usr`, and `bin`, `lib` and the like beside it.
    Directory(PathBuf),
}

/// What a process reaches beyond the sockets that it was handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// Nothing, not even a loopback.
    None,
    /// What the host's own programs reach over IP, services that listen on the host's loopback alone included.
    Host,
}

/// What is to happen where this host lacks a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strictness {
    /// Nothing is started.
    Required,
    /// The process is started with what there is, and [`crate::Process::lacking`] says what is not.
    BestEffort,
}

/// Who a process is in the eyes of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostUser {
    /// Never 0.
    pub uid: u32,
    /// Never 0.
    pub gid: u32,
}

/// What a process and all that it starts may use together, as far as the host can count them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessLimits {
    /// Memory; where no control group counts it, the data of each single process.
    pub memory_bytes: u64,
    /// Processes and threads at once.
    pub processes: u64,
    /// Open files of each process.
    pub open_files: u64,
    /// Share of the processor against others, 100 being the usual one.
    pub cpu_weight: u32,
    /// Largest file that can be written.
    pub file_bytes: u64,
}

impl Default for ProcessLimits {
    fn default() -> Self {
        Self { memory_bytes: 256 << 20, processes: 32, open_files: 256, cpu_weight: 100, file_bytes: 64 << 20 }
    }
}

/// What a process is born with, and the only way out of it.
#[derive(Debug)]
pub struct Descriptors {
    /// They become 3, 4, … as the `LISTEN_FDS` convention has it.
    pub sockets: Vec<OwnedFd>,
    /// Standard output.
    pub out: OwnedFd,
    /// Standard error.
    pub err: OwnedFd,
}

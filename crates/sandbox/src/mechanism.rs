//! What confines a process, and which of it this host has.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! mechanisms {
    ($($(#[$doc:meta])* $variant:ident $name:literal $purpose:literal,)*) => {
        /// One way in which the kernel confines a process.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Mechanism {
            $(#[doc = $purpose] $variant,)*
        }

        impl Mechanism {
            /// All of them, in the order in which they are set up.
            pub const ALL: &[Mechanism] = &[$(Mechanism::$variant,)*];

            /// Its name as operators read it.
            pub fn as_str(self) -> &'static str {
                match self { $(Mechanism::$variant => $name,)* }
            }

            /// What it keeps a service from, in one sentence.
            pub fn purpose(self) -> &'static str {
                match self { $(Mechanism::$variant => $purpose,)* }
            }
        }
    };
}

mechanisms! {
    UserNamespace "user namespace" "The service has no privilege on the host, whatever it becomes inside.",
    MountNamespace "mount namespace" "The service sees a file tree of its own.",
    PidNamespace "pid namespace" "The service neither sees nor signals other processes, and all that it started dies with it.",
    NetworkNamespace "network namespace" "The service has no network, no abstract socket, not even a loopback.",
    IpcNamespace "ipc namespace" "The service shares no memory, queue or semaphore with others.",
    UtsNamespace "uts namespace" "The service does not learn the host's name.",
    CgroupNamespace "cgroup namespace" "The service does not see where in the host's tree of groups it is.",
    ReadOnlyRoot "read-only root" "The service sees its program, libraries and named files, and writes to its home and temporary files alone.",
    Landlock "landlock" "Files outside the named ones stay closed even to one who breaks out of the file tree.",
    Seccomp "seccomp" "The service makes only the system calls of a list.",
    NoNewPrivileges "no new privileges" "No program that the service starts gains a privilege; every capability is dropped for good.",
    ResourceLimits "resource limits" "Open files, file sizes, processes and core dumps are bounded for each process.",
    CgroupMemory "cgroup memory" "Memory is bounded for the service as a whole.",
    CgroupPids "cgroup pids" "Processes are bounded for the service as a whole.",
    CgroupCpu "cgroup cpu" "Processor time is shared out by weight.",
}

impl Mechanism {
    /// Whether a plan with [`crate::Strictness::Required`] is refused without it.
    ///
    /// Control groups are not: hosts seldom delegate them to ordinary users, and resource limits bound each process in their stead.
    pub fn is_required(self) -> bool {
        !matches!(self, Self::CgroupMemory | Self::CgroupPids | Self::CgroupCpu)
    }

    pub(crate) fn parse(name: &str) -> Option<Mechanism> {
        Self::ALL.iter().copied().find(|mechanism| mechanism.as_str() == name)
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A mechanism that this host does not let us use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Which.
    pub mechanism: Mechanism,
    /// What was tried and what the host said, for the operator.
    pub why: String,
}

/// Which generation of control groups bounds services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CgroupKind {
    /// One tree for all controllers.
    V2,
    /// A tree for each controller.
    V1,
    /// None; resource limits stand in.
    None,
}

/// What this host can do, found out by trying, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// What confines every process started.
    pub present: Vec<Mechanism>,
    /// What does not, and why.
    pub missing: Vec<Missing>,
    /// How the services are counted together.
    pub cgroup: CgroupKind,
}

impl Survey {
    /// Whether it is there.
    pub fn has(&self, mechanism: Mechanism) -> bool {
        self.present.contains(&mechanism)
    }

    /// What a plan that requires confinement would be refused for.
    pub fn lacking(&self) -> Vec<Missing> {
        self.missing.iter().filter(|missing| missing.mechanism.is_required()).cloned().collect()
    }
}

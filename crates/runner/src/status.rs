//! Services as sessions and administrators see them.

use std::fmt;

use capos_sandbox::Mechanism;

use crate::opening::SessionKey;
use crate::profile::Isolation;

/// What a service is to one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It cannot be started.
    Unavailable(Unlaunchable),
    /// It runs, and the session holds nothing of it.
    Attachable,
    /// It does not run, and can be started.
    Startable,
    /// It runs, for this session alone or with facets of this session.
    Running,
}

impl State {
    /// The state as the wire contract calls it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            State::Unavailable(_) => "unavailable",
            State::Attachable => "attachable",
            State::Startable => "startable",
            State::Running => "running",
        }
    }
}

/// Why a service cannot be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlaunchable {
    /// There is no profile of that id.
    Unknown,
    /// There is no program to run.
    MissingBinary,
    /// It asks for a confinement that this host does not have.
    Sandbox(Vec<Mechanism>),
    /// It failed too often; the reason is for administrators.
    GivenUp(String),
    /// A service that it requires cannot be started; its id.
    Requires(String),
}

/// One sentence that a client may see.
impl fmt::Display for Unlaunchable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unlaunchable::Unknown => "there is no service of that id",
            Unlaunchable::MissingBinary => "the service's program is not installed",
            Unlaunchable::Sandbox(_) => "this node cannot confine the service as its profile asks for",
            Unlaunchable::GivenUp(_) => "the service failed too often; an administrator can start it again",
            Unlaunchable::Requires(_) => "a service that it needs cannot be started",
        })
    }
}

/// One profile and what runs of it, for administrators.
#[derive(Clone, Debug)]
pub struct Status {
    /// The profile's id.
    pub id: String,
    /// Its title.
    pub label: String,
    /// `unavailable`, `stopped`, `starting`, `running`, `unhealthy`, `waiting` or `givenUp`.
    pub state: &'static str,
    /// Why, where the state needs a reason; empty otherwise.
    pub reason: String,
    /// Whether all sessions share it.
    pub isolation: Isolation,
    /// What runs, oldest first.
    pub instances: Vec<Instance>,
    /// What its processes are confined by.
    pub confinement: Vec<Mechanism>,
    /// What it does without, because this host does not have it.
    pub missing: Vec<Mechanism>,
}

/// One running process graph.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Names it among all that the runner ever started.
    pub number: u64,
    /// The session that it runs for.
    pub session: Option<SessionKey>,
    /// When it was started, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// How often it was started again after a failure.
    pub restarts: u32,
    /// The facets that sessions hold of it.
    pub facets: u32,
    /// The service itself, then its companions.
    pub processes: Vec<Process>,
}

/// One process of a graph.
#[derive(Clone, Debug)]
pub struct Process {
    /// The profile's id, or a companion's name.
    pub name: String,
    /// Whether it runs.
    pub running: bool,
    /// What it holds in memory; 0 where that cannot be told.
    pub memory_bytes: u64,
    /// Processor time it has used; 0 where that cannot be told.
    pub cpu_ms: u64,
}

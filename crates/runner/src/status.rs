//! Services as sessions and administrators see them.

use std::fmt;

use std::sync::atomic::Ordering;

use capos_sandbox::Mechanism;

use crate::core::{Core, PostKey};
use crate::life::locked;
use crate::opening::SessionKey;
use crate::post::{PostHandle, Standing};
use crate::profile::{Isolation, Profile};

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
    /// Something of the host that its profile names is not there, or may not be shown; the reason is for administrators.
    Surroundings(String),
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
            Unlaunchable::Surroundings(_) => "the service needs something of its host that this node cannot give it",
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
    /// What is inside, in sentences: see [`Profile::words`].
    pub inside: Vec<String>,
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

/// What there is to say of one profile.
pub(crate) fn of(core: &Core, profile: &Profile) -> Status {
    let mut handles = core.handles(Some(&profile.id));
    handles.sort_by_key(|(_, handle)| handle.graph.number);
    let (state, reason) = standing(core, profile, &handles);
    let survey = core.zygote.survey();
    Status {
        id: profile.id.clone(),
        label: profile.label.clone(),
        inside: profile.words(),
        state,
        reason,
        isolation: profile.isolation,
        instances: handles.iter().filter_map(|(key, handle)| instance(key, handle)).collect(),
        confinement: survey.present.clone(),
        missing: survey.missing.iter().map(|missing| missing.mechanism).collect(),
    }
}

fn standing(core: &Core, profile: &Profile, handles: &[(PostKey, PostHandle)]) -> (&'static str, String) {
    let mut stopped = String::new();
    for (_, handle) in handles {
        let troubles = handle.graph.troubles();
        let phase = handle.phase.borrow();
        match &phase.standing {
            Standing::Up(_) if troubles.is_empty() => return ("running", String::new()),
            Standing::Up(_) => return ("unhealthy", troubles.join("; ")),
            Standing::Starting => return ("starting", String::new()),
            Standing::Leaving => return ("stopped", String::new()),
            Standing::Waiting => return ("waiting", phase.why.clone()),
            Standing::GivenUp(why) => return ("givenUp", why.clone()),
            Standing::Down => stopped.clone_from(&phase.why),
        }
    }
    match core.launchable(&profile.id) {
        Err(Unlaunchable::Surroundings(why)) => ("unavailable", why),
        Err(why) => ("unavailable", why.to_string()),
        Ok(()) => ("stopped", stopped),
    }
}

fn instance(key: &PostKey, handle: &PostHandle) -> Option<Instance> {
    let facets = match &handle.phase.borrow().standing {
        Standing::Up(life) => life.seated().len(),
        Standing::Starting | Standing::Leaving => 0,
        Standing::Down | Standing::Waiting | Standing::GivenUp(_) => return None,
    };
    let graph = &handle.graph;
    let processes = locked(&graph.processes);
    let process = |(name, process): &(std::sync::Arc<str>, Option<capos_sandbox::Process>)| {
        let usage = process.as_ref().map(capos_sandbox::Process::usage).unwrap_or_default();
        let running = process.as_ref().is_some_and(|process| process.has_ended().is_none());
        Process { name: name.to_string(), running, memory_bytes: usage.memory_bytes, cpu_ms: usage.cpu_ms }
    };
    Some(Instance {
        number: graph.number,
        session: key.session,
        started_at_ms: graph.started_at_ms.load(Ordering::Relaxed),
        restarts: graph.restarts.load(Ordering::Relaxed),
        facets: u32::try_from(facets).unwrap_or(u32::MAX),
        processes: processes.iter().map(process).collect(),
    })
}

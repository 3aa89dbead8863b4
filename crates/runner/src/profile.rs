//! What a service is, as its profile says.

mod inside;
pub(crate) mod keys;
mod reading;
mod section;
mod values;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use capos_sandbox::{ProcessLimits, Strictness};
use capos_schema::service_capnp::Disclosure;

use crate::error::Fault;
use crate::limits::Limits;
pub use inside::{Dwelling, Inside};
pub(crate) use section::Place;

/// One service, checked against the set that it is in.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Profile {
    /// Its stable name.
    pub id: String,
    /// Its title.
    pub label: String,
    /// What it is good for.
    pub summary: String,
    /// What runs.
    pub program: Program,
    /// With which arguments.
    pub arguments: Vec<String>,
    /// Whether all sessions share it.
    pub isolation: Isolation,
    /// When it starts.
    pub start: Start,
    /// The session profiles that may see it and launch it.
    pub offered: Vec<String>,
    /// What it may be told of those it serves.
    pub disclose: Vec<Disclosure>,
    /// Whether it runs only fully confined.
    pub sandbox: Strictness,
    /// What its processes find around them.
    pub inside: Inside,
    /// Its environment.
    pub environment: Vec<(String, String)>,
    /// What it may use.
    pub limits: ProcessLimits,
    /// How much it may keep in its private /tmp.
    pub temporary_bytes: u64,
    /// What happens when it ends.
    pub restart: Restart,
    /// How it is watched.
    pub health: Health,
    /// What it needs.
    pub requires: Vec<Requirement>,
    /// What it offers.
    pub exports: Vec<Export>,
    /// What runs beside it.
    pub companions: Vec<Companion>,
    /// What it is told when it begins: a table as JSON, or nothing.
    pub settings: String,
    /// What its schema comes to: another schema makes another service.
    pub(crate) schema: Option<[u8; 32]>,
}

impl Profile {
    /// The export of that name.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<&Export> {
        self.exports.iter().find(|export| export.name == name)
    }

    /// The other services that must run for it, and for its companions.
    pub(crate) fn providers(&self) -> Vec<&str> {
        let companions = self.companions.iter().flat_map(|companion| &companion.requires);
        let held = self.requires.iter().chain(companions).filter_map(|needed| match &needed.holder {
            Holder::Service(provider) if provider.service != self.id => Some(&*provider.service),
            _ => None,
        });
        held.collect()
    }
}

/// A profile that was read and not yet checked against others: see [`crate::Profiles::check`].
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its interfaces have names and no ids yet.
    pub(crate) profile: Profile,
    pub(crate) schema: Option<PathBuf>,
    pub(crate) origin: PathBuf,
    places: BTreeMap<String, Place>,
}

impl Draft {
    /// Reads a profile; `origin` is its file, which faults name and relative paths start from.
    pub fn parse(text: &str, origin: &Path, limits: &Limits) -> Result<Draft, Vec<Fault>> {
        reading::read(text, origin, limits)
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.profile.id
    }

    /// The compiled schema that it brings, if it brings one.
    #[must_use]
    pub fn schema(&self) -> Option<&Path> {
        self.schema.as_deref()
    }

    /// A fault of what stands at that path of keys, as `exports[0].interface`.
    pub(crate) fn fault(&self, path: &str, what: String) -> Fault {
        let Place { line, column } = self.places.get(path).copied().unwrap_or_default();
        Fault { file: self.origin.clone(), line, column, what }
    }
}

/// The companions in an order in which each comes after those that it waits for; nothing where there is none.
pub(crate) fn order(companions: &[Companion]) -> Option<Vec<&Companion>> {
    let mut ordered: Vec<&Companion> = Vec::new();
    while ordered.len() < companions.len() {
        let placed = |name: &str| ordered.iter().any(|companion| companion.name == name);
        let known = |name: &String| !companions.iter().any(|companion| companion.name == *name) || placed(name);
        let next = companions.iter().find(|next| !placed(&next.name) && next.after.iter().all(known))?;
        ordered.push(next);
    }
    Some(ordered)
}

/// A program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A file of the host's.
    File(PathBuf),
    /// One that is compiled into the node's own executable.
    Bundled(String),
}

/// Whether sessions share a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// One instance for all.
    Shared,
    /// One for each session, which ends with it.
    Session,
}

impl Isolation {
    /// As profiles and the wire contract call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Isolation::Shared => "shared",
            Isolation::Session => "session",
        }
    }
}

/// When a service starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// When somebody launches it or takes a grant of it.
    Demand,
    /// With the node, and it is kept up.
    Node,
    /// When somebody launches it, and not otherwise.
    Launch,
}

/// What happens when a process ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// Whether it is started again.
    pub policy: RestartPolicy,
    /// The wait before the first try.
    pub first: Duration,
    /// The longest wait: each is twice the one before.
    pub longest: Duration,
    /// Failures within [`Restart::within`] after which it is given up.
    pub give_up: u32,
    /// The time in which they count.
    pub within: Duration,
}

/// When a process is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartPolicy {
    /// Not by itself.
    Never,
    /// When it failed.
    OnFailure,
    /// Whenever it ended.
    Always,
}

/// How a process is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// How often it is asked.
    pub every: Duration,
    /// How long it may take to answer.
    pub within: Duration,
    /// How long it may take to be ready.
    pub start_within: Duration,
    /// How long it may take to put its things away.
    pub drain_within: Duration,
}

/// An interface, by the name that its profile calls it and the id that this means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name in the schema.
    pub name: String,
    /// Its id.
    pub id: u64,
}

/// Who provides what a service needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The session that opens a facet, out of its bundle.
    Backend,
    /// The service itself, which gets a facet of another.
    Service(Provider),
    /// The client, by itself, through the service's own methods.
    Client,
    /// The node, which makes it for the session that opens a facet. The session itself does not hold it.
    Node,
}

impl Holder {
    /// As profiles and the wire contract call it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Holder::Backend => "backendHeld",
            Holder::Service(_) => "serviceOwned",
            Holder::Client => "clientFacet",
            Holder::Node => "node",
        }
    }
}

/// An export of a service, as another one's requirement names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The profile's id.
    pub service: String,
    /// The export.
    pub export: String,
}

/// How something that is required is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// By a wrapper of its own.
    ClientFacet,
    /// The session keeps it too.
    Shared,
    /// The session's own entry is withdrawn while the service holds it.
    Moved,
}

impl Transfer {
    /// As profiles and the wire contract call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Transfer::ClientFacet => "clientFacet",
            Transfer::Shared => "shared",
            Transfer::Moved => "moved",
        }
    }
}

/// Something that a service needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What the service calls it.
    pub name: String,
    /// What it must be.
    pub interface: Interface,
    /// Who provides it.
    pub holder: Holder,
    /// How it is handed over.
    pub transfer: Transfer,
    /// Whether the service does without.
    pub optional: bool,
}

/// Who may hold what is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferPolicy {
    /// The session that got it.
    Session,
    /// Whoever it is handed on to.
    Delegable,
    /// Nobody outside this node.
    Local,
}

impl TransferPolicy {
    /// As profiles and the wire contract call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TransferPolicy::Session => "session",
            TransferPolicy::Delegable => "delegable",
            TransferPolicy::Local => "local",
        }
    }
}

/// Which calls of an export are in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audit {
    /// None.
    Off,
    /// Those that were denied.
    Denied,
    /// All.
    All,
}

impl Audit {
    /// As profiles call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Audit::Off => "off",
            Audit::Denied => "denied",
            Audit::All => "all",
        }
    }
}

/// Something that a service offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name, and the one it gets in a CapSet.
    pub name: String,
    /// What it is.
    pub interface: Interface,
    /// Who may hold it.
    pub transfer: TransferPolicy,
    /// What of its use is recorded.
    pub audit: Audit,
    /// Whether a launch adds it to the CapSet.
    pub launch: bool,
}

/// A process that runs beside the service and holds nothing but what it requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// Its name.
    pub name: String,
    /// What runs.
    pub program: Program,
    /// With which arguments.
    pub arguments: Vec<String>,
    /// The companions that must be ready before it starts.
    pub after: Vec<String>,
    /// What it is given; each is [`Holder::Service`].
    pub requires: Vec<Requirement>,
}

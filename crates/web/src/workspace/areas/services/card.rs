//! Services and other grants as cards.

use std::collections::BTreeMap;

use capnp::traits::HasTypeId as _;
use capos_client::CapEntry;
use capos_schema::Registry;
use capos_schema::catalog_capnp::{remote_service_catalog, remote_service_profile, remote_service_runner};

use super::super::names;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Text, shown};

shown! {
    /// Everything of this view.
    struct ServicesView {
        /// Whether the session may read the node's list of services.
        listed: bool,
        /// Whether it may start any.
        may_launch: bool,
        /// Why the list is not there.
        problem: Option<Problem>,
        /// Services that the node has for this session.
        services: Vec<ServiceView>,
        /// What is granted beside them.
        grants: Vec<GrantView>,
    }

    /// One service.
    struct ServiceView {
        /// Its stable name.
        id: Text,
        /// Its title.
        label: Text,
        /// What it is good for, once that is known.
        summary: Text,
        /// `unavailable`, `attachable`, `startable` or `running`.
        state: Text,
        /// Its processes, first started first.
        processes: Vec<Text>,
        /// What it needs.
        requires: Vec<RequirementView>,
        /// What it offers.
        exports: Vec<ExportView>,
        /// What is being done with it.
        work: Option<WorkView>,
    }

    /// A capability that a service needs.
    struct RequirementView {
        /// The name that the service knows it by.
        name: Text,
        /// Its interface.
        interface: Text,
        /// Whether this session is to lend it.
        lent: bool,
        /// Whether the session loses it meanwhile.
        moved: bool,
        /// Whether the session has it.
        held: Held,
    }

    /// Whether something is in the session's bundle.
    words Held {
        /// It is.
        Yes,
        /// It is not.
        No,
        /// One of that name is, with another interface.
        Other,
    }

    /// A capability that a service offers.
    struct ExportView {
        /// Its name in the bundle.
        name: Text,
        /// Its interface.
        interface: Text,
        /// Where it is used.
        opens: Text,
        /// Whether the session has it.
        held: bool,
    }

    /// A grant that comes from no service of the list.
    struct GrantView {
        /// Its name in the bundle.
        name: Text,
        /// Its interface.
        interface: Text,
        /// What that is, in a sentence.
        summary: Text,
        /// Where it is used.
        opens: Text,
        /// When its lease is over.
        expires_at_ms: Option<u64>,
    }

    /// Something under way.
    struct WorkView {
        /// What.
        action: Action,
        /// Since when.
        since_ms: u64,
        /// Its steps.
        steps: Vec<StepView>,
    }

    /// One step of it.
    struct StepView {
        /// What is done.
        label: Text,
        /// How far it is.
        state: StepState,
    }

    /// How far a step is.
    words StepState {
        /// Done.
        Done,
        /// Under way.
        Now,
        /// Still to come.
        Later,
    }

    /// What is asked of the runner.
    words Action {
        /// What a launch would do.
        Probe,
        /// To start it, or join it.
        Launch,
        /// To join it where it runs.
        Attach,
        /// To give it back.
        Stop,
    }

    /// What came of it.
    struct OutcomeView {
        /// What was asked.
        action: Action,
        /// Of which service.
        service: Text,
        /// The runner's word.
        status: Text,
        /// Whether it was done, or could be.
        possible: bool,
        /// What happened.
        message: Text,
        /// What to do.
        advice: Text,
        /// What the service is lent.
        accepted: Vec<Text>,
        /// What the session gained, or would.
        gains: Vec<GainView>,
    }

    /// A capability that is gained.
    struct GainView {
        /// Its name in the bundle.
        name: Text,
        /// Its interface.
        interface: Text,
        /// Its title.
        label: Text,
        /// What it is good for.
        summary: Text,
        /// `callable`, `launchRequired` or `planned`.
        status: Text,
        /// The methods granted.
        methods: Vec<Text>,
        /// Lines for a person.
        notes: Vec<Text>,
        /// Where it is used.
        opens: Text,
    }
}

/// Where a piece of work is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// It is looked whether anything speaks against it.
    Checking,
    /// The runner does it.
    Working,
    /// The session's grants are looked at anew.
    Taking,
}

impl StepView {
    /// The steps of an action, of which one is under way.
    pub(super) fn all(action: Action, at: Step, lent: usize) -> Vec<Self> {
        let hand = if lent > 0 { "Start it, and hand over what you chose" } else { "Start it" };
        let steps: &[(Step, &'static str)] = match action {
            Action::Launch => &[
                (Step::Checking, "See whether anything speaks against it"),
                (Step::Working, hand),
                (Step::Taking, "Take what it offers"),
            ],
            Action::Stop => &[(Step::Working, "Give it back"), (Step::Taking, "See what is left")],
            Action::Probe | Action::Attach => &[(Step::Working, "Join it"), (Step::Taking, "Take what it offers")],
        };
        let state = |step: Step| match step.cmp(&at) {
            std::cmp::Ordering::Less => StepState::Done,
            std::cmp::Ordering::Equal => StepState::Now,
            std::cmp::Ordering::Greater => StepState::Later,
        };
        steps.iter().map(|&(step, label)| Self { label: Text::fixed(label), state: state(step) }).collect()
    }
}

/// A service as the catalog lists it.
pub(super) struct Profile {
    id: String,
    label: String,
    state: String,
    processes: Vec<Text>,
    requires: Vec<Requirement>,
    exports: Vec<Export>,
}

struct Requirement {
    name: String,
    interface_id: u64,
    lent: bool,
    moved: bool,
}

struct Export {
    name: String,
    interface_id: u64,
}

impl Profile {
    pub(super) fn read(from: remote_service_profile::Reader<'_>) -> capnp::Result<Self> {
        let text = |text: capnp::Result<capnp::text::Reader<'_>>| Ok::<_, capnp::Error>(text?.to_string()?);
        let requires = from.get_requirements()?.iter().map(|from| {
            let (holder, transfer) = (text(from.get_holder())?, text(from.get_transfer_mode())?);
            Ok(Requirement {
                name: text(from.get_name())?,
                interface_id: from.get_interface_id(),
                lent: holder == "backendHeld",
                moved: transfer == "moved",
            })
        });
        let exports = from
            .get_exports()?
            .iter()
            .map(|from| Ok(Export { name: text(from.get_name())?, interface_id: from.get_interface_id() }));
        Ok(Self {
            id: text(from.get_id())?,
            label: text(from.get_label())?,
            state: text(from.get_state())?,
            processes: from
                .get_process_graph()?
                .iter()
                .map(|name| Ok(Text::line(&text(name)?)))
                .collect::<capnp::Result<_>>()?,
            requires: requires.collect::<capnp::Result<_>>()?,
            exports: exports.collect::<capnp::Result<_>>()?,
        })
    }
}

/// What is known of services and grants.
#[derive(Default)]
pub(super) struct Cards {
    listed: bool,
    may_launch: bool,
    problem: Option<Problem>,
    profiles: Vec<Profile>,
    caps: Vec<CapEntry>,
    works: BTreeMap<String, WorkView>,
    /// What services are good for, as the runner has said.
    summaries: BTreeMap<String, Text>,
}

impl Cards {
    /// Takes in what the node says by now. Where its list could not be read, the one before stands.
    pub(super) fn look(&mut self, listed: Result<Option<Vec<Profile>>, Problem>, may_launch: bool, caps: &[CapEntry]) {
        (self.may_launch, self.caps) = (may_launch, caps.to_vec());
        self.problem = None;
        match listed {
            Ok(profiles) => {
                self.listed = profiles.is_some();
                self.profiles = profiles.unwrap_or_default();
            }
            Err(problem) => (self.listed, self.problem) = (true, Some(problem)),
        }
    }

    pub(super) fn work_of(&self, service: &str) -> Option<&WorkView> {
        self.works.get(service)
    }

    pub(super) fn set_work(&mut self, service: &str, work: Option<WorkView>) {
        match work {
            Some(work) => drop(self.works.insert(service.to_owned(), work)),
            None => drop(self.works.remove(service)),
        }
    }

    /// Keeps what the runner says of a service and the catalog does not.
    pub(super) fn learn(&mut self, outcome: &OutcomeView) {
        if let Some(gain) = outcome.gains.iter().find(|gain| !gain.summary.as_str().is_empty()) {
            self.summaries.insert(outcome.service.as_str().to_owned(), gain.summary.clone());
        }
    }

    /// The names of what a service offers.
    pub(super) fn exports_of(&self, service: &str) -> Vec<String> {
        let of = self.profiles.iter().filter(|profile| profile.id == service);
        of.flat_map(|profile| &profile.exports).map(|export| export.name.clone()).collect()
    }

    /// Services of which is not known what they are good for.
    pub(super) fn without_summary(&self) -> Vec<String> {
        let unknown = self.profiles.iter().filter(|profile| !self.summaries.contains_key(&profile.id));
        unknown.map(|profile| profile.id.clone()).collect()
    }

    pub(super) fn view(&self) -> ServicesView {
        ServicesView {
            listed: self.listed,
            may_launch: self.may_launch,
            problem: self.problem.clone(),
            services: self.profiles.iter().map(|profile| self.service(profile)).collect(),
            grants: self.caps.iter().filter(|entry| self.is_beside(entry)).map(grant).collect(),
        }
    }

    fn service(&self, profile: &Profile) -> ServiceView {
        let requires = profile.requires.iter().map(|requirement| RequirementView {
            name: Text::line(&requirement.name),
            interface: names::interface(requirement.interface_id),
            lent: requirement.lent,
            moved: requirement.moved,
            held: self.held(&requirement.name, requirement.interface_id),
        });
        let exports = profile.exports.iter().map(|export| ExportView {
            name: Text::line(&export.name),
            interface: names::interface(export.interface_id),
            opens: names::opens(&export.name, export.interface_id),
            held: self.held(&export.name, export.interface_id) == Held::Yes,
        });
        ServiceView {
            id: Text::line(&profile.id),
            label: Text::line(&profile.label),
            summary: self.summaries.get(&profile.id).cloned().unwrap_or_default(),
            state: Text::line(&profile.state),
            processes: profile.processes.clone(),
            requires: requires.collect(),
            exports: exports.collect(),
            work: self.works.get(&profile.id).cloned(),
        }
    }

    fn held(&self, name: &str, interface_id: u64) -> Held {
        match self.caps.iter().find(|entry| entry.name == name) {
            Some(entry) if entry.interface_id == interface_id => Held::Yes,
            Some(_) => Held::Other,
            None => Held::No,
        }
    }

    /// Whether a grant has a card of its own. This view itself is what the catalog and the runner are for.
    fn is_beside(&self, entry: &CapEntry) -> bool {
        let exported = |profile: &Profile| {
            let same = |export: &Export| export.name == entry.name && export.interface_id == entry.interface_id;
            profile.exports.iter().any(same)
        };
        let own = [remote_service_catalog::Client::TYPE_ID, remote_service_runner::Client::TYPE_ID];
        !own.contains(&entry.interface_id) && !self.profiles.iter().any(exported)
    }
}

fn grant(entry: &CapEntry) -> GrantView {
    let doc = Registry::builtin().node(entry.interface_id).map_or("", |node| &node.doc);
    GrantView {
        name: Text::line(&entry.name),
        interface: names::interface(entry.interface_id),
        summary: Text::line(names::first_sentence(doc)),
        opens: names::opens(&entry.name, entry.interface_id),
        expires_at_ms: entry.lease_expires_at_ms,
    }
}

#[cfg(test)]
mod tests;

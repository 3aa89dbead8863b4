//! Services and other grants as cards.

mod view;

use std::collections::BTreeMap;

use capnp::traits::HasTypeId as _;
use capos_client::CapEntry;
use capos_schema::Registry;
use capos_schema::catalog_capnp::{remote_service_catalog, remote_service_runner};

use super::super::names;
use super::profile::{Export, Profile};
use super::work::WorkView;
use crate::workspace::problem::Problem;
use crate::workspace::view::Text;

pub(super) use view::{ExportView, GainView, GrantView, Held, OutcomeView, RequirementView, ServiceView, ServicesView};

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

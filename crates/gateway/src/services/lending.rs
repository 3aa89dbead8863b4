//! What a session lends to the facets that it opens.
//!
//! A service gets the session's own grant, as its own membrane has wrapped it, behind one more membrane: so the end of the
//! grant cuts the service off, and so does the end of the facet.

use std::sync::Arc;

use capnp::capability::{Client, FromClientHook};
use capnp::traits::HasTypeId;
use capos_authority::Grant;
use capos_membrane::{Budget, BudgetLimits, Liveness, Membrane, Rules, Tally, Trust};
use capos_runner::{Holder, Lent, Profile, Requirement, Transfer};
use capos_schema::recordings_capnp::recorder;
use capos_schema::{Code, Denial};

use crate::clock::Steady;
use crate::recordings::RecordingLimits;
use crate::recordings::recorder::Lender;
use crate::session_vat::SessionVat;

/// One capability that is lent, until this is dropped.
pub(crate) struct Lending {
    liveness: Liveness,
    membrane: Membrane,
}

impl Drop for Lending {
    fn drop(&mut self) {
        drop(self.liveness.end(Denial::new(Code::Revoked, "what was lent has been taken back")));
        self.membrane.dissolve();
    }
}

/// What a service requires of the sessions that use it.
pub(crate) fn required(profile: &Profile) -> impl Iterator<Item = &Requirement> {
    profile.requires.iter().filter(|requirement| requirement.holder == Holder::Backend)
}

impl SessionVat {
    /// What a facet behind this grant is lent: what the session has accepted when it started the service, or, where
    /// policy gives the service as it is, what it cannot do without.
    pub(crate) fn lend(&self, grant: &Grant, profile: &Arc<Profile>) -> Result<Vec<(Lent, Lending)>, Denial> {
        let accepted = self.launched(&grant.name);
        let mut lent: Vec<_> = self.made_by_the_node(grant, profile).collect();
        for requirement in required(profile) {
            let wanted = match &accepted {
                Some(accepted) => accepted.contains(&requirement.name),
                None => !requirement.optional && requirement.transfer != Transfer::Moved,
            };
            // What is not wanted is not touched: to take it may start another service.
            match wanted.then(|| self.lend_one(requirement)).flatten() {
                Some(one) => lent.push(one),
                None if requirement.optional => {}
                None => {
                    let sentence = "the service needs a grant that the session does not lend; start it with that grant";
                    return Err(Denial::new(Code::ServiceUnavailable, sentence));
                }
            }
        }
        Ok(lent)
    }

    /// What the node makes for the session that a facet is opened for. The session itself does not hold it.
    fn made_by_the_node(&self, grant: &Grant, profile: &Profile) -> impl Iterator<Item = (Lent, Lending)> {
        let made = profile.requires.iter().filter(|requirement| requirement.holder == Holder::Node);
        made.filter_map(|requirement| {
            let (name, interface) = (requirement.name.clone(), requirement.interface.id);
            // The profile's reader knows no other.
            let recorder = (interface == recorder::Client::TYPE_ID).then(|| self.recorder(profile))?;
            let liveness = grant.liveness.child();
            let membrane = Membrane::new(self.recorder_rules(&liveness));
            let client = membrane.wrap(recorder);
            Some((Lent { name, interface, client }, Lending { liveness, membrane }))
        })
    }

    fn recorder(&self, profile: &Profile) -> Client {
        Client::new(Lender::client(self, &profile.id, must_record(profile)).into_client_hook())
    }

    /// A service that floods it waits, and cannot make the node hold ever more recordings.
    fn recorder_rules(&self, liveness: &Liveness) -> Rules {
        let limits = self.gateway().recordings().map_or_else(RecordingLimits::default, |all| all.limits().clone());
        let calls = BudgetLimits { bytes: Some(limits.waiting_bytes), ..BudgetLimits::default() };
        Rules {
            budgets: vec![Arc::new(Budget::new(calls))],
            giving: vec![Arc::new(Tally::new(limits.held_sinks))],
            ..self.lending_rules(liveness)
        }
    }

    fn lending_rules(&self, liveness: &Liveness) -> Rules {
        Rules {
            shapes: self.gateway().registry(),
            // The grant's own membrane has seen to the words.
            trust: Trust::Node,
            clock: Steady::of(self.gateway().authority()),
            vat: Arc::new(self.vat().clone()),
            ..Rules::new(liveness.clone())
        }
    }

    fn lend_one(&self, requirement: &Requirement) -> Option<(Lent, Lending)> {
        let (name, interface) = (requirement.name.clone(), requirement.interface.id);
        let grant = self.session().grant(&name)?;
        let own = self.hold(&name, interface).ok()?;
        let liveness = grant.liveness.child();
        let membrane = Membrane::new(self.lending_rules(&liveness));
        let client = membrane.wrap(own);
        Some((Lent { name, interface, client }, Lending { liveness, membrane }))
    }
}

/// Whether a service hangs up what it cannot record. What had to be recorded is not for its owner to remove.
fn must_record(profile: &Profile) -> bool {
    let settings = serde_json::from_str::<serde_json::Value>(&profile.settings).unwrap_or_default();
    settings["recording"] == "required"
}

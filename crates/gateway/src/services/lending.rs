//! What a session lends to the facets that it opens.
//!
//! A service gets the session's own grant, as its own membrane has wrapped it, behind one more membrane: so the end of the
//! grant cuts the service off, and so does the end of the facet.

use std::sync::Arc;

use capos_membrane::{Liveness, Membrane, Rules, Trust};
use capos_runner::{Holder, Lent, Profile, Requirement, Transfer};
use capos_schema::{Code, Denial};

use crate::clock::Steady;
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
    pub(crate) fn lend(
        &self,
        grant: &capos_authority::Grant,
        profile: &Arc<Profile>,
    ) -> Result<Vec<(Lent, Lending)>, Denial> {
        let accepted = self.launched(&grant.name);
        let mut lent = Vec::new();
        for requirement in required(profile) {
            let wanted = match &accepted {
                Some(accepted) => accepted.contains(&requirement.name),
                None => !requirement.optional && requirement.transfer != Transfer::Moved,
            };
            match self.lend_one(requirement).filter(|_| wanted) {
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

    fn lend_one(&self, requirement: &Requirement) -> Option<(Lent, Lending)> {
        let (name, interface) = (requirement.name.clone(), requirement.interface.id);
        let grant = self.session().grant(&name)?;
        let own = self.hold(&name, interface).ok()?;
        let liveness = grant.liveness.child();
        let membrane = Membrane::new(Rules {
            shapes: self.gateway().registry(),
            // The grant's own membrane has seen to the words.
            trust: Trust::Node,
            clock: Steady::of(self.gateway().authority()),
            vat: Arc::new(self.vat().clone()),
            ..Rules::new(liveness.clone())
        });
        let client = membrane.wrap(own);
        Some((Lent { name, interface, client }, Lending { liveness, membrane }))
    }
}

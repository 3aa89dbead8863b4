//! What a session holds, as administrators are told it, and what they cut off.

use std::sync::Arc;

use capos_authority::Grant;
use capos_membrane::Reference;

use super::{Held, SessionVat};
use crate::holdings::{HeldGrant, number, parts};

impl SessionVat {
    /// What the session holds, grant by grant.
    pub(crate) fn holdings(&self) -> Vec<HeldGrant> {
        let held = self.held.borrow();
        let of = |grant: Arc<Grant>| {
            let held = held.iter().find(|held| held.grant.name == grant.name);
            HeldGrant {
                calls: held.map_or(0, |held| held.budget.spent()),
                in_flight: held.map_or(0, |held| held.budget.in_flight()),
                references: self.references(&grant.name, held),
                grant,
            }
        };
        self.session().grants().into_iter().map(of).collect()
    }

    fn references(&self, grant: &str, held: Option<&Held>) -> Vec<Reference> {
        let replaced = self.replaced.borrow();
        let before = replaced.iter().filter(|old| old.name == grant).map(|old| (old.generation, &old.membrane));
        let all = before.chain(held.map(|held| (held.generation, &held.membrane)));
        all.flat_map(|(generation, membrane)| membrane.references().into_iter().map(move |it| numbered(it, generation)))
            .collect()
    }

    /// Cuts off one reference of a grant.
    pub(crate) fn revoke(&self, grant: &str, reference: u64) -> bool {
        let (generation, number) = parts(reference);
        let membrane = {
            let (held, replaced) = (self.held.borrow(), self.replaced.borrow());
            let now = held.iter().map(|held| (&held.grant.name, held.generation, &held.membrane));
            let mut all = now.chain(replaced.iter().map(|old| (&old.name, old.generation, &old.membrane)));
            all.find(|(name, of, _)| *name == grant && *of == generation).map(|(_, _, membrane)| membrane.clone())
        };
        membrane.is_some_and(|membrane| membrane.revoke(number))
    }
}

fn numbered(mut reference: Reference, generation: u64) -> Reference {
    let lineage = &mut reference.lineage;
    lineage.number = number(generation, lineage.number);
    lineage.parent = lineage.parent.map(|parent| number(generation, parent));
    reference
}

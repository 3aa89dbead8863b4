//! What a process holds of other services, for as long as it runs.
//!
//! **Invariant:** a process reaches another only through a membrane that ends with it, marks the other's words as a
//! service's, and bounds both directions.

use std::rc::Rc;
use std::sync::Arc;

use capos_membrane::{Liveness, Membrane, Outlet, Rules, Tally, Trust, renewed};
use capos_rpc::Vat;
use capos_schema::identity_capnp::{AuthStrength, PrincipalKind};
use ring::digest::{Context, SHA256};
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::core::{Core, PostKey};
use crate::desk::Desk;
use crate::log::now_ms;
use crate::opening::{self, Asker, Opened, Opening, SessionKey, Visitor};
use crate::process::Grant;
use crate::profile::{self, Provider, Requirement};
use crate::share::Share;

/// As long as it runs: a service's visit has no end of its own.
const CENTURY_MS: u64 = 100 * 365 * 24 * 3600 * 1000;

/// Who is given something.
pub(crate) struct Holder<'a> {
    pub(crate) key: &'a PostKey,
    /// The profile's id, or a companion's name.
    pub(crate) name: &'a str,
    /// What others call it.
    pub(crate) label: &'a str,
    /// Names this run.
    pub(crate) number: u64,
}

/// The facets that a process is given when it begins. On the runner's own thread.
pub(crate) fn of(core: &Arc<Core>, holder: &Holder<'_>, requires: &[Requirement], standing: &Liveness) -> Vec<Grant> {
    let mut grants = Vec::new();
    for needed in requires {
        let profile::Holder::Service(provider) = &needed.holder else { continue };
        // What is optional need not be there.
        if core.profile(&provider.service).is_none() {
            continue;
        }
        let client = guarded(core, holder, needed, provider, standing);
        grants.push(Grant { name: needed.name.clone(), interface: needed.interface.id, client });
    }
    grants
}

fn guarded(
    core: &Arc<Core>,
    holder: &Holder<'_>,
    needed: &Requirement,
    provider: &Provider,
    standing: &Liveness,
) -> capnp::capability::Client {
    let visitor = visitor(holder, &provider.service);
    let session = session(&visitor.reference);
    let own = provider.service == holder.key.service;
    let (key, asker) = match own {
        true => (holder.key.clone(), Asker::Companion),
        false => (PostKey { service: provider.service.clone(), session: None }, Asker::Session),
    };
    let (export, interface) = (provider.export.clone(), needed.interface.id);
    let (weak, limits) = (Arc::downgrade(core), core.settings.limits.clone());
    let desk = Desk::of(core, &key);
    let (inlet, all_back): (Rc<dyn Outlet>, _) = (desk.inflow.clone(), desk.back.calls.clone());
    let mut seat = Vec::new();
    let facet = renewed(move || {
        let Some(core) = weak.upgrade() else { return opening::gone() };
        let service = key.service.clone();
        let (export, visitor) = (export.clone(), visitor.clone());
        let opening = Opening { service, export, interface, session, visitor, grants: Vec::new() };
        let Opened { facet, standing, seat: kept, .. } = opening::open(&core, key.clone(), asker, opening);
        // The one before is at something that has ended.
        seat.clear();
        seat.push(kept);
        (facet, standing)
    });
    let share = Share::of_session(&limits);
    let back = Share::of_session(&limits);
    let mut rules = Rules::new(standing.child());
    rules.budgets = vec![share.calls];
    rules.callback_budgets = vec![back.calls, all_back];
    rules.holding = vec![Arc::new(Tally::new(limits.session_callbacks))];
    rules.inlet = Some(inlet);
    rules.shapes = core.profiles().registry().clone();
    rules.trust = Trust::Service;
    rules.vat = Arc::new(OnVat(core.house.clone()));
    Membrane::new(rules).wrap(facet)
}

/// A process as another service sees it: always the same one, with a reference of its own for each run.
fn visitor(holder: &Holder<'_>, service: &str) -> Visitor {
    let mut pseudonym = Context::new(&SHA256);
    for part in ["capos service visitor", service, &holder.key.service, holder.name] {
        pseudonym.update(part.as_bytes());
        pseudonym.update(&[0]);
    }
    let mut reference = [0; 32];
    if SystemRandom::new().fill(&mut reference).is_err() {
        // Without random numbers there is no TLS either; a number that no other run has serves to tell them apart.
        reference[..8].copy_from_slice(&holder.number.to_be_bytes());
    }
    let now = now_ms();
    Visitor {
        reference,
        created_at_ms: now,
        expires_at_ms: now + CENTURY_MS,
        class: PrincipalKind::Service,
        strength: AuthStrength::None,
        profile: "service".to_owned(),
        display_name: holder.label.to_owned(),
        pseudonym: pseudonym.finish().as_ref().try_into().ok(),
    }
}

fn session(reference: &[u8; 32]) -> SessionKey {
    let mut key = [0; 16];
    key.copy_from_slice(&reference[..16]);
    SessionKey(key)
}

/// A vat thread, as a membrane asks for it. Neither knows of the other; here, they first meet.
#[derive(Clone)]
pub struct OnVat(pub Vat);

impl capos_membrane::Vat for OnVat {
    fn is_current(&self) -> bool {
        self.0.is_current()
    }

    fn post(&self, job: Box<dyn FnOnce() + Send>) -> bool {
        self.0.post(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_the_same_visitor_each_time_and_another_elsewhere() {
        let key = PostKey { service: "adventure".to_owned(), session: None };
        let holder = |number| Holder { key: &key, name: "warden", label: "Warden", number };
        let (one, again) = (visitor(&holder(1), "chat"), visitor(&holder(2), "chat"));
        let elsewhere = visitor(&holder(1), "paperclips");
        assert!(one.pseudonym.is_some() && one.pseudonym == again.pseudonym);
        assert_ne!(one.pseudonym, elsewhere.pseudonym);
        assert_ne!(one.reference, again.reference);
        assert_eq!((one.class, &*one.display_name), (PrincipalKind::Service, "Warden"));
    }
}

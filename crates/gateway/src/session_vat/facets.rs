//! Facets of services among what a session holds: their shares, and how they end apart from their grants.

use std::cell::RefCell;

use std::sync::Arc;

use capos_authority::Grant;
use capos_membrane::{Liveness, Membrane, Rules};
use capos_schema::{Code, Denial};

use super::{Held, SessionVat};
use crate::services;
use crate::services::facet::Share;

pub(super) struct Facet {
    pub(super) share: Share,
    /// Below the grant's.
    pub(super) liveness: Liveness,
}

impl SessionVat {
    /// The same for what a service serves: within the session's share of the service, and of the client's connection.
    pub(super) fn with_shares(&self, rules: Rules, facet: &Facet) -> Rules {
        let mut budgets = rules.budgets;
        budgets.extend(facet.share.opened.budgets.iter().cloned());
        let mut callback_budgets = rules.callback_budgets;
        callback_budgets.extend(facet.share.opened.callback_budgets.iter().cloned());
        Rules {
            callback_budgets,
            liveness: facet.liveness.clone(),
            budgets,
            holding: facet.share.opened.holding.clone(),
            giving: vec![self.outflow.given().clone()],
            outlet: Some(self.outflow.clone()),
            inlet: facet.share.opened.inlet.clone(),
            ..rules
        }
    }

    /// Lets go of a facet once it has ended, whatever the client still holds: the service is to know.
    pub(super) fn await_end(&self, grant: &Arc<Grant>, membrane: &Membrane) {
        let (me, grant, ended) = (self.me.clone(), grant.clone(), membrane.ended());
        tokio::task::spawn_local(async move {
            ended.await;
            if let Some(vat) = me.upgrade() {
                vat.let_go(&grant);
            }
        });
    }

    fn let_go(&self, grant: &Arc<Grant>) {
        let gone = {
            let mut held = self.held.borrow_mut();
            let ended = held.iter_mut().find(|held| {
                Arc::ptr_eq(&held.grant, grant) && held.facet.as_ref().is_some_and(|facet| !facet.liveness.is_live())
            });
            let Some(ended) = ended else { return };
            ended.stale = true;
            ended.facet.take().map(|facet| (facet, ended.membrane.clone()))
        };
        let Some((facet, membrane)) = gone else { return };
        membrane.dissolve();
        let service = facet.share.service.clone();
        drop(facet);
        let in_use = |held: &Held| held.facet.as_ref().is_some_and(|facet| facet.share.service == service);
        if !self.held.borrow().iter().any(in_use) {
            self.release(&service);
        }
    }

    /// Ends what a service runs for this session alone.
    pub(crate) fn release(&self, service: &str) {
        if let Some(runner) = self.gateway().services() {
            runner.release(service, &services::key(self));
        }
    }

    /// Cuts off whatever is held of a grant. Whoever asks for it next gets it anew.
    pub(crate) fn forget(&self, name: &str) {
        let gone = {
            let mut held = self.held.borrow_mut();
            let Some(held) = held.iter_mut().find(|held| held.grant.name == name) else { return };
            held.stale = true;
            (held.facet.take(), held.membrane.clone())
        };
        gone.1.dissolve();
    }
}

/// A grant that is being taken, until this is dropped.
pub(super) struct BeingTaken<'a>(&'a RefCell<Vec<String>>);

impl<'a> BeingTaken<'a> {
    pub(super) fn begin(all: &'a RefCell<Vec<String>>, name: &str) -> Result<Self, Denial> {
        if all.borrow().iter().any(|other| other == name) {
            return Err(Denial::new(Code::ServiceUnavailable, "services need each other's grants in a circle"));
        }
        all.borrow_mut().push(name.to_owned());
        Ok(Self(all))
    }
}

impl Drop for BeingTaken<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().pop();
    }
}

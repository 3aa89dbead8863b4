//! What a session has started: which grants it got by that, and which it gave.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use capos_authority::Grant;
use capos_schema::{Code, Denial};

use super::request::Plan;
use crate::session_vat::SessionVat;

/// One service that the session has started, or joined.
#[derive(Clone, Debug)]
struct Launch {
    /// The grants that it is lent.
    accepted: Rc<[String]>,
    /// Those of them that the session itself has not meanwhile.
    moved: Vec<String>,
    /// The grants that came into the bundle by it.
    attached: Vec<String>,
}

/// All of them, by the services' ids.
#[derive(Debug, Default)]
pub(crate) struct Launches(RefCell<BTreeMap<String, Launch>>);

impl Launches {
    /// The grants that a service is lent, if the session has started it.
    pub(crate) fn accepted(&self, service: &str) -> Option<Rc<[String]>> {
        self.0.borrow().get(service).map(|launch| launch.accepted.clone())
    }

    /// Whether a grant came into the bundle with a service.
    pub(crate) fn has_attached(&self, service: &str, grant: &str) -> bool {
        self.0.borrow().get(service).is_some_and(|launch| launch.attached.iter().any(|name| name == grant))
    }
}

impl SessionVat {
    /// The grants that are lent to the service that a grant came from, where it came from one that was started.
    pub(crate) fn launched(&self, grant: &str) -> Option<Rc<[String]>> {
        let launches = self.launches().0.borrow();
        let launch = launches.values().find(|launch| launch.attached.iter().any(|name| name == grant));
        launch.map(|launch| launch.accepted.clone())
    }

    /// Whether a service holds a grant in the session's place. It does while it may be called.
    pub(crate) fn is_moved(&self, grant: &str) -> bool {
        let stands = |name: &String| self.session().grant(name).is_some_and(|grant| grant.liveness.is_live());
        let launches = self.launches().0.borrow();
        let mut holders = launches.values().filter(|launch| launch.moved.iter().any(|name| name == grant));
        holders.any(|launch| launch.attached.iter().any(stands))
    }

    /// Takes what a service exports into the bundle, and gives what it is lent. All of it, or nothing.
    pub(crate) fn enter(&self, plan: &Plan, by: &Grant) -> Result<(), Denial> {
        let service = &plan.profile.id;
        if self.launches().accepted(service).is_some_and(|before| *before != *plan.accepted) {
            self.leave(service);
        }
        let mut fresh: Vec<String> = Vec::new();
        for definition in &plan.missing {
            if let Err(denial) = self.session().attach(definition, by) {
                for name in &fresh {
                    self.session().detach(name);
                }
                return Err(denial);
            }
            fresh.push(definition.name.clone());
        }
        plan.moved.iter().for_each(|name| self.forget(name));
        let mut launches = self.launches().0.borrow_mut();
        let launch = launches.entry(service.clone()).or_insert_with(|| Launch {
            accepted: plan.accepted.clone().into(),
            moved: plan.moved.clone(),
            attached: Vec::new(),
        });
        fresh.retain(|name| !launch.attached.contains(name));
        launch.attached.extend(fresh);
        self.listeners().services_changed();
        Ok(())
    }

    /// Undoes that. Tells whether the session had started the service.
    pub(crate) fn leave(&self, service: &str) -> bool {
        let launch = self.launches().0.borrow_mut().remove(service);
        let Some(launch) = launch else { return false };
        self.listeners().services_changed();
        for name in launch.attached.iter() {
            self.session().detach(name);
            self.forget(name);
        }
        // The service held the session's own objects of these. The session gets others.
        launch.moved.iter().for_each(|name| self.forget(name));
        true
    }
}

/// What the client is told who asks for what a service holds in its place.
pub(crate) fn moved() -> Denial {
    Denial::new(Code::UnknownCap, "a service holds this grant in the session's place; stop it to have it back")
}

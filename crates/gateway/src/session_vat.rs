//! The set of objects built for one session, on the vat thread of its connection.
//!
//! ```text
//!            connection's membrane                session's membrane              a grant's membrane
//! client ──▶ front door ── gives ──▶ client ──▶ RemoteSession, RemoteCapSet ──▶ client ──▶ granted object
//! ```
//!
//! What a membrane's objects give away is behind the next one already, and is let out as it is: each call passes one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use capnp::capability::Client;
use capnp::traits::HasTypeId;
use capos_authority::{CallLimits, Grant, Session, Transfer};
use capos_membrane::{Budget, BudgetLimits, Membrane, Methods, Rules, Trust};
use capos_schema::session_capnp::remote_session;
use capos_schema::{Brand, Code, Denial, Registry, Type};

use crate::builtin::Taking;
use crate::calls::{GrantWatch, SessionWatch, Watching};
use crate::clock::{OnVat, Steady};
use crate::connection::Connection;
use crate::gateway::Gateway;
use crate::holdings::HeldGrant;
use crate::reached::Bound;
use crate::session::OwnRemoteSession;

/// `RemoteSession.logout`.
const LOGOUT: (u64, u16) = (remote_session::Client::TYPE_ID, 3);

/// One session's objects.
///
/// **Invariants**
///
/// - Nothing in here outlives [`SessionVat::close`], whatever the client still holds.
/// - One grant is one object, made when it is first taken.
pub(crate) struct SessionVat {
    watching: Rc<Watching>,
    vat: OnVat,
    membrane: Membrane,
    calls: Arc<Budget>,
    callbacks: Arc<Budget>,
    held: RefCell<Vec<Held>>,
    /// Membranes of grants that a renewal has replaced: what came through them may still be held.
    replaced: RefCell<Vec<Membrane>>,
    closed: Cell<bool>,
}

/// One grant that was taken.
struct Held {
    grant: Arc<Grant>,
    membrane: Membrane,
    budget: Arc<Budget>,
    object: Client,
}

impl SessionVat {
    /// Builds a session's objects on a connection, and gives what the client is to hold.
    pub(crate) fn open(connection: &Connection, session: Session) -> (Rc<Self>, remote_session::Client) {
        let gateway = connection.gateway().clone();
        let limits = gateway.limits().clone();
        let watching =
            Watching::new(gateway.clone(), session.clone(), connection.tally().clone(), connection.reached().clone());
        let budget = |in_flight| Arc::new(Budget::new(BudgetLimits { in_flight, ..BudgetLimits::default() }));
        let (calls, callbacks) = (budget(limits.session_calls), budget(limits.callbacks));
        let vat = OnVat(connection.vat().clone());
        let watch = Rc::new(SessionWatch { watching: watching.clone(), logout: LOGOUT });
        let rules = Rules {
            budgets: vec![calls.clone()],
            callback_budgets: vec![callbacks.clone()],
            policy: Some(watch.clone()),
            observer: Some(watch),
            shapes: gateway.registry().clone(),
            trust: Trust::Node,
            clock: Steady::of(gateway.authority()),
            vat: Arc::new(vat.clone()),
            ..Rules::new(session.liveness().clone())
        };
        let this = Rc::new(Self {
            watching,
            vat,
            membrane: Membrane::new(rules),
            calls,
            callbacks,
            held: RefCell::default(),
            replaced: RefCell::default(),
            closed: Cell::new(false),
        });
        gateway.counters().session_began();
        gateway.holdings().enter(session.context().handle, connection.vat(), &this);
        let remote = this.membrane.wrap(OwnRemoteSession::client(&this));
        (this, remote)
    }

    pub(crate) fn session(&self) -> &Session {
        &self.watching.session
    }

    pub(crate) fn membrane(&self) -> &Membrane {
        &self.membrane
    }

    /// Hands on what came of parsing a request.
    pub(crate) fn parsed<T>(&self, parsed: Result<T, Denial>) -> Result<T, Denial> {
        self.watching.reached.parsed(parsed, Some(self.session().context().handle))
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.watching.gateway
    }

    /// The bundle as the client is shown it: without what was taken away.
    pub(crate) fn bundle(&self) -> Vec<Arc<Grant>> {
        let mut grants = self.session().grants();
        grants.retain(|grant| grant.liveness.check().map_err(|denial| denial.code) != Err(Code::Revoked));
        grants
    }

    /// One grant as the client asks for it, made if it is the first time.
    pub(crate) fn take(&self, name: &str, interface: u64) -> Result<Client, Denial> {
        self.session().liveness().check()?;
        let grant = self.session().grant(name).ok_or(Code::UnknownCap)?;
        if grant.interface_id != interface {
            return Err(Code::InterfaceMismatch.into());
        }
        if grant.transfer == Transfer::Local {
            return Err(Denial::new(Code::MethodDenied, "this grant is listed only, and never given"));
        }
        grant.liveness.check()?;
        let now = self.gateway().authority().clock().steady_ns();
        if grant.lease_until_ns.is_some_and(|until| now >= until) {
            return Err(Code::LeaseExpired.into());
        }
        match self.known(&grant) {
            Some(object) => Ok(object),
            None => self.make(grant),
        }
    }

    fn known(&self, grant: &Arc<Grant>) -> Option<Client> {
        let held = self.held.borrow();
        held.iter().find(|held| Arc::ptr_eq(&held.grant, grant)).map(|held| held.object.clone())
    }

    fn make(&self, grant: Arc<Grant>) -> Result<Client, Denial> {
        let before = self.replace(&grant);
        if self.held.borrow().len() >= self.gateway().limits().grants {
            self.watching.reached.note(Bound::Grants, Some(self.session().context().handle));
            return Err(Denial::new(Code::QuotaExceeded, "too many grants are held"));
        }
        let object = Taking { gateway: self.gateway(), session: self.session(), grant: &grant }.object()?;
        // A quota that was used up is not filled by a renewal.
        let budget = before.unwrap_or_else(|| Arc::new(Budget::new(budget_limits(&grant.calls))));
        let membrane = Membrane::new(self.rules(&grant, &budget, object.trust));
        let object = membrane.wrap(object.client);
        self.membrane.let_out(&membrane, &object);
        self.held.borrow_mut().push(Held { grant, membrane, budget, object: object.clone() });
        Ok(object)
    }

    /// Makes room for a grant that came in place of another of its name, and gives the budget of that one where it is
    /// still the right one.
    fn replace(&self, grant: &Grant) -> Option<Arc<Budget>> {
        let mut held = self.held.borrow_mut();
        let place = held.iter().position(|held| held.grant.name == grant.name)?;
        let old = held.remove(place);
        drop(held);
        // Its own liveness says whether what came through it still works.
        if old.grant.liveness.is_live() {
            self.replaced.borrow_mut().push(old.membrane);
        } else {
            old.membrane.dissolve();
        }
        (old.grant.calls == grant.calls).then_some(old.budget)
    }

    fn rules(&self, grant: &Arc<Grant>, budget: &Arc<Budget>, trust: Trust) -> Rules {
        let watch = GrantWatch::new(self.watching.clone(), grant.clone());
        let gateway = self.gateway();
        Rules {
            lease_until: grant.lease_until_ns,
            methods: methods(gateway.registry(), grant),
            budgets: vec![self.calls.clone(), budget.clone()],
            callback_budgets: vec![self.callbacks.clone()],
            policy: Some(watch.clone()),
            observer: Some(watch),
            shapes: gateway.registry().clone(),
            trust,
            clock: Steady::of(gateway.authority()),
            vat: Arc::new(self.vat.clone()),
            ..Rules::new(grant.liveness.clone())
        }
    }

    /// What the session holds, grant by grant.
    pub(crate) fn holdings(&self) -> Vec<HeldGrant> {
        let held = self.held.borrow();
        let of = |grant: Arc<Grant>| {
            let held = held.iter().find(|held| Arc::ptr_eq(&held.grant, &grant));
            HeldGrant {
                calls: held.map_or(0, |held| held.budget.spent()),
                in_flight: held.map_or(0, |held| held.budget.in_flight()),
                references: held.map_or_else(Vec::new, |held| held.membrane.references()),
                grant,
            }
        };
        self.session().grants().into_iter().map(of).collect()
    }

    /// Cuts off one reference of a grant.
    pub(crate) fn revoke(&self, grant: &str, reference: u64) -> bool {
        let membrane = {
            let held = self.held.borrow();
            held.iter().find(|held| held.grant.name == grant).map(|held| held.membrane.clone())
        };
        membrane.is_some_and(|membrane| membrane.revoke(reference))
    }

    /// Lets go of everything. The session has ended.
    pub(crate) fn close(&self) {
        if self.closed.replace(true) {
            return;
        }
        self.gateway().holdings().leave(&self.session().context().handle);
        self.gateway().counters().session_ended();
        let (held, replaced) = (self.held.take(), self.replaced.take());
        held.iter().for_each(|held| held.membrane.dissolve());
        replaced.iter().for_each(Membrane::dissolve);
        self.membrane.dissolve();
        self.watching.reached.settle(Some(self.session().context().handle));
    }
}

fn budget_limits(calls: &CallLimits) -> BudgetLimits {
    BudgetLimits { in_flight: calls.in_flight, rate: calls.per_second.map(|count| (count, count)), total: calls.total }
}

/// The methods that a grant opens, by the numbers they are called by. A name that its interface does not have opens
/// nothing.
fn methods(registry: &Registry, grant: &Grant) -> Methods {
    let Some(names) = &grant.methods else {
        return Methods::all();
    };
    let interface = Type::Interface(grant.interface_id, Brand::default());
    let number = |name: &String| match registry.method(&interface, name) {
        Ok(method) => Some((method.interface, method.ordinal)),
        Err(_) => {
            tracing::warn!(grant = grant.name, method = name, "the granted interface has no method of that name");
            None
        }
    };
    Methods::only(names.iter().filter_map(number))
}

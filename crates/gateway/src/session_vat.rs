//! The set of objects built for one session, on the vat thread of its connection.
//!
//! ```text
//!            connection's membrane                session's membrane              a grant's membrane
//! client ──▶ front door ── gives ──▶ client ──▶ RemoteSession, RemoteCapSet ──▶ client ──▶ granted object
//! ```
//!
//! What a membrane's objects give away is behind the next one already, and is let out as it is: each call passes one.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use capnp::capability::Client;
use capnp::traits::HasTypeId;
use capos_authority::{CallLimits, Event, Grant, Session, Transfer};
use capos_membrane::{Budget, BudgetLimits, Membrane, Methods, Rules, Trust};
use capos_runner::OnVat;
use capos_schema::session_capnp::remote_session;
use capos_schema::{Brand, Code, Denial, Registry, Type};

use crate::admin::Leaving;
use crate::builtin::Taking;
use crate::calls::{GrantWatch, SessionWatch, Watching};
use crate::clock::Steady;
use crate::connection::Connection;
use crate::gateway::Gateway;
use crate::listening::Listeners;
use crate::outflow::Outflow;
use crate::quotas::Drawn;
use crate::reached::Bound;
use crate::services;
use crate::services::launches::{self, Launches};
use crate::session::OwnRemoteSession;
use facets::{BeingTaken, Facet};

mod facets;
mod listing;

/// `RemoteSession.logout`.
const LOGOUT: (u64, u16) = (remote_session::Client::TYPE_ID, 3);

/// One session's objects.
///
/// **Invariants**
///
/// - Nothing in here outlives [`SessionVat::close`], whatever the client still holds.
/// - One grant is one object, made when it is first taken.
pub(crate) struct SessionVat {
    me: Weak<Self>,
    watching: Rc<Watching>,
    vat: OnVat,
    membrane: Membrane,
    calls: Arc<Budget>,
    callbacks: Arc<Budget>,
    outflow: Rc<Outflow>,
    launches: Launches,
    listeners: Listeners,
    connection: Weak<Connection>,
    /// The names of the grants that are being taken. What a service requires may require it in turn.
    taking: RefCell<Vec<String>>,
    held: RefCell<Vec<Held>>,
    /// What a renewal has replaced: what came through it may still be held.
    replaced: RefCell<Vec<Replaced>>,
    closed: Cell<bool>,
}

/// One grant that was taken.
struct Held {
    grant: Arc<Grant>,
    generation: u64,
    membrane: Membrane,
    budget: Arc<Budget>,
    /// Its share of what the principal may call in all its sessions.
    drawn: Option<Drawn>,
    object: Client,
    /// Whether nothing of it can be had any more, and the next to ask for it gets another.
    stale: bool,
    /// What goes with the facet of a service, and how it ends apart from the grant.
    facet: Option<Facet>,
}

impl Held {
    fn stands(&self) -> bool {
        !self.stale && self.facet.as_ref().is_none_or(|facet| facet.share.opened.standing.is_live())
    }
}

/// One that is in the bundle no more.
struct Replaced {
    name: String,
    generation: u64,
    membrane: Membrane,
}

impl SessionVat {
    /// Builds a session's objects on a connection, and gives what the client is to hold.
    pub(crate) fn open(connection: &Rc<Connection>, session: Session) -> (Rc<Self>, remote_session::Client) {
        let gateway = connection.gateway().clone();
        let limits = gateway.limits().clone();
        let watching =
            Watching::new(gateway.clone(), session.clone(), connection.tally().clone(), connection.reached().clone());
        let calls = BudgetLimits { in_flight: limits.session_calls, ..BudgetLimits::default() };
        let bytes = Some(limits.callback_bytes);
        let callbacks = BudgetLimits { in_flight: limits.callbacks, bytes, ..BudgetLimits::default() };
        let (calls, callbacks) = (Arc::new(Budget::new(calls)), Arc::new(Budget::new(callbacks)));
        let vat = OnVat(connection.vat().clone());
        let watch = Rc::new(SessionWatch { watching: watching.clone(), logout: LOGOUT });
        let rules = Rules {
            budgets: vec![calls.clone()],
            callback_budgets: vec![callbacks.clone()],
            policy: Some(watch.clone()),
            observer: Some(watch),
            shapes: gateway.registry(),
            trust: Trust::Node,
            clock: Steady::of(gateway.authority()),
            vat: Arc::new(vat.clone()),
            ..Rules::new(session.liveness().clone())
        };
        let this = Rc::new_cyclic(|me| Self {
            me: me.clone(),
            watching,
            vat,
            membrane: Membrane::new(rules),
            calls,
            callbacks,
            outflow: connection.outflow().clone(),
            launches: Launches::default(),
            listeners: Listeners::new(&limits),
            connection: Rc::downgrade(connection),
            taking: RefCell::default(),
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

    pub(crate) fn me(&self) -> Weak<Self> {
        self.me.clone()
    }

    pub(crate) fn vat(&self) -> &OnVat {
        &self.vat
    }

    pub(crate) fn leaving(&self) -> &Rc<Leaving> {
        &self.watching.leaving
    }

    pub(crate) fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// The connection that it lives on, while that is served.
    pub(crate) fn connection(&self) -> Result<Rc<Connection>, Denial> {
        self.connection.upgrade().ok_or_else(|| Code::StaleSession.into())
    }

    pub(crate) fn launches(&self) -> &Launches {
        &self.launches
    }

    /// Whether the session may have one more row about what it does with services.
    pub(crate) fn has_launch_row(&self) -> bool {
        let has_row = self.watching.has_launch_row();
        if !has_row {
            self.watching.note(Bound::Calls);
        }
        has_row
    }

    /// The same for what it does with recordings.
    pub(crate) fn has_recording_row(&self) -> bool {
        let has_row = self.watching.has_recording_row();
        if !has_row {
            self.watching.note(Bound::Recordings);
        }
        has_row
    }

    /// Notes that the session has met a bound.
    pub(crate) fn note(&self, bound: Bound) {
        self.watching.note(bound);
    }

    /// Writes down, on its own, what was refused; where the journal bears no more, it is counted.
    pub(crate) fn note_refusal(&self, event: impl FnOnce() -> Event) {
        match self.watching.has_denial_row() {
            true => self.watching.reached.write(event()),
            false => self.watching.note(Bound::DenialRows),
        }
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.watching.gateway
    }

    /// The bundle as the client is shown it: without what was taken away.
    pub(crate) fn bundle(&self) -> Vec<Arc<Grant>> {
        let mut grants = self.session().grants();
        let taken = |grant: &Grant| grant.liveness.check().map_err(|denial| denial.code) == Err(Code::Revoked);
        grants.retain(|grant| !taken(grant) && !self.is_moved(&grant.name));
        grants
    }

    /// One grant as the client asks for it, made if it is the first time.
    pub(crate) fn take(&self, name: &str, interface: u64) -> Result<Client, Denial> {
        if self.is_moved(name) {
            return Err(launches::moved());
        }
        self.hold(name, interface)
    }

    /// The same for what the session lends: a service may have it in the client's place.
    pub(crate) fn hold(&self, name: &str, interface: u64) -> Result<Client, Denial> {
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
        let held = held.iter().find(|held| Arc::ptr_eq(&held.grant, grant) && held.stands());
        held.map(|held| held.object.clone())
    }

    fn make(&self, grant: Arc<Grant>) -> Result<Client, Denial> {
        let others = self.held.borrow().iter().filter(|held| held.grant.name != grant.name).count();
        if others >= self.gateway().limits().grants {
            self.watching.reached.note(Bound::Grants, Some(self.session().context().handle));
            return Err(Denial::new(Code::QuotaExceeded, "too many grants are held"));
        }
        let object = {
            let _taking = BeingTaken::begin(&self.taking, &grant.name)?;
            Taking { vat: self, grant: &grant }.object()?
        };
        // Once there is one in its place: with the one before, its number and what it has used up would be forgotten.
        let (generation, before) = self.replace(&grant);
        // A quota that was used up is not filled by a renewal.
        let budget = before.unwrap_or_else(|| Arc::new(Budget::new(budget_limits(&grant.calls))));
        let facet = object.share.map(|share| Facet { share, liveness: grant.liveness.child() });
        let drawn = self.gateway().quotas().draw(self.session().context(), &grant);
        let budgets = [&self.calls, &budget].into_iter().chain(drawn.as_ref().map(Drawn::budget)).cloned().collect();
        let membrane = Membrane::new(self.rules(&grant, generation, budgets, object.trust, facet.as_ref()));
        let object = membrane.wrap(object.client);
        self.membrane.let_out(&membrane, &object);
        if facet.is_some() {
            self.await_end(&grant, &membrane);
            self.listeners.services_changed();
        }
        let held = Held { grant, generation, membrane, budget, drawn, object: object.clone(), stale: false, facet };
        self.held.borrow_mut().push(held);
        Ok(object)
    }

    /// Makes room for a grant that came in place of another of its name: tells which of that name it is, and gives the
    /// budget of the one before where that is still the right one.
    fn replace(&self, grant: &Grant) -> (u64, Option<Arc<Budget>>) {
        let mut held = self.held.borrow_mut();
        let Some(place) = held.iter().position(|held| held.grant.name == grant.name) else {
            return (0, None);
        };
        let Held { grant: old, generation, membrane, budget, drawn, object, stale, facet } = held.remove(place);
        drop((held, drawn, object));
        let broken = facet.as_ref().is_some_and(|facet| !facet.share.opened.standing.is_live());
        if let Some(facet) = facet.filter(|_| broken) {
            drop(facet.liveness.end(Denial::from(Code::ServiceUnavailable)));
        }
        // Its own liveness and lease say whether what came through it still works.
        if old.liveness.is_live() && !stale && !broken {
            let mut replaced = self.replaced.borrow_mut();
            replaced.retain(|old| !old.membrane.references().is_empty());
            replaced.push(Replaced { name: old.name.clone(), generation, membrane });
        } else {
            membrane.dissolve();
        }
        (generation + 1, (old.calls == grant.calls).then_some(budget))
    }

    fn rules(
        &self,
        grant: &Arc<Grant>,
        generation: u64,
        budgets: Vec<Arc<Budget>>,
        trust: Trust,
        facet: Option<&Facet>,
    ) -> Rules {
        let standing = facet.map(|facet| facet.share.opened.standing.clone());
        let watch = GrantWatch::new(self.watching.clone(), grant.clone(), generation, standing);
        let gateway = self.gateway();
        let rules = Rules {
            lease_until: grant.lease_until_ns,
            methods: methods(&gateway.registry(), grant),
            budgets,
            callback_budgets: vec![self.callbacks.clone()],
            policy: Some(watch.clone()),
            observer: Some(watch),
            shapes: gateway.registry(),
            trust,
            clock: Steady::of(gateway.authority()),
            vat: Arc::new(self.vat.clone()),
            ..Rules::new(grant.liveness.clone())
        };
        match facet {
            Some(facet) => self.with_shares(rules, facet),
            None => rules,
        }
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
        replaced.iter().for_each(|old| old.membrane.dissolve());
        self.membrane.dissolve();
        self.watching.reached.settle(Some(self.session().context().handle));
        if let Some(runner) = self.gateway().services() {
            runner.session_over(&services::key(self));
        }
    }
}

fn budget_limits(calls: &CallLimits) -> BudgetLimits {
    // What is bounded over time is the principal's, not the session's: see `quotas`.
    BudgetLimits { in_flight: calls.in_flight, ..BudgetLimits::default() }
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

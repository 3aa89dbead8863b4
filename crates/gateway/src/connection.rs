//! What one client has on one connection: its front door, its sign-ins under way, its sessions.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};

use capos_authority::{EndReason, MethodKind, Session, Source};
use capos_membrane::{Budget, BudgetLimits, Liveness, Membrane, Observer, Outcome, Rules, Settled, Trust};
use capos_rpc::{ConnectionHandle, Permit, Promoted, Vat};
use capos_runner::OnVat;
use capos_schema::gateway_capnp::remote_session_gateway;
use capos_schema::session_capnp::remote_session;
use capos_schema::{Code, Denial};
use slab::Slab;

use crate::clock::Steady;
use crate::deadline::{Standing, deadline};
use crate::door::Door;
use crate::figures::Tally;
use crate::gateway::Gateway;
use crate::outflow::Outflow;
use crate::reached::{Bound, Reached};
use crate::session_vat::SessionVat;
use crate::sign_in::Minted;

/// A connection's place at the gate.
pub(crate) enum Place {
    /// It holds one: nobody is signed in.
    Waiting(Permit),
    /// It gave it up: somebody is, or was when there was no place to come back to.
    Promoted(Promoted),
    /// It never came through the gate.
    Ungated,
}

/// What a connection is served over, and within which bounds.
pub(crate) struct Wire {
    pub(crate) vat: Vat,
    pub(crate) handle: ConnectionHandle,
    pub(crate) limits: capos_rpc::Limits,
}

/// One connection.
pub(crate) struct Connection {
    gateway: Gateway,
    source: Source,
    vat: Vat,
    handle: ConnectionHandle,
    outflow: Rc<Outflow>,
    front: Membrane,
    front_liveness: Liveness,
    tally: Arc<Tally>,
    reached: Rc<Reached>,
    place: RefCell<Option<Place>>,
    sessions: RefCell<Vec<Rc<SessionVat>>>,
    /// The sign-ins under way, each by when its step is to be answered.
    flows: RefCell<Slab<Instant>>,
    resting_since: Cell<Instant>,
    unsigned_since: Cell<Instant>,
    over: Cell<bool>,
}

/// A connection while it is served. However that ends, all that the client had ends with it.
pub(crate) struct Open(Rc<Connection>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl std::ops::Deref for Open {
    type Target = Rc<Connection>;

    fn deref(&self) -> &Rc<Connection> {
        &self.0
    }
}

impl Connection {
    pub(crate) fn open(gateway: &Gateway, source: Source, wire: Wire, place: Place) -> Open {
        let Wire { vat, handle, limits } = wire;
        let tally = gateway.counters().connected();
        let reached = Rc::new(Reached::new(gateway.clone(), source.clone()));
        let front_liveness = Liveness::new();
        let front = Membrane::new(front_rules(gateway, &front_liveness, &vat, &reached));
        let now = Instant::now();
        let outflow = Outflow::new(handle.clone(), &limits);
        gateway.enlist(source.connection, handle.clone());
        Open(Rc::new(Self {
            gateway: gateway.clone(),
            source,
            vat,
            handle,
            outflow,
            front,
            front_liveness,
            tally,
            reached,
            place: RefCell::new(Some(place)),
            sessions: RefCell::default(),
            flows: RefCell::default(),
            resting_since: Cell::new(now),
            unsigned_since: Cell::new(now),
            over: Cell::new(false),
        }))
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn vat(&self) -> &Vat {
        &self.vat
    }

    pub(crate) fn outflow(&self) -> &Rc<Outflow> {
        &self.outflow
    }

    pub(crate) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    pub(crate) fn reached(&self) -> &Rc<Reached> {
        &self.reached
    }

    /// Hands on what came of parsing a request.
    pub(crate) fn parsed<T>(&self, parsed: Result<T, Denial>) -> Result<T, Denial> {
        self.reached.parsed(parsed, None)
    }

    /// The object that the client gets first.
    pub(crate) fn door(self: &Rc<Self>) -> remote_session_gateway::Client {
        self.front.wrap(Door::client(self))
    }

    /// The client has come in.
    pub(crate) fn entered(&self) {
        self.rest();
    }

    /// Whether one more sign-in may begin.
    pub(crate) fn may_sign_in(&self) -> Result<(), Denial> {
        if self.gateway.is_stopping() || self.over.get() {
            return Err(Denial::new(Code::Overloaded, "the node is stopping"));
        }
        self.has_seat()?;
        if self.flows.borrow().len() >= self.gateway.limits().flows {
            self.reached.note(Bound::Flows, None);
            return Err(Denial::new(Code::Overloaded, "too many sign-ins at once on this connection; end one first"));
        }
        self.come_back()
    }

    /// Whether one more session may be on this connection.
    fn has_seat(&self) -> Result<(), Denial> {
        self.has_seat_beside(self.sessions.borrow().len())
    }

    fn has_seat_beside(&self, sessions: usize) -> Result<(), Denial> {
        if sessions >= self.gateway.limits().sessions {
            self.reached.note(Bound::Sessions, None);
            return Err(Denial::new(Code::TooManySessions, "too many sessions on this connection; end one first"));
        }
        Ok(())
    }

    /// Takes a place at the gate again, where nobody is signed in any longer.
    fn come_back(&self) -> Result<(), Denial> {
        let mut place = self.place.borrow_mut();
        let Some(Place::Promoted(promoted)) = &*place else { return Ok(()) };
        if !self.sessions.borrow().is_empty() {
            return Ok(());
        }
        match promoted.readmit() {
            Ok(permit) => {
                *place = Some(Place::Waiting(permit));
                Ok(())
            }
            Err(_) => {
                drop(place);
                self.reached.note(Bound::Places, None);
                Err(Denial::new(Code::Overloaded, "too many connections wait to sign in; try again later"))
            }
        }
    }

    /// Counts a sign-in that begins, until what is returned is dropped.
    pub(crate) fn flow(self: &Rc<Self>, until_ms: u64) -> FlowPlace {
        let number = self.flows.borrow_mut().insert(self.moment(until_ms));
        self.renew_deadline();
        FlowPlace { connection: Rc::downgrade(self), number }
    }

    /// A wall-clock moment as the connection's timer knows it.
    fn moment(&self, wall_ms: u64) -> Instant {
        let left = wall_ms.saturating_sub(self.gateway.authority().clock().wall_ms());
        let longest = self.gateway.limits().unsigned_time;
        Instant::now() + Duration::from_millis(left).min(longest)
    }

    /// Gives the client what it signed in for.
    pub(crate) fn seat(self: &Rc<Self>, minted: Minted) -> Result<remote_session::Client, Denial> {
        if self.over.get() {
            return Err(Code::StaleSession.into());
        }
        self.has_seat()?;
        self.settle_in(minted).map(|(_, remote)| remote)
    }

    /// The same in the place of one that is about to end.
    pub(crate) fn seat_in_place_of(
        self: &Rc<Self>,
        before: &SessionVat,
        minted: Minted,
    ) -> Result<remote_session::Client, Denial> {
        if self.over.get() {
            return Err(Code::StaleSession.into());
        }
        self.has_seat_beside(self.sessions.borrow().len().saturating_sub(1))?;
        let (vat, remote) = self.settle_in(minted)?;
        // It outlives the one whose answer it is in.
        before.membrane().let_out(vat.membrane(), &remote);
        Ok(remote)
    }

    fn settle_in(self: &Rc<Self>, minted: Minted) -> Result<(Rc<SessionVat>, remote_session::Client), Denial> {
        let session = minted.take()?;
        let (vat, remote) = SessionVat::open(self, session.clone());
        self.front.let_out(vat.membrane(), &remote);
        self.sessions.borrow_mut().push(vat.clone());
        self.promote();
        self.renew_deadline();
        tokio::task::spawn_local(await_end(Rc::downgrade(self), session));
        Ok((vat, remote))
    }

    fn promote(&self) {
        let mut place = self.place.borrow_mut();
        *place = place.take().map(|place| match place {
            Place::Waiting(permit) => Place::Promoted(permit.promote()),
            other => other,
        });
    }

    /// One session is over, for whatever reason.
    fn session_over(&self, session: &Session) {
        let vat = {
            let mut sessions = self.sessions.borrow_mut();
            let place = sessions.iter().position(|vat| vat.session().context().handle == session.context().handle);
            place.map(|place| sessions.swap_remove(place))
        };
        let Some(vat) = vat else { return };
        vat.close();
        if self.sessions.borrow().is_empty() {
            self.unsigned_since.set(Instant::now());
            // Where there is none, it ends with the time to rest, and nobody signs in on it until then.
            let _ = self.come_back();
        }
        self.rest();
    }

    fn rest(&self) {
        self.resting_since.set(Instant::now());
        self.renew_deadline();
    }

    fn renew_deadline(&self) {
        let limits = self.gateway.limits();
        let standing = Standing {
            sessions: self.sessions.borrow().len(),
            step: self.flows.borrow().iter().map(|(_, until)| *until).max(),
            resting_since: self.resting_since.get(),
            unsigned_since: self.unsigned_since.get(),
        };
        self.handle.set_deadline(deadline(&standing, limits.rest_time, limits.unsigned_time));
    }

    /// Counts how a sign-in came out.
    pub(crate) fn signed_in(&self, kind: MethodKind, granted: bool) {
        self.gateway.counters().signed_in(kind, granted);
    }

    fn close(&self) {
        self.over.set(true);
        drop(self.front_liveness.end(Code::ServiceUnavailable));
        for vat in self.sessions.take() {
            // Its objects are all on this thread.
            drop(vat.session().end(EndReason::Disconnected));
            vat.close();
        }
        self.front.dissolve();
        self.place.take();
        self.reached.settle(None);
        self.gateway.strike_off(self.source.connection);
        self.gateway.counters().disconnected(&self.tally);
    }
}

/// A sign-in under way, as its connection counts it.
pub(crate) struct FlowPlace {
    connection: Weak<Connection>,
    number: usize,
}

impl FlowPlace {
    /// Another step waits for its answer.
    pub(crate) fn until(&self, until_ms: u64) {
        let Some(connection) = self.connection.upgrade() else { return };
        if let Some(until) = connection.flows.borrow_mut().get_mut(self.number) {
            *until = connection.moment(until_ms);
        }
        connection.renew_deadline();
    }
}

impl Drop for FlowPlace {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.upgrade() {
            connection.flows.borrow_mut().try_remove(self.number);
            connection.rest();
        }
    }
}

async fn await_end(connection: Weak<Connection>, session: Session) {
    session.ended().await;
    if let Some(connection) = connection.upgrade() {
        connection.session_over(&session);
    }
}

fn front_rules(gateway: &Gateway, liveness: &Liveness, vat: &Vat, reached: &Rc<Reached>) -> Rules {
    let in_flight = gateway.limits().front_calls;
    let budget = Arc::new(Budget::new(BudgetLimits { in_flight, ..BudgetLimits::default() }));
    Rules {
        budgets: vec![budget.clone()],
        // Nothing in there calls back; if something did, it would be few calls.
        callback_budgets: vec![budget],
        observer: Some(Rc::new(FrontWatch(reached.clone()))),
        shapes: gateway.registry(),
        trust: Trust::Node,
        clock: Steady::of(gateway.authority()),
        vat: Arc::new(OnVat(vat.clone())),
        ..Rules::new(liveness.clone())
    }
}

/// Watches the calls before sign-in.
struct FrontWatch(Rc<Reached>);

impl Observer for FrontWatch {
    fn settled(&self, settled: &Settled) {
        if settled.outcome == Outcome::Denied(Code::TooManyCalls) {
            self.0.note(Bound::FrontCalls, None);
        }
    }

    fn times(&self) -> bool {
        false
    }
}

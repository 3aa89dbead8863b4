//! One grant's membrane: its rules, and the wrappers that stand for what crossed it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use capnp::Error;
use capnp::capability::FromClientHook;
use capnp::private::capability::ClientHook;
use capos_schema::{Code, Denial, NoShapes, Shapes};
use slab::Slab;

use crate::admission::{Methods, Observer, Outlet, Policy};
use crate::budget::Budget;
use crate::clock::{Clock, Monotonic};
use crate::liveness::{Liveness, SingleThread, Vat};
use crate::reference::{Lineage, Reference, Side};
use crate::tally::{Place, Tally};
use crate::wrapped::{Hook, Key, Wrapped, brand};

/// Whose words the inside's exceptions are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The node's own code: its denials are denials.
    Node,
    /// A service's: marked as such, so that it can forge no code.
    #[default]
    Service,
}

/// What a membrane enforces.
pub struct Rules {
    /// When it all ends.
    pub liveness: Liveness,
    /// The moment, by `clock`, from which every call fails with `leaseExpired`.
    ///
    /// A call under way then is denied its result; whoever keeps leases also ends `liveness`, so that it is cancelled.
    pub lease_until: Option<u64>,
    /// The methods that are open to the outside.
    pub methods: Methods,
    /// What calls from outside draw on.
    pub budgets: Vec<Arc<Budget>>,
    /// What calls to the outside's callbacks draw on.
    pub callback_budgets: Vec<Arc<Budget>>,
    /// Where the capabilities of the outside that the inside holds are counted. A call that would bring in more is
    /// denied `quotaExceeded`, and reaches nobody.
    pub holding: Vec<Arc<Tally>>,
    /// The same for the objects of the inside that the outside holds. An answer that would hand over more is denied.
    pub giving: Vec<Arc<Tally>>,
    /// The word on what goes out to the outside: results, and arguments of callbacks.
    pub outlet: Option<Rc<dyn Outlet>>,
    /// The word on what comes in to the inside: arguments, and answers of callbacks. Streams are slowed down instead.
    pub inlet: Option<Rc<dyn Outlet>>,
    /// The word on each call from outside.
    pub policy: Option<Rc<dyn Policy>>,
    /// Is told how each call went, both ways.
    pub observer: Option<Rc<dyn Observer>>,
    /// What is known of methods: pipelined and streaming calls go on without waiting where it is.
    pub shapes: Arc<dyn Shapes>,
    /// Whose words the inside's exceptions are.
    pub trust: Trust,
    /// Where leases, rates and durations read the time.
    pub clock: Arc<dyn Clock>,
    /// The thread that this membrane's objects live on.
    pub vat: Arc<dyn Vat>,
}

impl Rules {
    /// Liveness alone: everything open, nothing bounded, on the current thread.
    #[must_use]
    pub fn new(liveness: Liveness) -> Self {
        Self {
            liveness,
            lease_until: None,
            methods: Methods::all(),
            budgets: Vec::new(),
            callback_budgets: Vec::new(),
            holding: Vec::new(),
            giving: Vec::new(),
            outlet: None,
            inlet: None,
            policy: None,
            observer: None,
            shapes: Arc::new(NoShapes),
            trust: Trust::default(),
            clock: Arc::new(Monotonic::new()),
            vat: Arc::new(SingleThread::current()),
        }
    }
}

/// The membrane of one grant. Clones are the same membrane.
#[derive(Clone)]
pub struct Membrane(pub(crate) Rc<State>);

pub(crate) struct State {
    number: u64,
    pub(crate) rules: Rules,
    wrappers: RefCell<Wrappers>,
    /// The calls under way, to be woken when the membrane ends.
    pub(crate) under_way: RefCell<Slab<Option<Waker>>>,
    /// Wrappers of other membranes that go out as they are, by their identity.
    let_out: RefCell<HashMap<usize, Weak<Wrapped>>>,
}

/// The wrappers alive, by what they wrap and by their own identity.
#[derive(Default)]
struct Wrappers {
    last_number: u64,
    by_inner: HashMap<Key, Weak<Wrapped>>,
    by_identity: HashMap<usize, Weak<Wrapped>>,
}

/// How many promises may stand before an object. More than any honest chain has: two that resolve to each other have
/// no end.
pub(crate) const MOST_STEPS: usize = 1_000;

thread_local! {
    /// The membranes of this thread, so that an end from another one can find them.
    static MEMBRANES: RefCell<HashMap<u64, Weak<State>>> = RefCell::default();
}

/// Membranes are numbered across all threads: one liveness may have some on several.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

/// Wakes the calls under way in a membrane of this thread, so that they see its end.
pub(crate) fn wake(number: u64) {
    let membrane = MEMBRANES.with_borrow(|all| all.get(&number).and_then(Weak::upgrade));
    if let Some(membrane) = membrane {
        membrane.wake_all();
    }
}

impl Membrane {
    /// A membrane by these rules.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        let (liveness, vat) = (rules.liveness.clone(), rules.vat.clone());
        let state = Rc::new(State {
            number,
            rules,
            wrappers: RefCell::default(),
            under_way: RefCell::default(),
            let_out: RefCell::default(),
        });
        MEMBRANES.with_borrow_mut(|all| all.insert(number, Rc::downgrade(&state)));
        liveness.join(vat, number);
        Self(state)
    }

    /// Hands a capability of the inside to the outside.
    pub fn wrap<C: FromClientHook>(&self, inside: C) -> C {
        C::new(self.cross(inside.into_client_hook(), Side::Inside))
    }

    /// Hands a capability of the outside to the inside.
    pub fn admit<C: FromClientHook>(&self, outside: C) -> C {
        C::new(self.cross(outside.into_client_hook(), Side::Outside))
    }

    /// From here on lets this capability, which `other` has wrapped, out as it is.
    ///
    /// It is guarded already, by rules that end no later than these; to wrap it again would make every call pay twice.
    /// What `other` has not wrapped for its outside is not let out so.
    pub fn let_out<C: FromClientHook>(&self, other: &Membrane, guarded: &C) {
        let hook = guarded.as_client_hook();
        let Some(wrapped) = other.0.own(hook).filter(|wrapped| wrapped.home() == Side::Inside) else { return };
        let mut let_out = self.0.let_out.borrow_mut();
        if let_out.len() == let_out.capacity() {
            let_out.retain(|_, weak| weak.strong_count() > 0);
        }
        let_out.insert(hook.get_ptr(), Rc::downgrade(&wrapped));
    }

    fn cross(&self, hook: Box<dyn ClientHook>, from: Side) -> Box<dyn ClientHook> {
        self.0.cross(hook, from, Origin::default()).unwrap_or_else(broken)
    }

    /// Waits until the whole membrane has ended, and tells why. A lease that is over ends it only once somebody says so.
    pub fn ended(&self) -> impl Future<Output = Denial> + use<> {
        Awaited { membrane: self.0.clone(), place: None }
    }

    /// What is held through this membrane at this moment, both ways, oldest first.
    #[must_use]
    pub fn references(&self) -> Vec<Reference> {
        let mut all: Vec<_> = self.0.alive().iter().map(|wrapped| wrapped.reference()).collect();
        all.sort_unstable_by_key(|reference| reference.lineage.number);
        all
    }

    /// Cuts off one reference and all that was reached through it; its siblings live. `false` where it is not held.
    ///
    /// Like [`Liveness::end`] it is complete when it returns.
    pub fn revoke(&self, number: u64) -> bool {
        let found = self.0.alive().into_iter().find(|wrapped| wrapped.lineage.number == number);
        if let Some(wrapped) = &found {
            wrapped.sever();
        }
        self.0.wake_all();
        found.is_some()
    }

    /// Cuts off every reference and lets go of all objects, of both sides: for when the connection that it served is
    /// over.
    ///
    /// A connection keeps its bootstrap object for as long as anybody keeps one of the peer's, and an object that keeps
    /// a callback keeps one: without this neither would ever be freed.
    pub fn dissolve(&self) {
        let alive = self.0.alive();
        self.0.wrappers.borrow_mut().by_inner.clear();
        let objects: Vec<_> = alive.iter().map(|wrapped| wrapped.let_go()).collect();
        self.0.wake_all();
        drop(objects);
    }
}

/// A wait for the end of a membrane, among its calls under way: what wakes those wakes this.
struct Awaited {
    membrane: Rc<State>,
    place: Option<usize>,
}

impl Future for Awaited {
    type Output = Denial;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Denial> {
        if let Err(why) = self.membrane.check() {
            return Poll::Ready(why);
        }
        let this = &mut *self;
        let mut under_way = this.membrane.under_way.borrow_mut();
        let place = *this.place.get_or_insert_with(|| under_way.insert(None));
        let old = under_way.get_mut(place).and_then(|slot| slot.replace(cx.waker().clone()));
        // With a waker a whole task may go, and with it another that waits here.
        drop(under_way);
        drop(old);
        Poll::Pending
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let waker = self.membrane.under_way.borrow_mut().try_remove(place);
            drop(waker);
        }
    }
}

/// How a capability came to cross.
#[derive(Clone, Copy, Default)]
pub(crate) struct Origin<'a> {
    /// The wrapper whose call it was in.
    pub(crate) through: Option<&'a Rc<Wrapped>>,
    /// That call's method.
    pub(crate) via: Option<(u64, u16)>,
    /// The place of the promise that it resolves: it takes that one over.
    pub(crate) place: Option<&'a Rc<Place>>,
}

/// What stands where a capability may not.
pub(crate) fn broken(denial: Denial) -> Box<dyn ClientHook> {
    capnp_rpc::new_broken_cap(denial.into()).hook
}

impl State {
    /// What a capability of `from` is on the other side; denied where the other side may hold no more.
    pub(crate) fn cross(
        self: &Rc<Self>,
        mut hook: Box<dyn ClientHook>,
        from: Side,
        origin: Origin<'_>,
    ) -> Result<Box<dyn ClientHook>, Denial> {
        if from == Side::Inside && self.is_let_out(&*hook) {
            return Ok(hook);
        }
        let mut steps = 0;
        while let Some(resolved) = hook.get_resolved() {
            hook = resolved;
            steps += 1;
            if steps > MOST_STEPS {
                return Ok(capnp_rpc::new_broken_cap(Error::failed("a promise that leads nowhere".into())).hook);
            }
        }
        if let Some(own) = self.own(&*hook) {
            // A wrapper that `from` holds stands for an object of the other side: it comes home. One that `from`
            // should not hold is already what the other side gets.
            return Ok(if own.home() == from { hook } else { own.inner() });
        }
        let key = Key::of(from, &*hook);
        let mut wrappers = self.wrappers.borrow_mut();
        if let Some(known) = wrappers.by_inner.get(&key).and_then(Weak::upgrade) {
            return Ok(Box::new(Hook(known)));
        }
        let place = self.place(from, origin.place)?;
        wrappers.last_number += 1;
        let lineage = Lineage {
            number: wrappers.last_number,
            parent: origin.through.map(|through| through.lineage.number),
            via: origin.via,
        };
        let wrapped = Rc::new(Wrapped::new(self.clone(), hook, key, lineage, place));
        if let Some(through) = origin.through {
            through.adopt(&wrapped);
        }
        wrappers.by_inner.insert(key, Rc::downgrade(&wrapped));
        wrappers.by_identity.insert(Rc::as_ptr(&wrapped).addr(), Rc::downgrade(&wrapped));
        Ok(Box::new(Hook(wrapped)))
    }

    /// What is said to so many bytes of an answer from that side. They are counted only where somebody is asked.
    pub(crate) fn let_pass(&self, from: Side, bytes: impl FnOnce() -> capnp::Result<u64>) -> Result<(), Error> {
        let asked = match from {
            Side::Inside => &self.rules.outlet,
            Side::Outside => &self.rules.inlet,
        };
        match asked {
            Some(outlet) => Ok(outlet.admit(bytes()?)?),
            None => Ok(()),
        }
    }

    /// The place in the tallies for what comes from this side.
    fn place(&self, from: Side, taken_over: Option<&Rc<Place>>) -> Result<Option<Rc<Place>>, Denial> {
        let tallies = match from {
            Side::Inside => &self.rules.giving,
            Side::Outside => &self.rules.holding,
        };
        if tallies.is_empty() {
            return Ok(None);
        }
        match taken_over {
            Some(place) => Ok(Some(place.clone())),
            None => Ok(Some(Rc::new(Place::take(tallies)?))),
        }
    }

    /// The wrapper behind a hook, where it is one of this membrane's.
    pub(crate) fn own(&self, hook: &dyn ClientHook) -> Option<Rc<Wrapped>> {
        if hook.get_brand() != brand() {
            return None;
        }
        self.wrappers.borrow().by_identity.get(&hook.get_ptr()).and_then(Weak::upgrade)
    }

    /// Whether it is guarded already. The entry keeps the wrapper's place in memory, so its identity is nobody else's.
    fn is_let_out(&self, hook: &dyn ClientHook) -> bool {
        hook.get_brand() == brand()
            && self.let_out.borrow().get(&hook.get_ptr()).is_some_and(|weak| weak.strong_count() > 0)
    }

    /// Forgets a wrapper that nobody holds any more.
    pub(crate) fn forget(&self, wrapped: &Wrapped) {
        let key = wrapped.key;
        let mut wrappers = self.wrappers.borrow_mut();
        wrappers.by_identity.remove(&std::ptr::from_ref(wrapped).addr());
        // Another wrapper may stand for the same object by now.
        if wrappers.by_inner.get(&key).is_some_and(|weak| weak.strong_count() == 0) {
            wrappers.by_inner.remove(&key);
        }
    }

    fn alive(&self) -> Vec<Rc<Wrapped>> {
        self.wrappers.borrow().by_identity.values().filter_map(Weak::upgrade).collect()
    }

    fn wake_all(&self) {
        let woken: Vec<Waker> = self.under_way.borrow_mut().iter_mut().filter_map(|(_, waker)| waker.take()).collect();
        woken.into_iter().for_each(Waker::wake);
    }

    /// Whether the grant as a whole still stands.
    pub(crate) fn check(&self) -> Result<(), Denial> {
        let now = if self.rules.lease_until.is_some() { self.rules.clock.now() } else { 0 };
        self.check_at(now)
    }

    /// The same by a reading of the clock, which counts only where there is a lease.
    pub(crate) fn check_at(&self, now: u64) -> Result<(), Denial> {
        self.rules.liveness.check()?;
        match self.rules.lease_until {
            Some(until) if now >= until => Err(Code::LeaseExpired.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.rules.liveness.leave(self.number);
        // The thread may be ending, and the table with it.
        let _ = MEMBRANES.try_with(|all| all.borrow_mut().remove(&self.number));
    }
}

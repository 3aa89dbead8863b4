//! One capability as the other side holds it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use capnp::Error;
use capnp::MessageSize;
use capnp::any_pointer;
use capnp::capability::{Promise, Request};
use capnp::private::capability::{ClientHook, ParamsHook, ResultsHook};
use capos_schema::{Code, Denial};

use crate::flight::{self, Flight};
use crate::line::Line;
use crate::membrane::{Origin, State, Trust, broken};
use crate::reference::{Lineage, Reference, Side};
use crate::request;
use crate::tally::Place;
use crate::texts;

/// What is wrapped: an object of one side, by the identity that its own hook gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) home: Side,
    brand: usize,
    pointer: usize,
    code: Option<*const dyn ClientHook>,
}

impl Key {
    pub(crate) fn of(home: Side, hook: &dyn ClientHook) -> Self {
        let brand = hook.get_brand();
        // One server of this process may be served as several interfaces. The library gives them all the server's
        // address, and what opens one must not open another: they differ in the code that the hook leads to. It is
        // asked of a copy, for one type's copies are all made in one place, where its originals are not.
        let code = (brand == 0).then(|| std::ptr::from_ref(&*hook.add_ref()).with_addr(0));
        Self { home, brand, pointer: hook.get_ptr(), code }
    }
}

/// The brand of every wrapper: not any connection's, so that no connection takes a wrapper for its own import.
pub(crate) fn brand() -> usize {
    static BRAND: u8 = 0;
    std::ptr::from_ref(&BRAND).addr()
}

/// The state behind a wrapper; all its hooks share it.
///
/// **Invariants**
///
/// - `inner` is never reachable from the side that holds the wrapper: every way out of it goes through
///   [`Wrapped::cross`].
/// - While it is in its membrane's table, its `Key` is nobody else's, for `inner` keeps the object alive.
/// - `ancestor` is the nearest living wrapper that it was reached through, whatever has been dropped between.
pub(crate) struct Wrapped {
    pub(crate) membrane: Rc<State>,
    inner: RefCell<Box<dyn ClientHook>>,
    pub(crate) key: Key,
    pub(crate) lineage: Lineage,
    pub(crate) line: Line,
    /// Its place among what the inside may hold of the outside.
    place: Option<Rc<Place>>,
    severed: Cell<bool>,
    ancestor: RefCell<Weak<Wrapped>>,
    descendants: RefCell<Vec<Weak<Wrapped>>>,
}

impl Wrapped {
    pub(crate) fn new(
        membrane: Rc<State>,
        inner: Box<dyn ClientHook>,
        key: Key,
        lineage: Lineage,
        place: Option<Rc<Place>>,
    ) -> Self {
        Self {
            place,
            membrane,
            inner: RefCell::new(inner),
            key,
            lineage,
            line: Line::default(),
            severed: Cell::new(false),
            ancestor: RefCell::default(),
            descendants: RefCell::default(),
        }
    }

    /// The object itself, for its own side and for the calls that may reach it.
    pub(crate) fn inner(&self) -> Box<dyn ClientHook> {
        self.inner.borrow().add_ref()
    }

    /// Cuts it off and lets go of the object, which the caller drops once nothing here is borrowed.
    pub(crate) fn let_go(&self) -> Box<dyn ClientHook> {
        self.severed.set(true);
        let nothing = capnp_rpc::new_broken_cap(Denial::from(Code::Revoked).into()).hook;
        self.inner.replace(nothing)
    }

    /// The side on which the object lives. Calls go towards it.
    pub(crate) fn home(&self) -> Side {
        self.key.home
    }

    /// Whether calls on it may begin and end.
    ///
    /// The end of the whole is told before that of a part: who dissolves what has ended changes no answer.
    pub(crate) fn check(&self) -> Result<(), Denial> {
        self.membrane.check()?;
        self.check_severed()
    }

    /// The same by a reading of the clock.
    pub(crate) fn check_at(&self, now: u64) -> Result<(), Denial> {
        self.membrane.check_at(now)?;
        self.check_severed()
    }

    fn check_severed(&self) -> Result<(), Denial> {
        if self.severed.get() { Err(Code::Revoked.into()) } else { Ok(()) }
    }

    /// What a capability of `from` is on the other side, when it crosses in a call of this object.
    pub(crate) fn cross(
        self: &Rc<Self>,
        hook: Box<dyn ClientHook>,
        from: Side,
        via: Option<(u64, u16)>,
    ) -> Result<Box<dyn ClientHook>, Denial> {
        self.membrane.cross(hook, from, Origin { through: Some(self), via, place: None })
    }

    /// What this promise's resolution is on the side that holds it. The two count as one.
    fn cross_resolved(self: &Rc<Self>, resolved: Box<dyn ClientHook>) -> Box<dyn ClientHook> {
        let origin = Origin { through: Some(self), via: None, place: self.place.as_ref() };
        self.membrane.cross(resolved, self.home(), origin).unwrap_or_else(broken)
    }

    /// What a promise resolved to, for the side that holds the wrapper.
    fn resolution(self: &Rc<Self>) -> Option<Box<dyn ClientHook>> {
        let resolved = self.inner.borrow().get_resolved()?;
        Some(self.cross_resolved(resolved))
    }

    /// Who takes the calls of a promise that has resolved.
    ///
    /// One that was cut off has no successor; nor has one with calls in line, which later ones may not overtake.
    pub(crate) fn successor(self: &Rc<Self>) -> Option<Box<dyn ClientHook>> {
        if self.severed.get() || !self.line.is_empty() { None } else { self.resolution() }
    }

    /// An error of the called side, as the caller is told it.
    pub(crate) fn relay_error(&self, error: Error) -> Error {
        match (self.home(), self.membrane.rules.trust) {
            (Side::Inside, Trust::Node) => texts::own(error),
            (Side::Inside, Trust::Service) => texts::foreign("service", error),
            (Side::Outside, _) => texts::foreign("client", error),
        }
    }

    /// What the caller is told where an answer cannot be brought across: it is malformed, or may not be held.
    pub(crate) fn crossing_error(&self, error: Error) -> Error {
        match Denial::from_error(&error) {
            Some(denial) => denial.into(),
            None => self.relay_error(error),
        }
    }

    pub(crate) fn reference(&self) -> Reference {
        Reference { lineage: self.lineage, home: self.home() }
    }

    /// Makes `child` die with this one.
    pub(crate) fn adopt(self: &Rc<Self>, child: &Rc<Self>) {
        *child.ancestor.borrow_mut() = Rc::downgrade(self);
        child.severed.set(self.severed.get());
        self.add_descendant(Rc::downgrade(child));
    }

    fn add_descendant(&self, child: Weak<Self>) {
        let mut descendants = self.descendants.borrow_mut();
        if descendants.len() == descendants.capacity() {
            descendants.retain(|weak| weak.strong_count() > 0);
        }
        descendants.push(child);
    }

    /// Cuts it off, and all that was reached through it.
    pub(crate) fn sever(self: &Rc<Self>) {
        let mut next = vec![self.clone()];
        while let Some(wrapped) = next.pop() {
            wrapped.severed.set(true);
            next.extend(wrapped.descendants.borrow().iter().filter_map(Weak::upgrade));
        }
    }

    /// Leaves the descendants to the nearest living ancestor.
    fn bequeath(&self) {
        let heir = self.ancestor.borrow().upgrade();
        for child in self.descendants.take().iter().filter_map(Weak::upgrade) {
            *child.ancestor.borrow_mut() = heir.as_ref().map(Rc::downgrade).unwrap_or_default();
            if let Some(heir) = &heir {
                heir.add_descendant(Rc::downgrade(&child));
            }
        }
    }
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        self.bequeath();
        self.membrane.forget(self);
    }
}

/// The hook that the other side holds.
pub(crate) struct Hook(pub(crate) Rc<Wrapped>);

impl ClientHook for Hook {
    fn add_ref(&self) -> Box<dyn ClientHook> {
        Box::new(Self(self.0.clone()))
    }

    fn new_call(
        &self,
        interface: u64,
        method: u16,
        size: Option<MessageSize>,
    ) -> Request<any_pointer::Owned, any_pointer::Owned> {
        if let Some(resolved) = self.0.successor() {
            return resolved.new_call(interface, method, size);
        }
        Request::new(Box::new(request::Request::new(self.0.clone(), interface, method, size)))
    }

    fn call(
        &self,
        interface: u64,
        method: u16,
        params: Box<dyn ParamsHook>,
        results: Box<dyn ResultsHook>,
    ) -> Promise<(), Error> {
        if let Some(resolved) = self.0.successor() {
            return resolved.call(interface, method, params, results);
        }
        flight::call(&self.0, interface, method, params, results)
    }

    fn get_brand(&self) -> usize {
        brand()
    }

    fn get_ptr(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// What a promise resolved to, for this side.
    ///
    /// It answers after the end too: what it gives is as dead as this hook, or the asker's own. A connection that gets
    /// no answer here would take a peer's legitimate disembargo for an attack.
    fn get_resolved(&self) -> Option<Box<dyn ClientHook>> {
        self.0.resolution()
    }

    fn when_more_resolved(&self) -> Option<Promise<Box<dyn ClientHook>, Error>> {
        // The library's own promises never answer one who asks after they have resolved.
        if let Some(resolved) = self.get_resolved() {
            return Some(Promise::ok(resolved));
        }
        let resolution = self.0.inner.borrow().when_more_resolved()?;
        let wrapped = self.0.clone();
        Some(Promise::from_future(Flight::unobserved(&self.0).watch(async move {
            let resolved = resolution.await.map_err(|error| wrapped.relay_error(error))?;
            Ok(wrapped.cross_resolved(resolved))
        })))
    }

    fn when_resolved(&self) -> Promise<(), Error> {
        match self.when_more_resolved() {
            None => Promise::ok(()),
            Some(promise) => Promise::from_future(async move { promise.await?.when_resolved().await }),
        }
    }
}

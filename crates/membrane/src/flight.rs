//! The path of one call: admission, its turn, the passage, the end.
//!
//! ```text
//! begin ──▶ liveness, lease, methods, budgets, policy ──▶ refused
//!   │
//!   ├─ at once ─────────────────────────────┐
//!   ├─ in line (a stream at its bound) ──▶──┤
//!   └─ later (somebody is asked) ────────▶──┤
//!                                           ▼
//!                           Passage: local, relayed or streamed
//!                                           │
//!                 watch: polls it only while the object is live
//!                                           ▼
//!                     settled: budgets given back, observer told
//! ```

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use capnp::Error;
use capnp::capability::Promise;
use capnp::private::capability::{ParamsHook, ResultsHook};
use capos_schema::{Code, Denial};

use crate::admission::{Admission, Call, Outcome, Outlet, Policy, Settled};
use crate::budget::Short;
use crate::line::{Deferred, Share, Ticket, Waiting};
use crate::message::{self, Params};
use crate::passage::Passage;
use crate::reference::Side;
use crate::texts;
use crate::wrapped::Wrapped;

/// Carries one call that came as message hooks.
pub(crate) fn call(
    wrapped: &Rc<Wrapped>,
    interface: u64,
    method: u16,
    params: Box<dyn ParamsHook>,
    results: Box<dyn ResultsHook>,
) -> Promise<(), Error> {
    let via = (interface, method);
    let (flight, entry) = match Flight::begin(wrapped, via, &*params) {
        Ok(begun) => begun,
        Err(denial) => return Promise::err(denial.into()),
    };
    let params = match Params::new(params) {
        Ok(params) => params,
        Err(_) => return Promise::err(flight.fail(texts::malformed())),
    };
    let wrapped = wrapped.clone();
    match (entry, params) {
        // The passage begins before this returns, so that calls reach the object in the order they were made.
        (Entry::Now, params @ Params::Plain(_)) => match Passage::begin(wrapped, via, params, results) {
            Ok(passage) => Promise::from_future(flight.watch(passage.finish())),
            Err(error) => Promise::err(flight.fail(error)),
        },
        // To cross, a capability is asked what it resolved to. One that is just resolving, and hands on the calls that
        // waited for it, cannot be asked: the library has it borrowed. So this one begins when it is first polled.
        (Entry::Now, params) => {
            let object = wrapped.clone();
            let deferred = Deferred::join(&object, move || {
                wrapped.check()?;
                Passage::begin(wrapped, via, params, results)
            });
            Promise::from_future(flight.watch(async move { deferred.begun().await?.finish().await }))
        }
        (Entry::Wait(ticket), params) => Promise::from_future(flight.watch(async move {
            let share = ticket.await?.admit(&wrapped)?;
            let passage = Passage::begin(wrapped, via, params, results)?;
            let _held_to_the_end = share.begun();
            passage.finish().await
        })),
    }
}

/// The bytes of arguments; none of what cannot be read, for that goes nowhere.
fn size(params: &dyn ParamsHook) -> u64 {
    params.get().and_then(message::bytes).unwrap_or(0)
}

/// When an admitted call may begin.
pub(crate) enum Entry {
    Now,
    Wait(Waiting<Ticket>),
}

/// A call between its admission and its end.
pub(crate) struct Flight {
    wrapped: Rc<Wrapped>,
    via: (u64, u16),
    began: u64,
    /// The size of its arguments, where somebody counts it.
    bytes: u64,
    /// Its place among the calls under way, while it is being waited for.
    place: Cell<Option<usize>>,
    share: Cell<Option<Share>>,
    observed: Cell<bool>,
    /// The policy has let it pass.
    admitted: Cell<bool>,
}

impl Flight {
    /// Admits a call, or says why not.
    pub(crate) fn begin(
        wrapped: &Rc<Wrapped>,
        via: (u64, u16),
        params: &dyn ParamsHook,
    ) -> Result<(Self, Entry), Denial> {
        let rules = &wrapped.membrane.rules;
        // The clock is the dearest part of an admission: read once, and only where somebody asks.
        let timed = rules.lease_until.is_some()
            || rules.observer.as_ref().is_some_and(|observer| observer.times())
            || wrapped.budgets().iter().any(|budget| budget.needs_time());
        let mut flight = Self::unobserved(wrapped);
        flight.via = via;
        flight.began = if timed { rules.clock.now() } else { 0 };
        let sized = flight.way().is_some() || wrapped.budgets().iter().any(|budget| budget.needs_size());
        flight.bytes = if sized { size(params) } else { 0 };
        flight.observed.set(rules.observer.is_some());
        match flight.admit(params) {
            Ok(entry) => Ok((flight, entry)),
            Err(denial) => {
                flight.report(Outcome::Denied(denial.code));
                Err(denial)
            }
        }
    }

    /// A wait that is no call: bound to the object's life, free of charge.
    pub(crate) fn unobserved(wrapped: &Rc<Wrapped>) -> Self {
        Self {
            wrapped: wrapped.clone(),
            via: (0, 0),
            began: 0,
            bytes: 0,
            place: Cell::new(None),
            share: Cell::new(None),
            observed: Cell::new(false),
            admitted: Cell::new(false),
        }
    }

    fn admit(&self, params: &dyn ParamsHook) -> Result<Entry, Denial> {
        let (interface, method) = self.via;
        let rules = &self.wrapped.membrane.rules;
        self.wrapped.check_at(self.began)?;
        let from_outside = self.wrapped.home() == Side::Inside;
        if from_outside && !rules.methods.allow(interface, method) {
            return Err(Code::MethodDenied.into());
        }
        if let Some(way) = self.way().filter(|_| !from_outside || !self.is_streaming()) {
            way.admit(self.bytes)?;
        }
        let share = if self.wrapped.line.is_empty() {
            match Share::take(&self.wrapped, self.began, self.bytes) {
                Ok(share) => Some(share),
                // A stream is slowed down instead.
                Err(Short { bound, .. }) if bound.passes() && self.is_streaming() => None,
                Err(short) => return Err(Code::from(short.bound).into()),
            }
        } else {
            // What comes behind waiting chunks waits with them: the end of a stream is not refused for its length. It
            // takes its share in its turn, lest those before it wait for what it holds.
            None
        };
        let asked = |policy: &&dyn Policy| from_outside || policy.covers_callbacks();
        let admission = match rules.policy.as_deref().filter(asked) {
            None => Admission::Allow,
            Some(policy) => {
                let admission = self.ask(policy, params);
                self.admitted.set(!matches!(admission, Admission::Deny(_)));
                // The policy is somebody's code: it may have ended what it was asked about.
                match self.wrapped.check_at(self.began) {
                    Ok(()) => admission,
                    Err(denial) => Admission::Deny(denial),
                }
            }
        };
        match admission {
            Admission::Allow => Ok(self.entry(share)),
            Admission::Deny(denial) => {
                if let Some(share) = share {
                    share.undo();
                }
                Err(denial)
            }
            Admission::Later(answer) => Ok(Entry::Wait(Ticket::after(answer, share, self.wrapped.clone(), self.bytes))),
        }
    }

    /// Whoever is asked whether there is room on the way to the object.
    fn way(&self) -> Option<&Rc<dyn Outlet>> {
        let rules = &self.wrapped.membrane.rules;
        match self.wrapped.home() {
            Side::Inside => rules.inlet.as_ref(),
            Side::Outside => rules.outlet.as_ref(),
        }
    }

    fn is_streaming(&self) -> bool {
        let shapes = &self.wrapped.membrane.rules.shapes;
        shapes.shape(self.via.0, self.via.1).is_some_and(|shape| shape.streaming)
    }

    fn ask(&self, policy: &dyn Policy, params: &dyn ParamsHook) -> Admission {
        policy.admit(&Call {
            interface: self.via.0,
            method: self.via.1,
            lineage: self.wrapped.lineage,
            towards: self.wrapped.home(),
            params,
        })
    }

    /// A call with its share begins at once; one without waits for its turn, and then for a share.
    fn entry(&self, share: Option<Share>) -> Entry {
        match share {
            Some(share) => {
                self.share.set(Some(share));
                Entry::Now
            }
            None => Entry::Wait(Ticket::in_line(&self.wrapped, self.bytes)),
        }
    }

    /// Polls `body` while the object is live; after that the caller gets the reason, and `body` is dropped.
    ///
    /// `body` itself looks once more before it hands anything over, in the same turn.
    pub(crate) async fn watch<T>(self, body: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut body = pin!(body);
        let result = poll_fn(|cx| {
            if let Err(denial) = self.wrapped.check() {
                return Poll::Ready(Err(denial.into()));
            }
            let polled = body.as_mut().poll(cx);
            if polled.is_pending() {
                self.await_end(cx);
            }
            polled
        })
        .await;
        self.report(Outcome::of(&result));
        result
    }

    /// Has the task woken when the membrane ends.
    fn await_end(&self, cx: &Context<'_>) {
        let mut under_way = self.wrapped.membrane.under_way.borrow_mut();
        let place = self.place.get().unwrap_or_else(|| {
            let place = under_way.insert(None);
            self.place.set(Some(place));
            place
        });
        let Some(slot) = under_way.get_mut(place) else { return };
        if slot.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            return;
        }
        let old = slot.replace(cx.waker().clone());
        // With a waker a whole task may go, and with it another flight, which leaves the same table.
        drop(under_way);
        drop(old);
    }

    /// Ends a flight that failed before anything was waited for.
    pub(crate) fn fail(&self, error: Error) -> Error {
        self.report(Outcome::of(&Err::<(), _>(error.clone())));
        error
    }

    pub(crate) fn report(&self, outcome: Outcome) {
        if !self.observed.take() {
            return;
        }
        let rules = &self.wrapped.membrane.rules;
        if let Some(observer) = &rules.observer {
            observer.settled(&Settled {
                interface: self.via.0,
                method: self.via.1,
                lineage: self.wrapped.lineage,
                towards: self.wrapped.home(),
                admitted: self.admitted.get(),
                nanoseconds: if observer.times() { rules.clock.now().saturating_sub(self.began) } else { 0 },
                outcome,
            });
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            let waker = self.wrapped.membrane.under_way.borrow_mut().try_remove(place);
            drop(waker);
        }
        self.report(Outcome::Abandoned);
    }
}

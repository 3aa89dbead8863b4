//! How what is not there yet comes to be known.

use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::eventual::{Eventual, Gathering, Running, State, Work};
use super::request::deliver;
use super::{By, Hook, Origin, Waiter, object, send};
use crate::error::Error;
use crate::session::{Driver, Seat};

/// Says what `hook` turned out to be.
pub(super) fn resolve(hook: &Rc<Hook>, next: Rc<Hook>) {
    let Hook::Eventual(eventual) = &**hook else { return };
    let next = without_circle(hook, next);
    eventual.change(State::Resolved(next));
    drop(eventual.cost.take());
    eventual.waiters.release(hook);
}

/// What a promise may be resolved with: not with itself, nor with a stub of itself. Whoever looks through promises and
/// stubs relies on there being an end.
pub(super) fn without_circle(hook: &Rc<Hook>, next: Rc<Hook>) -> Rc<Hook> {
    match Rc::ptr_eq(&object(&next), hook) {
        true => Hook::error(Error::type_error("A promise was resolved with itself.")),
        false => next,
    }
}

/// `source` is known: what waited for it is asked of what it turned out to be.
pub(crate) fn forward(waiting: &Weak<Hook>, source: &Rc<Hook>) {
    if let Some(waiters) = source.waiters() {
        waiters.forwarded();
    }
    let (Some(hook), Some(next)) = (waiting.upgrade(), source.resolution()) else { return };
    let Hook::Eventual(eventual) = &*hook else { return };
    let state = std::mem::replace(&mut *eventual.state.borrow_mut(), State::Busy);
    match state {
        State::Waiting { request, source, _ticket } => {
            drop((source, _ticket));
            resolve(&hook, send(&next, request));
        }
        other => eventual.change(other),
    }
}

/// Something that the arguments of a call wanted is there.
pub(crate) fn gathering_ready(hook: &Weak<Hook>) {
    let Some(hook) = hook.upgrade() else { return };
    let Hook::Eventual(eventual) = &*hook else { return };
    let state = std::mem::replace(&mut *eventual.state.borrow_mut(), State::Busy);
    match state {
        State::Gathering(gathering) => go_on(&hook, gathering),
        other => eventual.change(other),
    }
}

fn go_on(hook: &Rc<Hook>, gathering: Gathering) {
    let Gathering { settling, target, name, origin } = gathering;
    if let Some(Err(error)) = origin.as_ref().map(|origin| origin.spend(settling.cost())) {
        return resolve(hook, Hook::error(error));
    }
    match settling.advance() {
        Ok(arguments) => resolve(hook, deliver(&target, name.as_deref(), arguments, origin.as_ref())),
        Err(settling) => arm(hook, Gathering { settling, target, name, origin }),
    }
}

/// Waits for what the arguments want.
pub(super) fn arm(hook: &Rc<Hook>, mut gathering: Gathering) {
    let Hook::Eventual(eventual) = &**hook else { return };
    let this = Rc::downgrade(hook);
    let armed = gathering.settling.arm(|| Waiter::Gathering(this.clone()));
    let driver = gathering.origin.as_ref().map(|origin| origin.driver.clone());
    let driver = driver.or_else(|| eventual.driver.borrow().upgrade());
    eventual.change(State::Gathering(gathering));
    if let Some(driver) = driver {
        super::want(armed, true, &mut By::Driver(&driver));
    }
}

/// Drives work that has nobody else to drive it, or that has not been begun.
pub(super) fn drive(hook: &Rc<Hook>, by: &mut By<'_, '_>) {
    let Hook::Eventual(eventual) = &**hook else { return };
    match by {
        By::Driver(driver) => eventual.seat_with(hook, driver),
        By::Program(context) => {
            if eventual.has_driver() {
                return;
            }
            poll(hook, context);
        }
    }
}

/// Goes on with work.
pub(crate) fn poll(hook: &Rc<Hook>, context: &mut Context<'_>) {
    let Hook::Eventual(eventual) = &**hook else { return };
    let Some(mut work) = eventual.take_work() else { return };
    let polled = work.as_mut().poll(context);
    match polled {
        Poll::Pending => eventual.put_back(work),
        Poll::Ready(outcome) => {
            let origin = eventual.origin();
            drop(work);
            resolve(hook, Hook::outcome(outcome, origin.as_ref()));
        }
    }
}

impl Eventual {
    fn seat_with(&self, hook: &Rc<Hook>, driver: &Rc<Driver>) {
        if self.has_driver() {
            return;
        }
        let before = match &mut *self.state.borrow_mut() {
            State::Running(running) => {
                let seat = Seat::take(driver);
                seat.give(hook);
                seat.wake();
                running.seat.replace(seat)
            }
            _ => None,
        };
        drop(before);
    }

    fn has_driver(&self) -> bool {
        match &*self.state.borrow() {
            State::Running(Running { seat: Some(seat), .. }) => seat.is_driven(),
            _ => false,
        }
    }

    fn take_work(&self) -> Option<Work> {
        match &mut *self.state.borrow_mut() {
            State::Running(running) => running.work.take(),
            _ => None,
        }
    }

    fn put_back(&self, unfinished: Work) {
        if let State::Running(running) = &mut *self.state.borrow_mut() {
            running.work = Some(unfinished);
        }
    }

    fn origin(&self) -> Option<Rc<Origin>> {
        match &*self.state.borrow() {
            State::Running(running) => running.origin.clone(),
            _ => None,
        }
    }
}

//! What is not there yet: an answer under way, a request that waits for one, a call whose arguments are not complete.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::circles::in_request;
use super::request::deliver;
use super::{By, Hook, Origin, Request, Settling, Share, Ticket, Waiter, Waiters, object, send};
use crate::error::{Error, Outcome, Thrown};
use crate::session::{Driver, Seat, Unanswered};
use crate::target::{Key, Part, Pipelined, Target};
use crate::turn;

/// Work that gives a value.
pub(crate) type Work = Pin<Box<dyn Future<Output = Outcome>>>;

/// Something that is going to be known.
pub(crate) struct Eventual {
    state: RefCell<State>,
    pub(super) waiters: Waiters,
    /// A peer pays for what it leaves open.
    cost: RefCell<Option<Cost>>,
    /// Who sees to it that this is known some time.
    driver: RefCell<Weak<Driver>>,
}

/// What a peer pays with: a call, and the bytes that are kept for it.
type Cost = (Unanswered, Option<Share>);

enum State {
    Running(Running),
    Waiting {
        source: Rc<Hook>,
        request: Request,
        _ticket: Option<Ticket>,
    },
    Gathering(Gathering),
    /// Taken out, to be worked on.
    Busy,
    Resolved(Rc<Hook>),
}

struct Running {
    /// Taken out while it is polled.
    work: Option<Work>,
    pipelined: Option<Rc<dyn Pipelined>>,
    seat: Option<Seat>,
    origin: Option<Rc<Origin>>,
}

struct Gathering {
    settling: Settling,
    target: Rc<dyn Target>,
    name: Option<String>,
    origin: Option<Rc<Origin>>,
}

/// What something that is not known is occupied with.
pub(super) enum Occupation {
    /// With work of its own.
    Work,
    /// With waiting for something to be known.
    Waiting(Rc<Hook>),
    /// With waiting for values.
    Gathering(Vec<Rc<Hook>>),
    /// With nothing, or with what is being done on the stack.
    None,
}

impl Eventual {
    /// What that work gives. On behalf of a peer it is begun at once, else when somebody asks for it.
    pub(crate) fn running(
        mut work: Work,
        pipelined: Option<Rc<dyn Pipelined>>,
        origin: Option<&Rc<Origin>>,
        kept: usize,
    ) -> Rc<Hook> {
        let seat = origin.map(|origin| Seat::take(&origin.driver));
        if let Some(seat) = &seat
            && let Poll::Ready(outcome) = work.as_mut().poll(&mut Context::from_waker(&seat.waker()))
        {
            return Hook::outcome(outcome, origin);
        }
        let running = Running { work: Some(work), pipelined, seat, origin: origin.cloned() };
        let hook = Self::open(State::Running(running), origin, kept);
        if let Hook::Eventual(Self { state, .. }) = &*hook
            && let State::Running(Running { seat: Some(seat), .. }) = &*state.borrow()
        {
            seat.give(&hook);
        }
        hook
    }

    /// The answer to a request that waits for `source`.
    pub(super) fn waiting(source: &Rc<Hook>, request: Request) -> Rc<Hook> {
        let origin = request.origin.clone();
        let kept = origin.as_ref().map_or(0, |_| request.weight());
        let state = State::Waiting { source: source.clone(), request, _ticket: None };
        let hook = Self::open(state, origin.as_ref(), kept);
        let Hook::Eventual(waiting) = &*hook else { return hook };
        let this = Rc::downgrade(&hook);
        if source.resolution().is_some() {
            // Behind those that are on their way.
            if let Some(waiters) = source.waiters() {
                waiters.forward_later(this, source);
            }
        } else {
            let place = Ticket::take(source, Waiter::Request(this));
            if let State::Waiting { _ticket, .. } = &mut *waiting.state.borrow_mut() {
                *_ticket = place;
            }
        }
        hook
    }

    /// The answer to a call whose arguments are not complete.
    pub(super) fn gathering(
        settling: Settling,
        target: Rc<dyn Target>,
        name: Option<String>,
        origin: Option<Rc<Origin>>,
    ) -> Rc<Hook> {
        let kept = origin.as_ref().map_or(0, |_| settling.weight());
        let hook = Self::open(State::Busy, origin.as_ref(), kept);
        arm(&hook, Gathering { settling, target, name, origin });
        hook
    }

    fn open(state: State, origin: Option<&Rc<Origin>>, kept: usize) -> Rc<Hook> {
        let cost = origin.map(|origin| (Unanswered::new(origin), Share::of(kept, origin)));
        let (state, cost) = (RefCell::new(state), RefCell::new(cost));
        let eventual = Self { state, waiters: Waiters::default(), cost, driver: RefCell::default() };
        let hook = Rc::new(Hook::Eventual(eventual));
        if let Some(origin) = origin {
            origin.driver.suspect(&hook);
        }
        hook
    }

    /// What it turned out to be.
    pub(super) fn resolution(&self) -> Option<Rc<Hook>> {
        match &*self.state.borrow() {
            State::Resolved(hook) => Some(hook.clone()),
            _ => None,
        }
    }

    /// The object that is going to be at the beginning of `path`, where that is known before the whole is.
    pub(super) fn part(&self, path: &[Key]) -> Option<Part> {
        let pipelined = match &*self.state.borrow() {
            State::Running(Running { pipelined: Some(pipelined), .. }) => pipelined.clone(),
            _ => return None,
        };
        pipelined.part(path)
    }

    /// Whether somebody sees to it already; from now on, that driver does. So a chain is not walked for each of its links.
    pub(super) fn is_driven(&self, by: &By<'_, '_>) -> bool {
        let By::Driver(driver) = by else { return false };
        let is_driven = self.driver.borrow().strong_count() > 0;
        if !is_driven {
            *self.driver.borrow_mut() = Rc::downgrade(driver);
        }
        is_driven
    }

    /// What it is occupied with.
    pub(super) fn occupation(&self) -> Occupation {
        match &*self.state.borrow() {
            State::Waiting { source, .. } => Occupation::Waiting(source.clone()),
            State::Gathering(gathering) => Occupation::Gathering(gathering.settling.open().cloned().collect()),
            State::Running(_) => Occupation::Work,
            State::Busy | State::Resolved(_) => Occupation::None,
        }
    }

    /// Is that now, and refers to nothing else.
    pub(super) fn break_up(&self, error: Rc<Hook>) {
        self.change(State::Resolved(error));
    }

    /// Fails, where it is not known.
    pub(super) fn abandon(&self, hook: &Rc<Hook>, reason: &Thrown) {
        if self.resolution().is_none() {
            resolve(hook, Hook::thrown(reason.clone(), None));
        }
    }

    pub(super) fn each_reference(&self, each: &mut dyn FnMut(&Rc<Hook>)) {
        match &*self.state.borrow() {
            State::Waiting { source, request, .. } => {
                each(source);
                in_request(&request.ask, each);
            }
            State::Gathering(gathering) => gathering.settling.each_reference(each),
            State::Resolved(next) => each(next),
            State::Running(_) | State::Busy => {}
        }
    }

    fn change(&self, state: State) {
        let before = std::mem::replace(&mut *self.state.borrow_mut(), state);
        turn::bury(before);
    }

    pub(super) fn bury(&mut self) {
        match std::mem::replace(self.state.get_mut(), State::Busy) {
            State::Busy => {}
            state => turn::bury(state),
        }
    }
}

/// Says what `hook` turned out to be.
fn resolve(hook: &Rc<Hook>, next: Rc<Hook>) {
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
fn arm(hook: &Rc<Hook>, mut gathering: Gathering) {
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

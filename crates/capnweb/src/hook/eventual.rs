//! What is not there yet: an answer under way, a request that waits for one, a call whose arguments are not complete.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::circles::in_request;
use super::progress::{arm, resolve};
use super::{By, Hook, Origin, Request, Settling, Share, Ticket, Waiter, Waiters};
use crate::error::{Outcome, Thrown};
use crate::session::{Driver, Seat, Unanswered};
use crate::target::{Key, Part, Pipelined, Target};
use crate::turn;

/// Work that gives a value.
pub(crate) type Work = Pin<Box<dyn Future<Output = Outcome>>>;

/// Something that is going to be known.
pub(crate) struct Eventual {
    pub(super) state: RefCell<State>,
    pub(super) waiters: Waiters,
    /// A peer pays for what it leaves open.
    pub(super) cost: RefCell<Option<Cost>>,
    /// Who sees to it that this is known some time.
    pub(super) driver: RefCell<Weak<Driver>>,
}

/// What a peer pays with: a call, and the bytes that are kept for it.
type Cost = (Unanswered, Option<Share>);

pub(super) enum State {
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

pub(super) struct Running {
    /// Taken out while it is polled.
    pub(super) work: Option<Work>,
    pub(super) pipelined: Option<Rc<dyn Pipelined>>,
    pub(super) seat: Option<Seat>,
    pub(super) origin: Option<Rc<Origin>>,
}

pub(super) struct Gathering {
    pub(super) settling: Settling,
    pub(super) target: Rc<dyn Target>,
    pub(super) name: Option<String>,
    pub(super) origin: Option<Rc<Origin>>,
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

    pub(super) fn change(&self, state: State) {
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

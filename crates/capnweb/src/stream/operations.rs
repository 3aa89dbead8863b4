//! What is asked of a sink, one thing at a time and in order. The first that fails is what all that follow fail with.
//!
//! Nothing is spawned: whoever waits for an operation moves all of them. One that is no longer waited for is done when
//! somebody waits for a later one.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::alarm::Alarm;
use super::custody::{Charge, Held};
use super::ticket::{Done, Settler, Ticket, Work, gone};
use super::writable::{Sink, closed};
use crate::error::Thrown;
use crate::value::Value;

/// A sink and what is asked of it.
///
/// Only [`Operations::advance`] touches the sink and its future, and never twice on one stack: everything else says
/// what is wanted and lets it come to that.
pub(super) struct Operations {
    state: RefCell<State>,
    alarm: Alarm,
    busy: Cell<bool>,
}

struct State {
    /// Away while it has the word, and for good at the end.
    sink: Option<Box<dyn Sink>>,
    running: Option<Running>,
    waiting: VecDeque<Operation>,
    end: End,
}

enum End {
    Open,
    /// A close is asked for, or done.
    Closing,
    /// It ends once the operation that runs is done.
    Aborting(Thrown, Settler),
    /// It ends now; the sink is told if it did not say so itself.
    Failing {
        reason: Thrown,
        tell: bool,
    },
    Failed(Thrown),
}

struct Operation {
    kind: Kind,
    settler: Settler,
}

enum Kind {
    /// What a peer wrote is charged.
    Write(Value, Option<Charge>),
    Close,
}

struct Running {
    future: Pin<Box<dyn Future<Output = Done>>>,
    settler: Settler,
    charge: Option<Charge>,
    closes: bool,
}

impl Operations {
    pub(super) fn new(sink: Box<dyn Sink>) -> Rc<Self> {
        let state = State { sink: Some(sink), running: None, waiting: VecDeque::new(), end: End::Open };
        Rc::new(Self { state: RefCell::new(state), alarm: Alarm::default(), busy: Cell::new(false) })
    }

    pub(super) fn write(self: &Rc<Self>, chunk: Value, charge: Option<Charge>) -> Ticket {
        self.ask(Kind::Write(chunk, charge), End::Open)
    }

    pub(super) fn close(self: &Rc<Self>) -> Ticket {
        self.ask(Kind::Close, End::Closing)
    }

    fn ask(self: &Rc<Self>, kind: Kind, end: End) -> Ticket {
        let (settler, ticket) = Ticket::pair(Some(self.clone()));
        let refusal = self.state.borrow().end.refusal();
        if let Some(refusal) = refusal {
            return Ticket::settled(Err(refusal));
        }
        self.state.borrow_mut().waiting.push_back(Operation { kind, settler });
        self.state.borrow_mut().end = end;
        self.advance();
        ticket
    }

    /// Ends it after the operation that runs; those that wait are dropped.
    pub(super) fn abort(self: &Rc<Self>, reason: Thrown) -> Ticket {
        let (settler, ticket) = Ticket::pair(Some(self.clone()));
        let waiting = {
            let state = &mut *self.state.borrow_mut();
            if matches!(state.end, End::Failing { .. } | End::Failed(_) | End::Aborting(..)) || state.sink_is_closed() {
                return Ticket::settled(Ok(()));
            }
            state.end = End::Aborting(reason.clone(), settler);
            std::mem::take(&mut state.waiting)
        };
        refuse(waiting, &reason);
        self.advance();
        ticket
    }

    /// Ends it at once, unless it is closing or has ended.
    pub(super) fn give_up(&self, reason: Thrown) {
        let open = matches!(self.state.borrow().end, End::Open);
        if open {
            self.fail(reason, true);
        }
    }

    fn fail(&self, reason: Thrown, tell: bool) {
        let before = std::mem::replace(&mut self.state.borrow_mut().end, End::Failing { reason, tell });
        if let End::Aborting(_, settler) = before {
            settler.settle(Ok(()));
        }
        self.advance();
    }

    /// One step; false when there is nothing to do but wait.
    fn step(&self) -> bool {
        if self.end_now() {
            return false;
        }
        let running = self.state.borrow_mut().running.take();
        match running.or_else(|| self.start()) {
            Some(running) => self.poll(running),
            None => self.abort_sink(),
        }
    }

    /// Asks the sink for what is next.
    fn start(&self) -> Option<Running> {
        let (operation, mut sink) = self.state.borrow_mut().next()?;
        let Operation { kind, settler } = operation;
        let (future, charge, closes) = match kind {
            Kind::Write(chunk, charge) => (sink.write(chunk), charge, false),
            Kind::Close => (sink.close(), None, true),
        };
        self.state.borrow_mut().sink = Some(sink);
        self.alarm.ring();
        Some(Running { future, settler, charge, closes })
    }

    fn poll(&self, mut running: Running) -> bool {
        self.alarm.set(running.settler.waker().or_else(|| self.state.borrow().waiter()));
        let done = match self.alarm.rung() {
            Some(waker) => running.future.as_mut().poll(&mut Context::from_waker(&waker)),
            None => Poll::Pending,
        };
        match done {
            Poll::Pending => {
                let state = &mut *self.state.borrow_mut();
                state.running = Some(running);
                matches!(state.end, End::Failing { .. })
            }
            Poll::Ready(done) => self.finish(running, done),
        }
    }

    fn finish(&self, running: Running, done: Done) -> bool {
        let Running { future, settler, charge, closes } = running;
        drop((future, charge));
        if closes {
            let sink = self.state.borrow_mut().sink.take();
            drop(sink);
        }
        let failure = done.clone().err();
        settler.settle(done);
        if let Some(reason) = failure {
            self.fail(reason, false);
        }
        true
    }

    /// An abort that waited has its turn.
    fn abort_sink(&self) -> bool {
        let (reason, settler, sink) = {
            let state = &mut *self.state.borrow_mut();
            match std::mem::replace(&mut state.end, End::Open) {
                End::Aborting(reason, settler) => {
                    state.end = End::Failed(reason.clone());
                    (reason, settler, state.sink.take())
                }
                end => {
                    state.end = end;
                    return false;
                }
            }
        };
        if let Some(mut sink) = sink {
            sink.abort(reason);
        }
        settler.settle(Ok(()));
        false
    }

    /// Whether it ends here: everything that waits, and what runs, fails.
    fn end_now(&self) -> bool {
        let (reason, sink, running, waiting) = {
            let state = &mut *self.state.borrow_mut();
            let End::Failing { reason, tell } = &state.end else { return false };
            let (reason, tell) = (reason.clone(), *tell);
            state.end = End::Failed(reason.clone());
            let sink = state.sink.take().map(|sink| (sink, tell));
            (reason, sink, state.running.take(), std::mem::take(&mut state.waiting))
        };
        if let Some(Running { future, settler, charge, .. }) = running {
            drop((future, charge));
            settler.settle(Err(reason.clone()));
        }
        refuse(waiting, &reason);
        if let Some((mut sink, true)) = sink {
            sink.abort(reason);
        }
        true
    }
}

impl Work for Operations {
    fn advance(&self) {
        if self.busy.replace(true) {
            return;
        }
        while self.step() {}
        self.busy.set(false);
    }

    fn left(&self) {
        let waiter = {
            let state = self.state.borrow();
            state.running.as_ref().and_then(|running| running.settler.waker()).or_else(|| state.waiter())
        };
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

impl Held for Operations {
    fn peer_gone(&self, reason: &Thrown) {
        let lost = {
            let state = self.state.borrow();
            let charged = |operation: &Operation| matches!(operation.kind, Kind::Write(_, Some(_)));
            state.waiting.iter().any(charged) || state.running.as_ref().is_some_and(|running| running.charge.is_some())
        };
        if lost {
            self.fail(reason.clone(), true);
        }
    }
}

impl State {
    fn next(&mut self) -> Option<(Operation, Box<dyn Sink>)> {
        let sink = self.sink.take()?;
        let Some(operation) = self.waiting.pop_front() else {
            self.sink = Some(sink);
            return None;
        };
        Some((operation, sink))
    }

    /// Somebody who waits for what comes later.
    fn waiter(&self) -> Option<Waker> {
        let aborting = if let End::Aborting(_, settler) = &self.end { settler.waker() } else { None };
        aborting.or_else(|| self.waiting.iter().find_map(|operation| operation.settler.waker()))
    }

    /// Whether it was closed, and that is done.
    fn sink_is_closed(&self) -> bool {
        matches!(self.end, End::Closing) && self.sink.is_none()
    }
}

impl End {
    fn refusal(&self) -> Option<Thrown> {
        match self {
            Self::Open => None,
            Self::Closing => Some(closed()),
            Self::Aborting(reason, _) | Self::Failing { reason, .. } | Self::Failed(reason) => Some(reason.clone()),
        }
    }
}

fn refuse(waiting: VecDeque<Operation>, reason: &Thrown) {
    for Operation { kind, settler } in waiting {
        drop(kind);
        settler.settle(Err(reason.clone()));
    }
}

impl Drop for Operations {
    fn drop(&mut self) {
        let sink = self.state.get_mut().sink.take();
        if let Some(mut sink) = sink {
            sink.abort(gone());
        }
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operations")
    }
}

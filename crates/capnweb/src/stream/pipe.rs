//! What is written on one end and read on the other. A write is done when its chunk is taken.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::custody::{Charge, Custody, Held};
use super::readable::{Chunk, Source};
use super::ticket::{Settler, Ticket};
use super::writable::closed;
use crate::error::Thrown;
use crate::value::Value;

/// Both ends.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    state: RefCell<State>,
    /// Of the session whose peer writes.
    custody: Option<Rc<Custody>>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    end: End,
    reader: Option<Waker>,
    closer: Option<Settler>,
}

struct Waiting {
    chunk: Value,
    references: bool,
    taken: Settler,
    _charge: Option<Charge>,
}

#[derive(Default)]
enum End {
    #[default]
    Open,
    /// What waits can still be read; then it is the end.
    Closed,
    /// What waits can still be read; then it is this error.
    Failed(Thrown),
    /// Nobody reads.
    Cancelled(Thrown),
}

impl Pipe {
    pub(super) fn of_peer(custody: Rc<Custody>) -> Self {
        Self { state: RefCell::default(), custody: Some(custody) }
    }

    pub(super) fn write(&self, chunk: Value, references: bool, charge: Option<Charge>) -> Ticket {
        let (taken, ticket) = Ticket::pair(None);
        let reader = {
            let mut state = self.state.borrow_mut();
            if let Some(refusal) = state.end.refusal() {
                return Ticket::settled(Err(refusal));
            }
            state.waiting.push_back(Waiting { chunk, references, taken, _charge: charge });
            state.reader.take()
        };
        wake(reader);
        ticket
    }

    pub(super) fn close(&self) -> Ticket {
        let (closer, ticket) = Ticket::pair(None);
        let (reader, empty) = {
            let mut state = self.state.borrow_mut();
            if let Some(refusal) = state.end.refusal() {
                return Ticket::settled(Err(refusal));
            }
            state.end = End::Closed;
            let empty = state.waiting.is_empty();
            (state.reader.take(), if empty { Some(closer) } else { state.closer.replace(closer) })
        };
        if let Some(closer) = empty {
            closer.settle(Ok(()));
        }
        wake(reader);
        ticket
    }

    /// The writer ends it before its time.
    pub(super) fn abort(&self, reason: Thrown) {
        let reader = {
            let mut state = self.state.borrow_mut();
            if matches!(state.end, End::Open) {
                state.end = End::Failed(reason);
            }
            state.reader.take()
        };
        wake(reader);
    }

    /// Everything that waits is dropped, and its writers told.
    fn stop(&self, end: impl FnOnce(&End) -> End, reason: &Thrown) {
        let (waiting, closer, reader) = {
            let state = &mut *self.state.borrow_mut();
            state.end = end(&state.end);
            (std::mem::take(&mut state.waiting), state.closer.take(), state.reader.take())
        };
        for Waiting { chunk, taken, .. } in waiting {
            drop(chunk);
            taken.settle(Err(reason.clone()));
        }
        if let Some(closer) = closer {
            closer.settle(Err(reason.clone()));
        }
        wake(reader);
    }

    fn take(&self, context: &Context<'_>) -> Poll<Option<Chunk>> {
        let (chunk, closer) = {
            let state = &mut *self.state.borrow_mut();
            let Some(waiting) = state.waiting.pop_front() else { return state.ending(context) };
            (waiting, if state.waiting.is_empty() { state.closer.take() } else { None })
        };
        chunk.taken.settle(Ok(()));
        if let Some(closer) = closer {
            closer.settle(Ok(()));
        }
        Poll::Ready(Some(Ok(chunk.chunk)))
    }
}

impl Held for Pipe {
    fn peer_gone(&self, reason: &Thrown) {
        let keep = {
            let state = self.state.borrow();
            !matches!(state.end, End::Open) && !state.waiting.iter().any(|waiting| waiting.references)
        };
        if !keep {
            self.stop(|end| end.failed(reason), reason);
        }
    }
}

impl State {
    fn ending(&mut self, context: &Context<'_>) -> Poll<Option<Chunk>> {
        match &self.end {
            End::Open => {
                self.reader = Some(context.waker().clone());
                Poll::Pending
            }
            End::Failed(error) => Poll::Ready(Some(Err(error.clone()))),
            End::Closed | End::Cancelled(_) => Poll::Ready(None),
        }
    }
}

impl End {
    fn refusal(&self) -> Option<Thrown> {
        match self {
            Self::Open => None,
            Self::Closed => Some(closed()),
            Self::Failed(error) | Self::Cancelled(error) => Some(error.clone()),
        }
    }

    fn failed(&self, reason: &Thrown) -> Self {
        match self {
            Self::Open | Self::Closed => Self::Failed(reason.clone()),
            Self::Failed(error) => Self::Failed(error.clone()),
            Self::Cancelled(error) => Self::Cancelled(error.clone()),
        }
    }
}

/// The reading end.
#[derive(Debug)]
pub(super) struct Reader(pub(super) Rc<Pipe>);

impl Source for Reader {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Chunk>> {
        self.0.take(context)
    }

    fn cancel(self: Box<Self>, reason: Thrown) {
        self.0.stop(|_| End::Cancelled(reason.clone()), &reason);
    }

    fn custody(&self) -> Option<Rc<Custody>> {
        self.0.custody.clone()
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

//! A call's share of the budgets, and its turn where calls have to wait for one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use capnp::Error;
use capos_schema::{Code, Denial};

use crate::budget::{Budget, Short};
use crate::passage::Passage;
use crate::reference::Side;
use crate::wrapped::Wrapped;

impl Wrapped {
    /// What calls on this object draw on.
    pub(crate) fn budgets(&self) -> &[Arc<Budget>] {
        match self.home() {
            Side::Inside => &self.membrane.rules.budgets,
            Side::Outside => &self.membrane.rules.callback_budgets,
        }
    }
}

/// One call's part of every budget, given back on drop.
pub(crate) struct Share {
    of: Option<Rc<Wrapped>>,
    bytes: u64,
}

impl Share {
    /// Takes from all budgets or from none.
    pub(crate) fn take(wrapped: &Rc<Wrapped>, now: u64, bytes: u64) -> Result<Self, Short<'_>> {
        let budgets = wrapped.budgets();
        for (taken, budget) in budgets.iter().enumerate() {
            if let Err(bound) = budget.take(now, bytes) {
                budgets.iter().take(taken).for_each(|budget| budget.undo(bytes));
                return Err(Short { budget, bound });
            }
        }
        // Where there is nothing to give back, nothing is held.
        Ok(Self { of: (!budgets.is_empty()).then(|| wrapped.clone()), bytes })
    }

    /// Gives it back as if it had never been taken.
    pub(crate) fn undo(mut self) {
        if let Some(wrapped) = self.of.take() {
            wrapped.budgets().iter().for_each(|budget| budget.undo(self.bytes));
        }
    }

    /// Waits until calls in flight leave room.
    async fn wait(wrapped: &Rc<Wrapped>, bytes: u64) -> Result<Self, Denial> {
        poll_fn(|cx| {
            let now = wrapped.membrane.rules.clock.now();
            // Asked again after each registration: a release before it would wake nobody. Registered only with the
            // budget that is short, for what an attempt gives back to the others would wake this very task.
            let mut asked: Option<&Budget> = None;
            loop {
                match Self::take(wrapped, now, bytes) {
                    Ok(share) => return Poll::Ready(Ok(share)),
                    Err(Short { budget, bound }) if bound.passes() => {
                        if asked.is_some_and(|asked| std::ptr::eq(asked, budget)) {
                            return Poll::Pending;
                        }
                        budget.await_release(cx.waker());
                        asked = Some(budget);
                    }
                    Err(Short { bound, .. }) => return Poll::Ready(Err(Code::from(bound).into())),
                }
            }
        })
        .await
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(wrapped) = self.of.take() {
            wrapped.budgets().iter().for_each(|budget| budget.release(self.bytes));
        }
    }
}

/// A wait whose end may be a refusal.
pub(crate) type Waiting<T> = Pin<Box<dyn Future<Output = Result<T, Denial>>>>;

/// What a call that had to wait holds when its time has come.
pub(crate) struct Ticket {
    share: Share,
    turn: Option<Turn>,
}

impl Ticket {
    /// Waits for somebody's answer, beside the line.
    pub(crate) fn after(answer: Waiting<()>, share: Option<Share>, wrapped: Rc<Wrapped>, bytes: u64) -> Waiting<Self> {
        Box::pin(async move {
            if let Err(denial) = answer.await {
                if let Some(share) = share {
                    share.undo();
                }
                return Err(denial);
            }
            let share = match share {
                Some(share) => share,
                None => Share::wait(&wrapped, bytes).await?,
            };
            Ok(Self { share, turn: None })
        })
    }

    /// Waits behind the calls that came to the same object before, then for a share.
    pub(crate) fn in_line(wrapped: &Rc<Wrapped>, bytes: u64) -> Waiting<Self> {
        let turn = Turn::join(wrapped, None);
        Box::pin(async move {
            turn.front().await;
            let share = Share::wait(&turn.wrapped, bytes).await?;
            Ok(Self { share, turn: Some(turn) })
        })
    }

    /// Looks whether the object still lives, now that time has passed.
    pub(crate) fn admit(self, wrapped: &Wrapped) -> Result<Self, Denial> {
        wrapped.check()?;
        Ok(self)
    }

    /// Lets the next one have its turn.
    pub(crate) fn begun(self) -> Share {
        drop(self.turn);
        self.share
    }
}

/// The calls that wait on one object, in the order they came.
#[derive(Default)]
pub(crate) struct Line {
    last: Cell<u64>,
    waiting: RefCell<BTreeMap<u64, Waiter>>,
}

#[derive(Default)]
struct Waiter {
    waker: Option<Waker>,
    /// Needs nothing but its turn, and so may be begun by whoever is behind it.
    deferred: Option<Rc<Start>>,
}

impl Line {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.borrow().is_empty()
    }

    /// What may be begun at the front, taken out of the line.
    fn take_deferred(&self) -> Option<(Rc<Start>, Option<Waker>)> {
        let mut waiting = self.waiting.borrow_mut();
        let first = waiting.first_entry().filter(|first| first.get().deferred.is_some())?;
        let Waiter { waker, deferred } = first.remove();
        Some((deferred?, waker))
    }
}

/// A place in a [`Line`], left on drop.
struct Turn {
    wrapped: Rc<Wrapped>,
    number: u64,
}

impl Turn {
    fn join(wrapped: &Rc<Wrapped>, deferred: Option<Rc<Start>>) -> Self {
        let line = &wrapped.line;
        let number = line.last.get() + 1;
        line.last.set(number);
        line.waiting.borrow_mut().insert(number, Waiter { waker: None, deferred });
        Self { wrapped: wrapped.clone(), number }
    }

    /// Waits until no call that came before has still to begin, and begins those that need nothing else.
    ///
    /// A deferred call that has been begun by another has lost its place, and is at the front by that.
    async fn front(&self) {
        poll_fn(|cx| {
            while let Some((start, waker)) = self.wrapped.line.take_deferred() {
                start.begin();
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
            let waker = cx.waker().clone();
            let mut waiting = self.wrapped.line.waiting.borrow_mut();
            if waiting.first_key_value().is_none_or(|(first, _)| *first >= self.number) {
                return Poll::Ready(());
            }
            let old = waiting.get_mut(&self.number).and_then(|waiter| waiter.waker.replace(waker));
            drop(waiting);
            drop(old);
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (own, next) = {
            let mut waiting = self.wrapped.line.waiting.borrow_mut();
            let own = waiting.remove(&self.number);
            (own, waiting.first_entry().and_then(|mut first| first.get_mut().waker.take()))
        };
        drop(own);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

/// How a deferred call begins, and then what has begun.
struct Start {
    start: Cell<Option<Begin>>,
    passage: Cell<Option<Result<Passage, Error>>>,
}

type Begin = Box<dyn FnOnce() -> Result<Passage, Error>>;

impl Start {
    fn begin(&self) {
        if let Some(start) = self.start.take() {
            self.passage.set(Some(start()));
        }
    }
}

/// A call that begins in its turn, at the latest when a later one on the same object wants to.
pub(crate) struct Deferred {
    start: Rc<Start>,
    turn: Turn,
}

impl Deferred {
    pub(crate) fn join(wrapped: &Rc<Wrapped>, begin: impl FnOnce() -> Result<Passage, Error> + 'static) -> Self {
        let start = Rc::new(Start { start: Cell::new(Some(Box::new(begin))), passage: Cell::new(None) });
        Self { turn: Turn::join(wrapped, Some(start.clone())), start }
    }

    /// Begins it when its turn has come.
    pub(crate) async fn begun(self) -> Result<Passage, Error> {
        self.turn.front().await;
        self.start.begin();
        self.start.passage.take().unwrap_or_else(|| Err(Code::Internal.into()))
    }
}

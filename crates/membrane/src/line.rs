//! A call's share of the budgets, and its turn where calls have to wait for one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use capos_schema::{Code, Denial};

use crate::budget::{Budget, Short, Shortage};
use crate::flight::Waiting;
use crate::membrane::Side;
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
pub(crate) struct Share(Option<Rc<Wrapped>>);

impl Share {
    /// Takes from all budgets or from none.
    pub(crate) fn take(wrapped: &Rc<Wrapped>, now: u64) -> Result<Self, Short<'_>> {
        let budgets = wrapped.budgets();
        for (taken, budget) in budgets.iter().enumerate() {
            if let Err(bound) = budget.take(now) {
                budgets.iter().take(taken).for_each(|budget| budget.undo());
                return Err(Short { budget, bound });
            }
        }
        // Where there is nothing to give back, nothing is held.
        Ok(Self((!budgets.is_empty()).then(|| wrapped.clone())))
    }

    /// Gives it back as if it had never been taken.
    pub(crate) fn undo(mut self) {
        if let Some(wrapped) = self.0.take() {
            wrapped.budgets().iter().for_each(|budget| budget.undo());
        }
    }

    /// Waits until calls in flight leave room.
    async fn wait(wrapped: &Rc<Wrapped>) -> Result<Self, Denial> {
        poll_fn(|cx| {
            let now = wrapped.membrane.rules.clock.now();
            // Asked again after each registration: a release before it would wake nobody. Registered only with the
            // budget that is short, for what an attempt gives back to the others would wake this very task.
            let mut asked: Option<&Budget> = None;
            loop {
                match Self::take(wrapped, now) {
                    Ok(share) => return Poll::Ready(Ok(share)),
                    Err(Short { budget, bound: Shortage::InFlight }) => {
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
        if let Some(wrapped) = self.0.take() {
            wrapped.budgets().iter().for_each(|budget| budget.release());
        }
    }
}

/// What a call that had to wait holds when its time has come.
pub(crate) struct Ticket {
    share: Share,
    turn: Option<Turn>,
}

impl Ticket {
    /// Waits for somebody's answer, beside the line.
    pub(crate) fn after(answer: Waiting<()>, share: Option<Share>, wrapped: Rc<Wrapped>) -> Waiting<Self> {
        Box::pin(async move {
            if let Err(denial) = answer.await {
                if let Some(share) = share {
                    share.undo();
                }
                return Err(denial);
            }
            let share = match share {
                Some(share) => share,
                None => Share::wait(&wrapped).await?,
            };
            Ok(Self { share, turn: None })
        })
    }

    /// Waits behind the calls that came to the same object before, then for a share.
    pub(crate) fn in_line(wrapped: &Rc<Wrapped>) -> Waiting<Self> {
        let turn = Turn::join(wrapped);
        Box::pin(async move {
            turn.front().await;
            let share = Share::wait(&turn.wrapped).await?;
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
    waiting: RefCell<BTreeMap<u64, Option<Waker>>>,
}

impl Line {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.borrow().is_empty()
    }
}

/// A place in a [`Line`], left on drop.
struct Turn {
    wrapped: Rc<Wrapped>,
    number: u64,
}

impl Turn {
    fn join(wrapped: &Rc<Wrapped>) -> Self {
        let line = &wrapped.line;
        let number = line.last.get() + 1;
        line.last.set(number);
        line.waiting.borrow_mut().insert(number, None);
        Self { wrapped: wrapped.clone(), number }
    }

    async fn front(&self) {
        poll_fn(|cx| {
            let waker = cx.waker().clone();
            let mut waiting = self.wrapped.line.waiting.borrow_mut();
            if waiting.first_key_value().is_some_and(|(first, _)| *first == self.number) {
                return Poll::Ready(());
            }
            let old = waiting.insert(self.number, Some(waker));
            drop(waiting);
            drop(old);
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = {
            let mut waiting = self.wrapped.line.waiting.borrow_mut();
            waiting.remove(&self.number);
            waiting.first_entry().and_then(|mut first| first.get_mut().take())
        };
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

//! Values with promises in them, until those are settled and put in.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::circles::in_value;
use super::value::weight;
use super::{By, Hook, Origin, Ticket, Tip, Waiter, tip, want};
use crate::error::{Error, Outcome, Thrown};
use crate::stub::Stub;
use crate::turn;
use crate::value::Value;

/// How deeply a value may nest once its promises are put in, where no session says so. Values are walked by functions
/// that call themselves.
const DEPTH: usize = 512;

/// Promises that cost as much as a value when it is looked which of them are settled.
const OPEN_A_UNIT: usize = 16;

/// A value in which promises are not settled.
pub(crate) struct Settling {
    value: Value,
    open: Vec<(Rc<Hook>, Option<Ticket>)>,
    origin: Option<Rc<Origin>>,
}

impl Settling {
    /// Puts in what is settled; the value, where that is everything.
    pub(crate) fn start(value: Value, origin: Option<&Rc<Origin>>) -> Result<Outcome, Self> {
        Self { value, open: Vec::new(), origin: origin.cloned() }.put_in()
    }

    /// The same, once something is there that was waited for.
    pub(crate) fn advance(mut self) -> Result<Outcome, Self> {
        let mut failed = None;
        self.open.retain_mut(|(hook, ticket)| match tip(hook) {
            Tip::Pending(next) => {
                if !Rc::ptr_eq(&next, hook) {
                    *ticket = None;
                    *hook = next;
                }
                true
            }
            Tip::Settled(end) => {
                if let Hook::Error(thrown, _) = &*end {
                    failed.get_or_insert_with(|| thrown.clone());
                }
                false
            }
        });
        match failed {
            Some(thrown) => Ok(Err(thrown)),
            None if self.open.is_empty() => self.put_in(),
            None => Err(self),
        }
    }

    /// Waits, where it does not wait already: for what is given.
    pub(crate) fn arm(&mut self, waiter: impl Fn() -> Waiter) -> Vec<Rc<Hook>> {
        let mut armed = Vec::new();
        for (hook, ticket) in &mut self.open {
            if ticket.is_none() {
                *ticket = Ticket::take(hook, waiter());
                armed.push(hook.clone());
            }
        }
        armed
    }

    /// Waits anew.
    fn arm_again(&mut self, waiter: impl Fn() -> Waiter) {
        for (_, ticket) in &mut self.open {
            *ticket = None;
        }
        drop(self.arm(waiter));
    }

    /// About how many bytes are kept.
    pub(crate) fn weight(&self) -> usize {
        weight(&self.value)
    }

    /// What it costs to look at all that is waited for.
    pub(crate) fn cost(&self) -> usize {
        self.open.len() / OPEN_A_UNIT
    }

    /// What is waited for.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Rc<Hook>> {
        self.open.iter().map(|(hook, _)| hook)
    }

    pub(super) fn each_reference(&self, each: &mut dyn FnMut(&Rc<Hook>)) {
        in_value(&self.value, each);
        self.open.iter().for_each(|(hook, _)| each(hook));
    }

    fn put_in(mut self) -> Result<Outcome, Self> {
        let mut value = std::mem::take(&mut self.value);
        let result = self.walk(&mut value, 0);
        self.value = value;
        match result {
            Err(thrown) => Ok(Err(thrown)),
            Ok(()) if self.open.is_empty() => Ok(Ok(std::mem::take(&mut self.value))),
            Ok(()) => Err(self),
        }
    }

    fn walk(&mut self, value: &mut Value, depth: usize) -> Result<(), Thrown> {
        if depth > self.origin.as_ref().map_or(DEPTH, |origin| origin.driver.limits().depth) {
            return Err(Error::range_error("A value nests too deeply once its promises are put in.").into());
        }
        if let Some(origin) = &self.origin {
            origin.spend(1)?;
        }
        match value {
            Value::Promise(_) => self.replace(value, depth),
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.walk(item, depth + 1)),
            Value::Object(object) => object.iter_mut().try_for_each(|(_, item)| self.walk(item, depth + 1)),
            Value::Error(error) => error.properties.iter_mut().try_for_each(|(_, item)| self.walk(item, depth + 1)),
            _ => Ok(()),
        }
    }

    /// Puts what a promise stands for in its place, or waits for it.
    fn replace(&mut self, place: &mut Value, depth: usize) -> Result<(), Thrown> {
        let Value::Promise(promise) = place else { return Ok(()) };
        let hook = match tip(promise.hook()) {
            Tip::Settled(hook) => hook,
            Tip::Pending(hook) => {
                self.open.push((hook, None));
                return Ok(());
            }
        };
        // With the promise gone, the value may have no other owner.
        drop(std::mem::take(place));
        *place = unwrap(hook, self.origin.as_deref())?;
        match place {
            Value::Array(_) | Value::Object(_) | Value::Error(_) => self.walk(place, depth),
            _ => Ok(()),
        }
    }
}

/// The value that a settled hook stands for: the very one where nobody else holds it.
fn unwrap(mut hook: Rc<Hook>, origin: Option<&Origin>) -> Outcome {
    if let Some(Hook::Value(held)) = Rc::get_mut(&mut hook) {
        return Ok(held.take());
    }
    match &*hook {
        Hook::Value(held) => {
            origin.map_or(Ok(()), |origin| origin.spend(weight(held.value()) / 64))?;
            Ok(held.value().clone())
        }
        Hook::Error(thrown, _) => Err(thrown.clone()),
        _ => Ok(Value::Stub(Stub::of(hook))),
    }
}

/// What a program waits for: the value of a promise, whole.
pub(crate) struct Settlement {
    hook: Option<Rc<Hook>>,
    ticket: Option<Ticket>,
    settling: Option<Settling>,
}

impl Settlement {
    pub(crate) fn new(hook: Rc<Hook>) -> Self {
        Self { hook: Some(hook), ticket: None, settling: None }
    }

    fn go_on(&mut self, context: &mut Context<'_>) -> Poll<Outcome> {
        self.ticket = None;
        while let Some(hook) = &self.hook {
            let Tip::Pending(open) = tip(hook) else { break };
            want([open.clone()], true, &mut By::Program(context));
            turn::run();
            if let Tip::Pending(now) = tip(&open)
                && Rc::ptr_eq(&now, &open)
            {
                self.ticket = Ticket::take(&open, Waiter::Program(context.waker().clone()));
                return Poll::Pending;
            }
        }
        let begun = match self.hook.take() {
            Some(hook) => {
                let (Tip::Settled(end) | Tip::Pending(end)) = tip(&hook);
                drop(hook);
                unwrap(end, None).map(|value| Settling::start(value, None))
            }
            None => Ok(self.settling.take().map_or(Ok(Ok(Value::Undefined)), Settling::advance)),
        };
        self.settle(begun, context)
    }

    fn settle(
        &mut self,
        mut begun: Result<Result<Outcome, Settling>, Thrown>,
        context: &mut Context<'_>,
    ) -> Poll<Outcome> {
        loop {
            let mut settling = match begun {
                Err(thrown) => return Poll::Ready(Err(thrown)),
                Ok(Ok(outcome)) => return Poll::Ready(outcome),
                Ok(Err(settling)) => settling,
            };
            let wanted: Vec<_> = settling.open().cloned().collect();
            want(wanted.clone(), true, &mut By::Program(context));
            turn::run();
            if wanted.iter().all(|hook| matches!(tip(hook), Tip::Pending(now) if Rc::ptr_eq(&now, hook))) {
                settling.arm_again(|| Waiter::Program(context.waker().clone()));
                self.settling = Some(settling);
                return Poll::Pending;
            }
            begun = Ok(settling.advance());
        }
    }
}

impl Future for Settlement {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        turn::run();
        let polled = self.go_on(context);
        turn::run();
        polled
    }
}

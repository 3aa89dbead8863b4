//! What stubs and promises stand for.
//!
//! A stub and a promise are each a counted reference to a [`Hook`]; the last one dropped disposes it. Requests
//! are sent to a hook ([`send`]), which answers with another one at once, whether or not there is a value yet. A hook
//! that stands for another one is looked through ([`tip`]).
//!
//! **Invariant:** nothing is borrowed while a program's code runs, and programs' values are dropped with nothing
//! borrowed.

mod broken;
mod circles;
mod eventual;
mod import;
mod path;
mod progress;
mod request;
mod settle;
mod value;
mod waiters;
mod want;

use std::rc::Rc;

pub(crate) use broken::Broken;
pub(crate) use circles::break_circles;
pub(crate) use eventual::Eventual;
pub(crate) use import::Import;
pub(crate) use progress::{forward, gathering_ready, poll};
pub(crate) use request::{Ask, Mapping, Origin, Request, Share, send};
pub(crate) use settle::{Settlement, Settling};
pub(crate) use value::{Held, weight};
pub(crate) use waiters::{Ticket, Waiter, Waiters};
pub(crate) use want::{By, want};

use crate::error::{Outcome, Thrown};
use crate::target::Target;
use crate::turn;
use crate::value::Value;

/// What a stub or a promise stands for.
pub(crate) enum Hook {
    /// An object here.
    Target(Rc<dyn Target>),
    /// A value. Never a lone promise: that stands for itself.
    Value(Held),
    /// What was thrown, and who is charged for its being held.
    #[expect(dead_code, reason = "a share is given back when it is dropped")]
    Error(Thrown, Option<Share>),
    /// An entry of what a peer holds for this side, or will.
    Import(Import),
    /// Something that is going to be one of the others.
    Eventual(Eventual),
}

impl Hook {
    /// An object here.
    pub(crate) fn target(target: Rc<dyn Target>) -> Rc<Self> {
        Rc::new(Self::Target(target))
    }

    /// How something ended, on behalf of `origin`.
    pub(crate) fn outcome(outcome: Outcome, origin: Option<&Rc<Origin>>) -> Rc<Self> {
        match outcome {
            Ok(value) => Self::value(value, origin),
            Err(thrown) => Self::thrown(thrown, origin),
        }
    }

    /// A value; where it is a promise, what that stands for.
    pub(crate) fn value(value: Value, origin: Option<&Rc<Origin>>) -> Rc<Self> {
        match value {
            Value::Promise(promise) => promise.hook().clone(),
            value => Rc::new(Self::Value(Held::new(value, origin))),
        }
    }

    /// What was thrown, on behalf of `origin`.
    pub(crate) fn thrown(thrown: Thrown, origin: Option<&Rc<Origin>>) -> Rc<Self> {
        let share = origin.and_then(|origin| Share::of(weight(&thrown.0), origin));
        Rc::new(Self::Error(thrown, share))
    }

    /// An error.
    pub(crate) fn error(error: crate::error::Error) -> Rc<Self> {
        Rc::new(Self::Error(error.into(), None))
    }

    /// Who waits for it, where it is something to wait for.
    pub(crate) fn waiters(&self) -> Option<&Waiters> {
        match self {
            Self::Import(import) => Some(&import.waiters),
            Self::Eventual(eventual) => Some(&eventual.waiters),
            _ => None,
        }
    }

    /// What it turned out to stand for.
    pub(crate) fn resolution(&self) -> Option<Rc<Self>> {
        match self {
            Self::Import(import) => import.resolution(),
            Self::Eventual(eventual) => eventual.resolution(),
            _ => None,
        }
    }
}

/// What is at the end of a chain of hooks that stand for others.
pub(crate) enum Tip {
    /// A value, an error or an object.
    Settled(Rc<Hook>),
    /// Nothing yet.
    Pending(Rc<Hook>),
}

/// Looks through whatever stands for something else.
pub(crate) fn tip(hook: &Rc<Hook>) -> Tip {
    let mut at = hook.clone();
    while let Some(next) = at.resolution() {
        at = next;
    }
    match &*at {
        Hook::Import(import) if !import.is_promise() => Tip::Settled(at),
        Hook::Import(_) | Hook::Eventual(_) => Tip::Pending(at),
        _ => Tip::Settled(at),
    }
}

/// The object that a hook stands for: a value that is a lone stub is the same as that stub.
pub(crate) fn object(hook: &Rc<Hook>) -> Rc<Hook> {
    let mut at = hook.clone();
    loop {
        let (Tip::Settled(end) | Tip::Pending(end)) = tip(&at);
        match &*end {
            Hook::Value(held) => match held.value() {
                Value::Stub(stub) => at = stub.hook().clone(),
                _ => return end,
            },
            _ => return end,
        }
    }
}

/// Gives up what is not known, on whose answer nobody is to wait any more.
pub(crate) fn abandon(hook: &Rc<Hook>, reason: &Thrown) {
    if let Hook::Eventual(eventual) = &**hook {
        eventual.abandon(hook, reason);
    }
}

/// How a write to a stream ended.
fn acknowledgement(hook: &Rc<Hook>) -> Result<(), Thrown> {
    match tip(hook) {
        Tip::Settled(end) => match &*end {
            Hook::Error(thrown, _) => Err(thrown.clone()),
            _ => Ok(()),
        },
        Tip::Pending(_) => Ok(()),
    }
}

/// Whoever went on with its work is gone: those who wait for it look who does now.
pub(crate) fn orphaned(hook: &Hook) {
    if let Some(waiters) = hook.waiters() {
        waiters.stir();
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        match self {
            Self::Target(_) => {}
            Self::Value(held) => held.bury(),
            Self::Error(thrown, _) => {
                if !matches!(thrown.0, Value::Undefined) {
                    turn::bury(std::mem::take(&mut thrown.0));
                }
            }
            Self::Import(import) => import.bury(),
            Self::Eventual(eventual) => eventual.bury(),
        }
    }
}

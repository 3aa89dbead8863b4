//! The end of objects that are elsewhere.

use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::{Hook, Ticket, Tip, Waiter, tip};
use crate::error::Thrown;
use crate::turn;
use crate::value::Value;

/// Ready when an object can no longer be reached. Does not keep it.
pub(crate) struct Broken {
    hook: Weak<Hook>,
    ticket: Option<Ticket>,
}

impl Broken {
    pub(crate) fn new(hook: &Rc<Hook>) -> Self {
        Self { hook: Rc::downgrade(hook), ticket: None }
    }
}

impl Future for Broken {
    type Output = Thrown;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Thrown> {
        turn::run();
        self.ticket = None;
        let Some(mut at) = self.hook.upgrade() else { return Poll::Pending };
        loop {
            let (Tip::Settled(end) | Tip::Pending(end)) = tip(&at);
            at = match &*end {
                Hook::Error(thrown, _) => return Poll::Ready(thrown.clone()),
                Hook::Value(held) => match held.value() {
                    Value::Stub(stub) => stub.hook().clone(),
                    _ => return Poll::Pending,
                },
                _ => {
                    self.ticket = Ticket::take(&end, Waiter::Program(context.waker().clone()));
                    return Poll::Pending;
                }
            };
        }
    }
}

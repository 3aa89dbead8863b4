//! Streams between a session's sides.

use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::Inner;
use crate::error::Thrown;
use crate::exchange::Payload;
use crate::hook::{Ask, Hook, Request, Ticket, Waiter};
use crate::stream::{Acknowledged, Channel, Writable};
use crate::target::Key;
use crate::turn;
use crate::value::Value;

/// A stream of the peer's, to write to. Its window is never more than a peer with the same limits holds for a reader
/// that does not read.
pub(super) fn outlet(session: &Rc<Inner>, hook: Rc<Hook>) -> Writable {
    let most = session.driver.limits().held_bytes / 8;
    Writable::remote(Rc::new(Outlet { session: Rc::downgrade(session), hook }), session.clock.clone(), most)
}

/// What the peer calls to write to a stream here.
pub(super) fn inlet(session: &Rc<Inner>, writable: &Writable) -> Rc<Hook> {
    Hook::target(Rc::new(writable.served(&session.driver.custody)))
}

struct Outlet {
    session: Weak<Inner>,
    hook: Rc<Hook>,
}

impl Channel for Outlet {
    fn send(&self, method: &'static str, arguments: Vec<Value>, acknowledged: Acknowledged) -> Result<usize, Thrown> {
        let promises = arguments.len();
        let ask = Ask::Call(Payload { value: Value::Array(arguments), promises });
        let request = Request { path: vec![Key::Name(method.to_owned())], ask, origin: None };
        let Hook::Import(import) = &*self.hook else { return Err(super::gone().into()) };
        let (answer, size) = import.stream(request)?;
        if let Some(ticket) = Ticket::take(&answer, Waiter::Stream(answer.clone(), acknowledged)) {
            ticket.keep();
        }
        turn::run();
        Ok(size)
    }

    fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        match self.session.upgrade() {
            Some(session) if !session.is_over() => session.driver.poll_room(context),
            _ => Poll::Ready(()),
        }
    }
}

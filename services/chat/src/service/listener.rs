//! Tells a listener what happens: one call at a time, and what came meanwhile with the next.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use capnp::ErrorKind;
use capos_schema::chat_capnp::{chat_listener, chat_subscription};
use tokio::task::AbortHandle;

use super::Seated;
use crate::encode;
use crate::mailbox::Batch;

/// The one subscription of a seat, if there is one.
#[derive(Default)]
pub(super) struct Listening {
    current: RefCell<Option<Telling>>,
    begun: std::cell::Cell<u64>,
}

struct Telling {
    number: u64,
    task: AbortHandle,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a subscriber holds. Dropped, it ends the subscription, unless another took its place.
pub(super) struct Subscription {
    seat: Rc<Seated>,
    number: u64,
}

impl chat_subscription::Server for Subscription {}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.seat.end(self.number);
    }
}

/// Begins to tell a listener, in place of any other.
pub(super) fn subscribe(seat: &Rc<Seated>, listener: chat_listener::Client) -> Subscription {
    let number = seat.listening.begun.get() + 1;
    seat.listening.begun.set(number);
    seat.sitting.act(|hall, seat, _| hall.set_listening(seat, true));
    let task = tokio::task::spawn_local(tell_on(Rc::downgrade(seat), number, listener)).abort_handle();
    seat.listening.current.replace(Some(Telling { number, task }));
    Subscription { seat: seat.clone(), number }
}

impl Seated {
    fn end(&self, number: u64) {
        let mut current = self.listening.current.borrow_mut();
        if current.as_ref().is_some_and(|telling| telling.number == number) {
            *current = None;
            self.sitting.act(|hall, seat, _| hall.set_listening(seat, false));
        }
    }
}

/// Tells until the listener fails. Being slow harms nobody: its events wait, and the oldest are dropped.
async fn tell_on(seat: Weak<Seated>, number: u64, listener: chat_listener::Client) {
    let Some(bell) = seat.upgrade().map(|seat| seat.sitting.bell.clone()) else { return };
    loop {
        let Some(batch) = seat.upgrade().map(|seat| seat.sitting.act(|hall, seat, _| hall.take_batch(seat))) else {
            return;
        };
        if batch.is_empty() {
            bell.notified().await;
        } else if tell(&seat, &listener, &batch).await.is_err() {
            break;
        }
    }
    if let Some(seat) = seat.upgrade() {
        seat.end(number);
    }
}

/// Tells one batch. Whoever is only busy, or out of its share for a moment, is asked again.
async fn tell(seat: &Weak<Seated>, listener: &chat_listener::Client, batch: &Batch) -> Result<(), capnp::Error> {
    let mut tries = 0;
    loop {
        let outcome = call(listener, batch).await;
        let Err(error) = outcome else { return Ok(()) };
        let limits = seat.upgrade().map(|seat| seat.sitting.act(|hall, _, _| hall.limits().clone()));
        tries += 1;
        match limits {
            Some(limits) if error.kind == ErrorKind::Overloaded && tries < limits.listener_tries => {
                tokio::time::sleep(Duration::from_millis(limits.listener_retry_ms)).await;
            }
            _ => return Err(error),
        }
    }
}

async fn call(listener: &chat_listener::Client, batch: &Batch) -> Result<(), capnp::Error> {
    let mut request = listener.events_request();
    let mut told = request.get();
    told.set_missed(batch.missed);
    encode::events(&batch.events, told.init_events(encode::count(batch.events.len())));
    request.send().promise.await.map(drop)
}

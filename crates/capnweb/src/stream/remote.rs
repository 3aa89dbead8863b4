//! Writing to a stream of the peer's. Writes are sent ahead of their acknowledgements, as far as the window goes.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use super::channel::{Acknowledged, Channel};
use super::clock::Clock;
use super::ticket::{Done, Ticket};
use super::window::Window;
use super::writable::{Sink, closed};
use crate::error::Thrown;
use crate::value::Value;

/// A stream of the peer's.
pub(super) struct Remote(RefCell<State>);

struct State {
    /// Until it is closed, aborted, or failed.
    channel: Option<Rc<dyn Channel>>,
    window: Window,
    failure: Option<Thrown>,
    /// The one write that waits, and the pump that waits for a failure.
    waiting: Vec<Waker>,
}

/// The sink of such a stream.
pub(super) struct RemoteSink(pub(super) Rc<Remote>);

impl Remote {
    pub(super) fn new(channel: Rc<dyn Channel>, clock: Clock, most: usize) -> Rc<Self> {
        let window = Window::new(clock, most);
        Rc::new(Self(RefCell::new(State { channel: Some(channel), window, failure: None, waiting: Vec::new() })))
    }

    /// Ready when a write has failed, even if no other follows.
    pub(super) fn poll_failed(&self, context: &mut Context<'_>) -> Poll<Thrown> {
        let state = &mut *self.0.borrow_mut();
        state.failure.clone().map_or_else(|| state.wait(context), Poll::Ready)
    }

    /// Ready when everything that was written is acknowledged, or a write has failed.
    pub(super) fn poll_acknowledged(&self, context: &mut Context<'_>) -> Poll<Done> {
        let state = &mut *self.0.borrow_mut();
        state.poll_until(context, |window| window.in_flight() == 0)
    }

    async fn write(self: Rc<Self>, chunk: Value) -> Done {
        std::future::poll_fn(|context| self.poll_room(context)).await?;
        self.send(chunk)?;
        std::future::poll_fn(|context| self.0.borrow_mut().poll_until(context, |window| !window.is_full())).await
    }

    fn poll_room(&self, context: &mut Context<'_>) -> Poll<Done> {
        let channel = self.0.borrow().open_channel()?;
        channel.poll_room(context).map(Ok)
    }

    fn send(self: &Rc<Self>, chunk: Value) -> Done {
        let channel = self.0.borrow().open_channel()?;
        // The size is known when the message is written, which is before the acknowledgement.
        let sent = Rc::new(RefCell::new(None));
        let acknowledged = acknowledge(Rc::downgrade(self), sent.clone());
        let size = channel.send("write", vec![chunk], acknowledged)?;
        *sent.borrow_mut() = Some(self.0.borrow_mut().window.send(size));
        Ok(())
    }

    fn fail(&self, reason: Thrown) {
        let (channel, waiting) = {
            let state = &mut *self.0.borrow_mut();
            state.failure.get_or_insert(reason.brief());
            (state.channel.take(), std::mem::take(&mut state.waiting))
        };
        waiting.into_iter().for_each(Waker::wake);
        drop(channel);
    }

    /// Nobody writes any more. The peer aborts what is released without a close.
    pub(super) fn release(&self, reason: &Thrown) {
        self.fail(reason.clone());
    }

    async fn close(self: Rc<Self>) -> Done {
        // A write that fails makes the close fail too, so nothing is waited for before it is sent.
        let channel = self.0.borrow_mut().take_channel()?;
        let (settler, closed) = Ticket::pair(None);
        channel.send("close", Vec::new(), Box::new(move |done| settler.settle(done)))?;
        let done = closed.await;
        drop(channel);
        let failure = self.0.borrow().failure.clone();
        failure.map_or(done, Err)
    }

    pub(super) fn abort(&self, reason: Thrown) {
        let Ok(channel) = self.0.borrow_mut().take_channel() else { return };
        let kept = channel.clone();
        // The import is released when the abort is answered. Where it cannot be sent, the release itself aborts.
        let _ = channel.send("abort", vec![reason.0.clone()], Box::new(move |_| drop(kept)));
        self.fail(reason);
    }
}

/// What is done when a write is answered. It does not keep the stream.
fn acknowledge(remote: Weak<Remote>, sent: Rc<RefCell<Option<super::window::Sent>>>) -> Acknowledged {
    Box::new(move |done| {
        let Some((remote, sent)) = remote.upgrade().zip(sent.borrow_mut().take()) else { return };
        match done {
            Ok(()) => {
                let waiting = {
                    let state = &mut *remote.0.borrow_mut();
                    state.window.acknowledge(&sent);
                    std::mem::take(&mut state.waiting)
                };
                waiting.into_iter().for_each(Waker::wake);
            }
            Err(reason) => {
                remote.0.borrow_mut().window.fail(&sent);
                remote.fail(reason);
            }
        }
    })
}

impl State {
    fn open_channel(&self) -> Result<Rc<dyn Channel>, Thrown> {
        self.channel.clone().ok_or_else(|| self.refusal())
    }

    fn take_channel(&mut self) -> Result<Rc<dyn Channel>, Thrown> {
        let refusal = self.refusal();
        self.channel.take().ok_or(refusal)
    }

    fn refusal(&self) -> Thrown {
        self.failure.clone().unwrap_or_else(closed)
    }

    fn poll_until(&mut self, context: &Context<'_>, enough: impl Fn(&Window) -> bool) -> Poll<Done> {
        if let Some(failure) = &self.failure {
            return Poll::Ready(Err(failure.clone()));
        }
        if enough(&self.window) {
            return Poll::Ready(Ok(()));
        }
        self.wait(context)
    }

    fn wait<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        if !self.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            self.waiting.push(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Sink for RemoteSink {
    fn write(&mut self, chunk: Value) -> Pin<Box<dyn Future<Output = Done>>> {
        Box::pin(self.0.clone().write(chunk))
    }

    fn close(&mut self) -> Pin<Box<dyn Future<Output = Done>>> {
        Box::pin(self.0.clone().close())
    }

    fn abort(&mut self, reason: Thrown) {
        self.0.abort(reason);
    }
}

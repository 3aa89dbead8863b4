//! Output, deadlines, the owner's orders, and the end.

use std::future::Future;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use capnp::Error;
use futures::channel::oneshot;
use tokio::io::ReadBuf;
use tokio::time::{Sleep, sleep_until};

use super::{Core, SharedCore, now, remember, wake};
use crate::account::figure;
use crate::error::Misuse;
use crate::handle::Ending;
use crate::pace::SendPace;

/// Turns of the executor that output waits for more to join it.
const YIELDS: u8 = 2;
/// Slices of one vectored write.
const SLICES: usize = 32;
/// Time in which a peer that was refused may read why; closing with unread input would destroy the reason.
const LINGER: Duration = Duration::from_secs(1);

pub(super) struct Closing {
    until: Instant,
    /// Output is done and the peer was told so.
    finished: bool,
}

/// Drives one connection until it is over.
pub(crate) struct Drive {
    core: SharedCore,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Drive {
    pub(crate) fn new(core: SharedCore) -> Self {
        Self { core, sleep: None }
    }

    /// Sleeps until the next deadline; true where one has just passed.
    fn poll_sleep(&mut self, cx: &mut Context<'_>, core: &mut Core) -> bool {
        let Some(deadline) = core.next_deadline() else {
            return false;
        };
        let due = tokio::time::Instant::from_std(deadline);
        match (&mut self.sleep, core.armed) {
            (Some(_), Some(armed)) if armed <= deadline => {}
            (Some(sleep), _) => sleep.as_mut().reset(due),
            (None, _) => self.sleep = Some(Box::pin(sleep_until(due))),
        }
        core.armed = Some(core.armed.map_or(deadline, |armed| armed.min(deadline)));
        let fired = self.sleep.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready());
        if fired {
            core.armed = None;
        }
        fired
    }
}

impl Future for Drive {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let shared = self.core.clone();
        let mut core = shared.borrow_mut();
        core.control.waker.register(cx.waker());
        core.obey();
        if core.poll_drive(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        remember(&mut core.driver, cx.waker());
        if self.poll_sleep(cx, &mut core) {
            // The receiver looks once more before it calls a frame, or the room for it, late.
            wake(&mut core.receiver);
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Core {
    /// Closes the stream once output is written; the receiver resolves when that is over.
    pub(crate) fn shutdown(&mut self) -> oneshot::Receiver<()> {
        let (closed, over) = oneshot::channel();
        self.closed = Some(closed);
        self.begin_closing();
        over
    }

    pub(super) fn begin_closing(&mut self) {
        if self.closing.is_none() {
            self.closing = Some(Closing { until: now() + self.limits.drain, finished: false });
        }
        wake(&mut self.driver);
    }

    fn obey(&mut self) {
        if let Some(orders) = self.control.changed_orders() {
            self.owner_deadline = orders.deadline;
            if let Some(denial) = orders.abort {
                self.deny(denial);
            } else if orders.close && self.fault.is_none() {
                self.control.ended(Ending::Closed);
                self.fail(Error::disconnected("the connection was closed".to_owned()));
            }
        }
        if self.fault.is_none() && self.owner_deadline.is_some_and(|deadline| now() >= deadline) {
            self.refuse(Misuse::NoSignIn);
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        // Past it once, the time to drain holds.
        let send = self.send_pace.as_ref().filter(|_| self.fault.is_none()).map(|pace| pace.deadline(&self.limits));
        let closing = self.closing.as_ref().map(|closing| closing.until);
        let owner = self.owner_deadline.filter(|_| self.fault.is_none());
        [self.input_deadline(), send, closing, owner].into_iter().flatten().min()
    }

    fn poll_drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.stream.is_none() {
            return Poll::Ready(());
        }
        if self.closing.is_none() {
            if self.may_write(cx) {
                let _ = self.poll_write(cx);
            }
            return Poll::Pending;
        }
        let over = self.poll_close(cx).is_ready();
        if over || self.closing.as_ref().is_some_and(|closing| now() >= closing.until) {
            self.end();
            return Poll::Ready(());
        }
        Poll::Pending
    }

    /// Whether to write now, rather than let more output join.
    fn may_write(&mut self, cx: &Context<'_>) -> bool {
        if self.outbox.is_empty() {
            return self.unflushed;
        }
        let full = self.outbox.bytes() >= self.limits.flush_bytes;
        if self.send_pace.is_some() || self.fault.is_some() || full || self.prompt {
            return true;
        }
        if self.waiting.is_none() && self.decoder.has_more() {
            return false;
        }
        // With nothing open on either side nobody is about to add to it.
        let alone = self.ledger.open_answers() == 0 && self.ledger.open_questions() == 0;
        if !alone && self.yields < YIELDS {
            self.yields += 1;
            cx.waker().wake_by_ref();
            return false;
        }
        true
    }

    /// Writes all there is; pending where the peer has to read first.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.yields = 0;
        while !self.outbox.is_empty() {
            match self.poll_write_once(cx) {
                Poll::Ready(Ok(count)) if count > 0 => self.wrote(count),
                Poll::Ready(_) => {
                    self.lose();
                    return Poll::Ready(());
                }
                Poll::Pending => {
                    let now = now();
                    let pace = self.send_pace.get_or_insert_with(|| SendPace::new(now));
                    if now >= pace.deadline(&self.limits) {
                        self.refuse(Misuse::Unread);
                    }
                    self.publish();
                    return Poll::Pending;
                }
            }
        }
        self.send_pace = None;
        self.prompt = false;
        self.publish();
        self.poll_flush(cx)
    }

    fn poll_write_once(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<usize>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Ok(0));
        };
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut count = 0;
        for (slot, slice) in slices.iter_mut().zip(self.outbox.slices()) {
            *slot = slice;
            count += 1;
        }
        let slices = slices.get(..count).unwrap_or_default();
        match slices {
            [one] => stream.as_mut().poll_write(cx, one),
            many => stream.as_mut().poll_write_vectored(cx, many),
        }
    }

    fn wrote(&mut self, count: usize) {
        self.outbox.wrote(count);
        self.unflushed = true;
        self.figures.writes += 1;
        self.figures.bytes_out += figure(count);
        if let Some(pace) = &mut self.send_pace {
            pace.wrote(count, now());
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let (true, Some(stream)) = (self.unflushed, &mut self.stream) {
            let outcome = ready!(stream.as_mut().poll_flush(cx));
            self.unflushed = false;
            if outcome.is_err() {
                self.lose();
            }
        }
        Poll::Ready(())
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.poll_write(cx));
        let (Some(stream), Some(closing)) = (&mut self.stream, &mut self.closing) else {
            return Poll::Ready(());
        };
        if !closing.finished {
            let outcome = ready!(stream.as_mut().poll_shutdown(cx));
            closing.finished = true;
            closing.until = closing.until.min(now() + LINGER);
            if outcome.is_err() || self.denial.is_none() {
                return Poll::Ready(());
            }
        }
        let mut scratch = [0; 4096];
        loop {
            let mut space = ReadBuf::new(&mut scratch);
            let outcome = ready!(stream.as_mut().poll_read(cx, &mut space));
            if outcome.is_err() || space.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    }

    fn end(&mut self) {
        self.stream = None;
        self.outbox.clear();
        self.publish();
        if let Some(closed) = self.closed.take() {
            let _ = closed.send(());
        }
    }
}

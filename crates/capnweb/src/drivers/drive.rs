//! Carries a session over any way that has messages.
//!
//! One turn reads everything that has come, lets the session work, and sends everything there is in one write.
//! Reading is never made to wait for writing as long as the peer takes what it is sent: two peers that both wait for
//! the other to read would wait for ever.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep};

use super::{Ended, Timing};
use crate::error::{Error, Thrown};
use crate::session::{Session, Slice};

/// Messages of a turn, after which other tasks of the thread have theirs.
const TURN: usize = 256;

/// What the peer did.
pub(super) enum Heard {
    /// It sent a message, which the session has got.
    Message,
    /// It sends nothing more.
    End(Ended),
}

/// A way to a peer.
pub(super) trait Way: Unpin {
    /// Gives the session the next message. Pending without a message; it then wakes the context.
    fn poll_receive(&mut self, context: &mut Context<'_>, session: &Session) -> Poll<Heard>;

    /// Keeps a message to be sent.
    fn send(&mut self, message: String);

    /// Sends what is kept.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>>;

    /// Bytes kept that the system has not taken.
    fn unsent(&self) -> usize;

    /// Bytes that went either way, to see whether anything moves.
    fn traffic(&self) -> Traffic;

    /// Asks the peer for a sign of life; whether this way can.
    fn ping(&mut self) -> bool;

    /// Says that this side ends.
    fn close(&mut self, reason: &Thrown);

    /// Waits for the peer to have taken everything and to end as well.
    fn poll_closed(&mut self, context: &mut Context<'_>) -> Poll<()>;
}

/// Bytes that went either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traffic {
    pub(super) read: u64,
    pub(super) written: u64,
}

/// What a server does with a peer that does not read: it stops reading too. A client goes on reading, so that one of
/// them always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Server,
    Client,
}

/// A session on its way.
pub(super) struct Drive<W: Way> {
    way: W,
    session: Session,
    timing: Timing,
    role: Role,
    stalled: Option<Stalled>,
    ping: Pin<Box<Sleep>>,
    /// What had been read when the peer was last looked at, and whether it has been asked for a sign of life since.
    looked: (u64, bool),
    closing: Option<Closing>,
}

/// The peer takes nothing.
struct Stalled {
    written: u64,
    until: Pin<Box<Sleep>>,
}

/// The session has ended, or the way.
struct Closing {
    why: Ended,
    until: Pin<Box<Sleep>>,
}

impl<W: Way> Drive<W> {
    pub(super) fn new(way: W, session: Session, timing: Timing, role: Role) -> Self {
        let timing = Timing { ping: timing.ping.max(Duration::from_millis(1)), ..timing };
        let ping = Box::pin(sleep(timing.ping));
        Self { way, session, timing, role, stalled: None, ping, looked: (0, false), closing: None }
    }

    /// Whether so much is kept for the peer that nothing more is taken out of the session, whose own bound then holds.
    fn is_full(&self) -> bool {
        self.way.unsent() > self.session.limits().held_bytes / 2
    }

    /// One turn of reading, working and writing: whether there may be more to do at once.
    fn turn(&mut self, context: &mut Context<'_>) -> Result<bool, Ended> {
        let (was_full, slice) = (self.is_full(), self.session.slice());
        let (heard, end) = self.read(context, slice);
        let worked = self.work(context, slice);
        let held_back = was_full || self.is_full();
        let flushed = self.write(context);
        match end {
            Some(end) => Err(end),
            None => flushed.map(|()| heard || worked || (held_back && !self.is_full())),
        }
    }

    /// Reads what has come: whether there may be more, and whether that was all there will ever be.
    fn read(&mut self, context: &mut Context<'_>, slice: Slice) -> (bool, Option<Ended>) {
        if self.role == Role::Server && self.is_full() {
            return (false, None);
        }
        for _ in 0..TURN {
            if self.session.is_waiting() {
                return (false, None);
            }
            if self.session.is_over(slice) || (!self.session.wants_input() && !self.is_full()) {
                return (true, None);
            }
            match self.way.poll_receive(context, &self.session) {
                Poll::Pending => return (false, None),
                Poll::Ready(Heard::End(end)) => return (false, Some(end)),
                Poll::Ready(Heard::Message) if self.session.ended().is_some() => return (true, None),
                Poll::Ready(Heard::Message) => {}
            }
        }
        (true, None)
    }

    /// Lets the session work and takes what it has to say: whether there may be more.
    fn work(&mut self, context: &mut Context<'_>, slice: Slice) -> bool {
        for _ in 0..TURN {
            let (polled, more) = self.session.poll_some(context);
            self.take();
            if more {
                break;
            }
            if polled.is_pending() || self.is_full() || self.session.ended().is_some() {
                return false;
            }
            if self.session.is_over(slice) {
                break;
            }
        }
        true
    }

    fn take(&mut self) {
        while !self.is_full() || self.session.ended().is_some() {
            let Some(message) = self.session.next_message() else { break };
            self.way.send(message);
        }
    }

    /// Sends what there is. A peer that takes nothing for too long is given up.
    fn write(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        match self.way.poll_flush(context) {
            Poll::Ready(Ok(())) => self.stalled = None,
            Poll::Ready(Err(error)) => return Err(Ended::Lost(error)),
            Poll::Pending => return self.watch_stalled(context),
        }
        Ok(())
    }

    fn watch_stalled(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        let (written, patience) = (self.way.traffic().written, self.timing.send);
        let stalled = self.stalled.get_or_insert_with(|| Stalled { written, until: Box::pin(sleep(patience)) });
        if stalled.written != written {
            stalled.written = written;
            stalled.until.as_mut().reset(Instant::now() + patience);
        }
        match stalled.until.as_mut().poll(context) {
            Poll::Ready(()) => Err(Ended::Lost(Error::new("Error", "The peer does not read."))),
            Poll::Pending => Ok(()),
        }
    }

    /// Asks a silent peer for a sign of life, and gives it up without one.
    fn watch_silent(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        while self.ping.as_mut().poll(context).is_ready() {
            let read = self.way.traffic().read;
            // What this side does not listen to is no silence.
            let silent = self.looked.0 == read && self.stalled.is_none() && !self.session.is_in_reprieve();
            if silent && self.looked.1 {
                return Err(Ended::Lost(Error::new("Error", "The peer gives no sign of life.")));
            }
            self.looked = (read, silent && self.way.ping());
            self.write(context)?;
            self.ping.as_mut().reset(Instant::now() + self.timing.ping);
        }
        Ok(())
    }

    fn poll_live(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        let more = match self.turn(context).and_then(|more| self.watch_silent(context).map(|()| more)) {
            Err(end) => return Poll::Ready(end),
            Ok(more) => more,
        };
        if let Some(reason) = self.session.ended() {
            return Poll::Ready(Ended::Session(reason));
        }
        if more {
            give_way(context);
        }
        Poll::Pending
    }

    /// Tells the session that the way has ended, or the peer that the session has.
    fn begin_close(&mut self, why: Ended) {
        match &why {
            Ended::Session(reason) => {
                self.take();
                self.way.close(reason);
            }
            Ended::Closed(error) | Ended::Lost(error) => self.session.disconnected(error.clone()),
        }
        self.closing = Some(Closing { why, until: Box::pin(sleep(self.timing.close)) });
    }
}

/// Wakes the task when the others of its thread have had their turn, those included whom the system has something for:
/// a task that is woken at once is polled many times before a runtime asks the system.
pub(super) fn give_way(context: &mut Context<'_>) {
    let mut turn = pin!(yield_now());
    // It is woken by having asked; nobody waits for the answer.
    let _ = turn.as_mut().poll(context);
}

impl<W: Way> Future for Drive<W> {
    type Output = Ended;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ended> {
        let this = self.get_mut();
        if this.closing.is_none() {
            match this.poll_live(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(why) => this.begin_close(why),
            }
        }
        let Some(closing) = &mut this.closing else { return Poll::Pending };
        let gone = matches!(closing.why, Ended::Lost(_)) || this.way.poll_closed(context).is_ready();
        if gone || closing.until.as_mut().poll(context).is_ready() {
            return Poll::Ready(closing.why.clone());
        }
        Poll::Pending
    }
}

impl<W: Way> Drop for Drive<W> {
    fn drop(&mut self) {
        self.session.disconnected(Error::new("Error", "The connection was given up."));
    }
}

//! One end of a link as tokio sees it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::SharedLane;
use super::lane::{Ending, Room, Supply};

/// One end of a [`super::Link`]: reads what the other end writes. Dropping it closes both directions.
#[derive(Debug)]
pub struct End {
    incoming: SharedLane,
    outgoing: SharedLane,
    /// Wakes the reader when delayed bytes are due.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl End {
    pub(super) fn new(incoming: SharedLane, outgoing: SharedLane) -> Self {
        Self { incoming, outgoing, alarm: None }
    }

    fn supply(&self, wanted: usize, context: &Context<'_>) -> Supply {
        let mut lane = self.incoming.lock();
        let supply = lane.read(wanted, Instant::now());
        if matches!(supply, Supply::Wait(_)) {
            lane.reader = Some(context.waker().clone());
        }
        supply
    }

    /// Ready when the time has come.
    fn poll_alarm(&mut self, at: Instant, context: &mut Context<'_>) -> Poll<()> {
        let alarm = match &mut self.alarm {
            Some(alarm) if alarm.deadline() == at => alarm,
            alarm => alarm.insert(Box::pin(sleep_until(at))),
        };
        let outcome = alarm.as_mut().poll(context);
        if outcome.is_ready() {
            self.alarm = None;
        }
        outcome
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            match self.supply(buffer.remaining(), context) {
                Supply::Bytes(bytes) => {
                    buffer.put_slice(&bytes);
                    return Poll::Ready(Ok(()));
                }
                Supply::End => return Poll::Ready(Ok(())),
                Supply::Reset => return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
                Supply::Wait(None) => return Poll::Pending,
                Supply::Wait(Some(at)) => std::task::ready!(self.poll_alarm(at, context)),
            }
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut lane = self.outgoing.lock();
        match lane.write(bytes, Instant::now()) {
            Room::Taken(count) => Poll::Ready(Ok(count)),
            Room::Broken => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Room::Full => {
                lane.writer = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut lane = self.outgoing.lock();
        lane.end(Ending::Closed);
        lane.wake_both();
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        for lane in [&self.incoming, &self.outgoing] {
            let mut lane = lane.lock();
            lane.end(Ending::Closed);
            lane.wake_both();
        }
    }
}

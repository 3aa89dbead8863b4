//! A whole session in one request and one answer of HTTP.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use futures::{Stream, stream};
use tokio::time::timeout;

use super::Timing;
use super::drive::give_way;
use crate::error::Error;
use crate::session::Session;

/// What a batch is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchReply {
    /// 200, or 400 where the batch broke the protocol or a bound.
    pub status: u16,
    /// Messages, one a line, without an end after the last.
    pub body: String,
}

/// Lets a session of its own answer a batch: messages, one a line. Done when no call waits for its answer.
///
/// What is not answered in [`Timing::batch`] is not answered: a last line then aborts the session. Calls back to the
/// client are never answered, as it has said everything it will say.
pub async fn batch(body: &[u8], session: Session, timing: Timing) -> BatchReply {
    let whole = Ok::<_, Infallible>(Bytes::copy_from_slice(body));
    match batch_from(stream::iter([whole]), session, timing).await {
        Ok(reply) => reply,
        Err(never) => match never {},
    }
}

/// The same for a body that comes piece by piece. What the session has no room for yet is left where it comes from, so
/// that a batch never takes more than a message may, beside its answer.
///
/// [`Timing::batch`] begins anew when all of it has come.
///
/// # Errors
/// When the body fails.
pub async fn batch_from<E>(
    body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    session: Session,
    timing: Timing,
) -> Result<BatchReply, E> {
    let mut run = Run { session, body, coming: BytesMut::new(), looked: 0, answer: String::new() };
    let mut done = true;
    match timeout(timing.batch, poll_fn(|context| run.poll_read(context))).await {
        Ok(read) => read?,
        Err(_) => done = false,
    }
    done = done && timeout(timing.batch, poll_fn(|context| run.poll_idle(context))).await.is_ok();
    let broken = run.session.ended().is_some();
    if !done {
        run.session.abort(Error::new("Error", "The batch took too long."));
    }
    run.take();
    Ok(BatchReply { status: if broken { 400 } else { 200 }, body: std::mem::take(&mut run.answer) })
}

struct Run<B> {
    session: Session,
    body: B,
    /// What has come and is no line yet, and how much of it has no end of a line.
    coming: BytesMut,
    looked: usize,
    answer: String,
}

impl<B, E> Run<B>
where
    B: Stream<Item = Result<Bytes, E>> + Unpin,
{
    /// One turn of reading and working, after which other tasks of the thread have theirs. Ready when all was read.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        let slice = self.session.slice();
        loop {
            if self.session.ended().is_some() {
                return Poll::Ready(Ok(()));
            }
            if self.session.is_over(slice) {
                give_way(context);
                return Poll::Pending;
            }
            if self.session.is_waiting() {
                return self.work(context);
            }
            if let Some(line) = self.take_line() {
                self.hear(&line);
                continue;
            }
            if self.coming.len() > self.session.widest_limits().message_bytes {
                self.session.too_long();
                continue;
            }
            if self.coming.len() > self.session.limits().message_bytes {
                return self.work(context);
            }
            match Pin::new(&mut self.body).poll_next(context) {
                Poll::Ready(Some(piece)) => self.coming.extend_from_slice(&piece?),
                Poll::Ready(None) if self.coming.is_empty() => return Poll::Ready(Ok(())),
                Poll::Ready(None) => {
                    let last = std::mem::take(&mut self.coming);
                    self.hear(&last);
                }
                Poll::Pending => return self.work(context),
            }
        }
    }

    /// Lets the session work while nothing more can be read.
    fn work(&mut self, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        let was_waiting = self.is_held_up();
        // Whether all is answered is of interest when all was read.
        let _ = self.poll_idle(context);
        if self.session.ended().is_some() || (was_waiting && !self.is_held_up()) {
            give_way(context);
        }
        Poll::Pending
    }

    /// Whether nothing is read before the session's bounds are others.
    fn is_held_up(&self) -> bool {
        self.session.is_waiting() || self.coming.len() > self.session.limits().message_bytes
    }

    /// The next line that has come, without its end. Blanks before it are nobody's.
    fn take_line(&mut self) -> Option<BytesMut> {
        if self.looked == 0 {
            let blank = self.coming.len() - self.coming.trim_ascii_start().len();
            self.coming.advance(blank);
        }
        let fresh = self.coming.get(self.looked..).unwrap_or_default();
        let Some(at) = fresh.iter().position(|byte| *byte == b'\n') else {
            self.looked = self.coming.len();
            return None;
        };
        let line = self.coming.split_to(self.looked + at);
        self.looked = 0;
        Some(line)
    }

    fn hear(&self, line: &[u8]) {
        match std::str::from_utf8(line) {
            // Whether it has ended is looked at next.
            Ok(text) => drop(self.session.receive(text)),
            Err(_) => self.session.abort(Error::type_error("A batch is no UTF-8.")),
        }
    }
}

impl<B> Run<B> {
    fn poll_idle(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let (polled, more) = self.session.poll_some(context);
            self.take();
            if self.session.ended().is_some() {
                return Poll::Ready(());
            }
            if more {
                give_way(context);
                return Poll::Pending;
            }
            if polled.is_pending() {
                return if self.session.is_idle() { Poll::Ready(()) } else { Poll::Pending };
            }
        }
    }

    fn take(&mut self) {
        let most = self.session.limits().held_bytes;
        while let Some(message) = self.session.next_message() {
            if !self.answer.is_empty() {
                self.answer.push('\n');
            }
            self.answer.push_str(&message);
            if self.answer.len() > most {
                self.session.abort(Error::range_error("The answer of a batch is too long."));
            }
        }
    }
}

impl<B> Drop for Run<B> {
    fn drop(&mut self) {
        self.session.disconnected(Error::new("Error", "The batch has ended."));
    }
}

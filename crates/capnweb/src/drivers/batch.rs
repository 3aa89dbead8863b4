//! A whole session in one request and one answer of HTTP.

use std::future::poll_fn;
use std::task::{Context, Poll};

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
    let mut run = Run { session, body: String::new() };
    let mut lines = std::str::from_utf8(body).unwrap_or_else(|_| {
        run.session.abort(Error::type_error("A batch is no UTF-8."));
        ""
    });
    let done = timeout(timing.batch, poll_fn(|context| run.poll_answered(&mut lines, context))).await.is_ok();
    let broken = run.session.ended().is_some();
    if !done {
        run.session.abort(Error::new("Error", "The batch took too long."));
    }
    run.take();
    BatchReply { status: if broken { 400 } else { 200 }, body: std::mem::take(&mut run.body) }
}

struct Run {
    session: Session,
    body: String,
}

impl Run {
    /// One turn of reading and working, after which other tasks of the thread have theirs.
    fn poll_answered(&mut self, lines: &mut &str, context: &mut Context<'_>) -> Poll<()> {
        let slice = self.session.slice();
        while !lines.is_empty() && self.session.ended().is_none() {
            if self.session.is_over(slice) {
                give_way(context);
                return Poll::Pending;
            }
            let (line, rest) = lines.split_once('\n').unwrap_or((lines, ""));
            *lines = rest;
            if !line.trim_ascii().is_empty() {
                // Whether it has ended is looked at next.
                let _ = self.session.receive(line);
            }
        }
        self.poll_idle(context)
    }

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
            if !self.body.is_empty() {
                self.body.push('\n');
            }
            self.body.push_str(&message);
            if self.body.len() > most {
                self.session.abort(Error::range_error("The answer of a batch is too long."));
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.session.disconnected(Error::new("Error", "The batch has ended."));
    }
}

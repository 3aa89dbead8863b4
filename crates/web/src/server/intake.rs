//! What stands between a connection and `hyper`: it passes heads on one by one, each whole and within bounds, and holds
//! reading and writing to their deadlines.
//!
//! `hyper` has bounds and deadlines of its own, which say nothing when they are reached, or nothing clear; they stay as
//! they are for what this leaves to it.

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::server::exchange::{Exchange, Phase};
use crate::server::figures::Figures;
use crate::server::head::{Follows, Head, Scan};
use crate::server::limits::Limits;
use crate::server::refusal::Refusal;
use crate::server::stream::{Stream, give};

/// Bytes asked for at once.
const CHUNK: usize = 8 << 10;

pub(crate) struct Intake {
    stream: Stream,
    limits: Arc<Limits>,
    exchange: Arc<Exchange>,
    figures: Arc<Figures>,
    /// What has come and was not passed on.
    came: BytesMut,
    /// Of this, what may be.
    passing: usize,
    stage: Stage,
    /// By when the next head is to be there, or its first byte.
    until: Pin<Box<Sleep>>,
    sending: Option<Pin<Box<Sleep>>>,
    /// Who wants to read once the answer is out.
    reader: Option<Waker>,
    refusal: Option<Bytes>,
}

enum Stage {
    Head(Scan),
    Body(u64),
    /// As it comes, until the end.
    Through,
    /// Nothing more.
    Over,
    /// Nothing more, and what comes all the same is dropped.
    Lingering,
}

impl Intake {
    pub(crate) fn new(
        stream: Stream,
        until: Instant,
        limits: Arc<Limits>,
        exchange: Arc<Exchange>,
        figures: Arc<Figures>,
    ) -> Self {
        Self {
            stream,
            limits,
            exchange,
            figures,
            came: BytesMut::new(),
            passing: 0,
            stage: Stage::Head(Scan::new()),
            until: Box::pin(sleep_until(until)),
            sending: None,
            reader: None,
            refusal: None,
        }
    }

    /// The connection, and what has come on it already.
    pub(crate) fn into_parts(self) -> (Stream, Bytes) {
        (self.stream, self.came.freeze())
    }

    /// Reads what is there, at most to that many bytes in all. Ready with false at the end of the stream.
    fn fill(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<io::Result<bool>> {
        let room = most.saturating_sub(self.came.len()).min(CHUNK);
        if room == 0 {
            return Poll::Pending;
        }
        let mut chunk = [0; CHUNK];
        let mut space = ReadBuf::new(chunk.get_mut(..room).unwrap_or_default());
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut space))?;
        self.came.extend_from_slice(space.filled());
        Poll::Ready(Ok(!space.filled().is_empty()))
    }

    /// Ready when there is something to pass on, or with false at the end.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.exchange.phase() != Phase::Idle {
            return self.poll_meanwhile(cx);
        }
        loop {
            if self.refusal.is_some() {
                return self.poll_refuse(cx);
            }
            match self.look() {
                Ok(true) => return Poll::Ready(Ok(true)),
                Ok(false) => {}
                Err(refusal) => {
                    self.refuse(refusal);
                    continue;
                }
            }
            let had_begun = !self.came.is_empty();
            match self.fill(cx, self.limits.head_bytes + CHUNK) {
                Poll::Ready(Ok(true)) if had_begun => {}
                Poll::Ready(Ok(true)) => self.begin_head(),
                Poll::Ready(outcome) => return Poll::Ready(outcome),
                Poll::Pending => {
                    ready!(self.until.as_mut().poll(cx));
                    // Who has said nothing is told nothing: it may have rested, or be no client at all.
                    if !had_begun {
                        return Poll::Ready(Ok(false));
                    }
                    self.refuse(Refusal::TOO_SLOW);
                }
            }
        }
    }

    /// While an answer is under way the next request waits; that the client has gone is noticed all the same.
    fn poll_meanwhile(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.reader = Some(cx.waker().clone());
        while ready!(self.fill(cx, self.limits.head_bytes))? {}
        Poll::Ready(Ok(false))
    }

    /// True where a head is whole.
    fn look(&mut self) -> Result<bool, Refusal> {
        let Stage::Head(scan) = &mut self.stage else { return Ok(true) };
        let Some(Head { bytes, follows }) = scan.look(&self.came, &self.limits)? else { return Ok(false) };
        self.passing = bytes;
        self.exchange.enter(Phase::Asked);
        self.figures.requests.add();
        self.stage = match follows {
            Follows::Body(length) => Stage::Body(length),
            Follows::Anything => {
                // Nobody knows here where another head begins, so there is none: it would be held to no bound.
                self.exchange.make_last();
                Stage::Through
            }
        };
        Ok(true)
    }

    /// The first byte of a head has come. That of the first one counts from the connection on.
    fn begin_head(&mut self) {
        let by = Instant::now() + self.limits.head_time;
        if self.until.deadline() > by {
            self.until.as_mut().reset(by);
        }
    }

    /// The body is over: what comes next is a head.
    fn rest(&mut self) {
        self.stage = Stage::Head(Scan::new());
        if self.came.is_empty() {
            // A connection that rests holds no memory for what it has sent.
            self.came = BytesMut::new();
        }
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.figures.refused.add();
        self.refusal = Some(refusal.last_words());
        // To a client that takes nothing it is not said for ever.
        self.until.as_mut().reset(Instant::now() + self.limits.head_time);
    }

    /// Says why, and ends.
    fn poll_refuse(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        while let Some(words) = self.refusal.as_mut().filter(|words| words.has_remaining()) {
            if self.until.as_mut().poll(cx).is_ready() {
                break;
            }
            let count = ready!(Pin::new(&mut self.stream).poll_write(cx, words))?;
            if count == 0 {
                break;
            }
            words.advance(count);
        }
        self.stage = Stage::Over;
        Pin::new(&mut self.stream).poll_flush(cx).map_ok(|()| false)
    }

    /// Refuses in the words of this listener where `hyper`, which cannot read a request, does it in its own: nobody has
    /// been asked for an answer then. What it says to have a body come stays as it is.
    fn poll_instead(&mut self, cx: &mut Context<'_>, words: &[u8]) -> Option<Poll<io::Result<()>>> {
        const CONTINUE: &[u8] = b"HTTP/1.1 100";
        if self.exchange.phase() != Phase::Asked || words.starts_with(CONTINUE) {
            return None;
        }
        if self.refusal.is_none() {
            self.refuse(Refusal::MALFORMED);
        }
        Some(self.poll_refuse(cx).map_ok(drop))
    }

    /// Holds a write that is not done to its deadline.
    fn held<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let phase = self.exchange.phase();
        if outcome.is_ready() {
            if phase == Phase::Streaming {
                self.sending = None;
            }
            return outcome;
        }
        let sending = self.sending.get_or_insert_with(|| Box::pin(sleep(self.limits.send_time)));
        match sending.as_mut().poll(cx) {
            Poll::Ready(()) => {
                self.figures.stalled.add();
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    /// Reads what a client still sends, for a while.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !matches!(self.stage, Stage::Lingering) {
            self.stage = Stage::Lingering;
            self.until.as_mut().reset(Instant::now() + self.limits.linger_time);
        }
        loop {
            self.came.clear();
            if self.until.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            match ready!(self.fill(cx, CHUNK)) {
                Ok(true) => {}
                _ => return Poll::Ready(()),
            }
        }
    }

    /// All of an answer is out: the next request may come.
    fn answered(&mut self) {
        self.exchange.enter(Phase::Idle);
        self.sending = None;
        self.until.as_mut().reset(Instant::now() + self.limits.idle_time);
        if !self.came.is_empty() {
            self.begin_head();
        }
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl AsyncRead for Intake {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.passing > 0 {
                let mut head = this.came.split_to(this.passing.min(space.remaining()));
                this.passing -= head.len();
                give(&mut head, space);
                return Poll::Ready(Ok(()));
            }
            match this.stage {
                Stage::Head(_) => {
                    if !ready!(this.poll_head(cx))? {
                        return Poll::Ready(Ok(()));
                    }
                }
                Stage::Body(0) => this.rest(),
                Stage::Body(left) => {
                    if this.came.is_empty() && !ready!(this.fill(cx, CHUNK))? {
                        return Poll::Ready(Ok(()));
                    }
                    let here = u64::try_from(this.came.len()).unwrap_or(u64::MAX).min(left);
                    this.passing = usize::try_from(here).unwrap_or(usize::MAX);
                    this.stage = Stage::Body(left - here);
                }
                Stage::Through if this.came.is_empty() => return Pin::new(&mut this.stream).poll_read(cx, space),
                Stage::Through => this.passing = this.came.len(),
                Stage::Over | Stage::Lingering => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl AsyncWrite for Intake {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(refused) = self.poll_instead(cx, bytes) {
            return refused.map_ok(|()| bytes.len());
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.held(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
        if let Some(refused) = self.poll_instead(cx, first) {
            return refused.map_ok(|()| slices.iter().map(|slice| slice.len()).sum());
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.held(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        let flushed = self.held(cx, flushed);
        if matches!(flushed, Poll::Ready(Ok(()))) && self.exchange.phase() == Phase::Answered {
            self.answered();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !matches!(self.stage, Stage::Lingering) {
            let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
            ready!(self.held(cx, shut))?;
        }
        match self.stage {
            // Whoever rested, or has been answered, sends nothing.
            Stage::Head(_) | Stage::Body(0) if self.came.is_empty() => Poll::Ready(Ok(())),
            _ => self.poll_linger(cx).map(Ok),
        }
    }
}

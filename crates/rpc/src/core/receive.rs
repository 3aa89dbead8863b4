//! Input: from the stream to `capnp-rpc`, past every check.

use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Instant;

use capnp::message::{Reader, ReaderOptions};
use capnp::{Error, any_pointer};
use capnp_rpc::rpc_capnp::message;
use capos_schema::denial::strip_remote;
use tokio::io::{AsyncRead, ReadBuf};

use super::{Core, now, remember};
use crate::error::Misuse;
use crate::frame::Frame;
use crate::handle::Ending;
use crate::held::Share;
use crate::ledger::Verdict;
use crate::pace::{FramePace, Pause};
use crate::survey::survey;

/// A peer's reason as far as the owner's records keep it.
const REASON_KEPT: usize = 256;

/// From this size on an answer does not wait for others to join it: bulk comes by windows, which answers open.
const PROMPT: usize = 8 << 10;

/// A frame whose every pointer was followed.
pub(super) struct Surveyed {
    reader: Reader<Frame>,
    call: bool,
}

/// A message handed to `capnp-rpc`; its bytes count as held until it is dropped.
pub(crate) struct Received {
    reader: Reader<Frame>,
    _share: Share,
}

impl capnp_rpc::IncomingMessage for Received {
    fn get_body(&self) -> capnp::Result<any_pointer::Reader<'_>> {
        self.reader.get_root()
    }
}

/// What the input at hand amounts to.
enum Step {
    Message(Received),
    /// The inbound window is full.
    Full,
    /// More has to be read.
    Hungry,
}

impl Core {
    /// The next message, if it needs no waiting.
    pub(crate) fn receive_ready(&mut self) -> Option<Result<Received, Error>> {
        match self.step() {
            Ok(Step::Message(received)) => Some(Ok(received)),
            Ok(Step::Full | Step::Hungry) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// The next message, or none where the peer closed the connection.
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Received>, Error>> {
        loop {
            match self.step() {
                Err(error) => return Poll::Ready(Err(error)),
                Ok(Step::Message(received)) => return Poll::Ready(Ok(Some(received))),
                Ok(Step::Full) => {
                    self.frame_pace = None;
                    if self.may_pause() {
                        self.held.wait(cx.waker());
                        self.idle(cx);
                        return Poll::Pending;
                    }
                    self.refuse(Misuse::HeldUp);
                }
                Ok(Step::Hungry) => match self.poll_fill(cx) {
                    Poll::Ready(Ok(true)) => {}
                    Poll::Ready(Ok(false)) => return Poll::Ready(self.end_of_input()),
                    Poll::Ready(Err(())) => self.lose(),
                    Poll::Pending => {
                        if self.keeps_pace() {
                            self.idle(cx);
                            return Poll::Pending;
                        }
                        self.refuse(Misuse::SlowFrame);
                    }
                },
            }
        }
    }

    fn step(&mut self) -> Result<Step, Error> {
        loop {
            if let Some(fault) = &self.fault {
                return Err(fault.clone());
            }
            let step = self.try_step();
            self.publish();
            match step {
                Ok(Some(step)) => return Ok(step),
                Ok(None) => {}
                Err(misuse) => self.refuse(misuse),
            }
        }
    }

    fn try_step(&mut self) -> Result<Option<Step>, Misuse> {
        let surveyed = match self.waiting.take() {
            Some(surveyed) => surveyed,
            None => match self.decoder.next()? {
                None => return Ok(Some(Step::Hungry)),
                Some(frame) => {
                    self.frame_pace = None;
                    self.figures.messages_in += 1;
                    self.prompt |= frame.bytes() >= PROMPT;
                    self.survey(frame)?
                }
            },
        };
        if self.is_full_for(&surveyed)? {
            self.waiting = Some(surveyed);
            return Ok(Some(Step::Full));
        }
        self.pause = None;
        let message = surveyed.reader.get_root::<message::Reader<'_>>().map_err(|_| Misuse::Malformed)?;
        if let Ok(message::Abort(Ok(exception))) = message.which() {
            let reason = exception.get_reason().ok().and_then(|reason| reason.to_str().ok()).unwrap_or_default();
            let reason = strip_remote(reason).chars().take(REASON_KEPT).collect();
            self.control.ended(Ending::PeerAborted(reason));
        }
        let asks = matches!(message.which(), Ok(message::Bootstrap(_)));
        let verdict = self.ledger.incoming(message)?;
        if asks {
            self.control.bootstrapped();
        }
        Ok(match verdict {
            Verdict::PassOver => None,
            Verdict::Deliver => {
                let share = self.held.take(surveyed.reader.get_segments().bytes(), surveyed.call);
                Some(Step::Message(Received { reader: surveyed.reader, _share: share }))
            }
        })
    }

    fn survey(&self, frame: Frame) -> Result<Surveyed, Misuse> {
        survey(&frame, frame.bytes() / 8, self.limits.nesting)?;
        let options = ReaderOptions {
            traversal_limit_in_words: None,
            nesting_limit: i32::try_from(self.limits.nesting).unwrap_or(i32::MAX),
        };
        let reader = Reader::new(frame, options);
        let call = match reader.get_root::<message::Reader<'_>>() {
            Ok(message) => matches!(message.which(), Ok(message::Call(_))),
            Err(_) => return Err(Misuse::Malformed),
        };
        Ok(Surveyed { reader, call })
    }

    /// Whether the message has to wait. It may not where an answer that this side waits for can be behind it.
    fn is_full_for(&self, surveyed: &Surveyed) -> Result<bool, Misuse> {
        let bytes = surveyed.reader.get_segments().bytes();
        let window = self.limits.inbound_window;
        let calls = self.held.calls();
        let full = surveyed.call && calls > 0 && calls + bytes > window;
        if full && self.ledger.open_questions() == 0 {
            return Ok(true);
        }
        if self.held.all() > 0 && self.held.all() + bytes > window.saturating_mul(2) {
            return Err(Misuse::HeldInput);
        }
        Ok(false)
    }

    /// Nothing can be delivered now: what is queued may go out.
    fn idle(&mut self, cx: &Context<'_>) {
        remember(&mut self.receiver, cx.waker());
        if !self.outbox.is_empty() || self.needs_rearming() {
            super::wake(&mut self.driver);
        }
    }

    fn needs_rearming(&self) -> bool {
        self.input_deadline().is_some_and(|deadline| self.armed.is_none_or(|armed| armed > deadline))
    }

    /// When input is late: a frame that has begun, or room for one that waits.
    pub(super) fn input_deadline(&self) -> Option<Instant> {
        let frame = self.frame_pace.as_ref().map(|pace| pace.deadline(&self.limits, self.decoder.in_body()));
        let pause = self.pause.as_ref().map(|pause| pause.deadline(&self.limits));
        frame.into_iter().chain(pause).min()
    }

    /// Starts or checks the clock of a call that waits for the inbound window.
    fn may_pause(&mut self) -> bool {
        let (now, held) = (now(), self.held.calls());
        let pause = self.pause.get_or_insert_with(|| Pause::new(held, now));
        pause.holds(held, now);
        now < pause.deadline(&self.limits)
    }

    /// Starts or checks the clock of a frame that is only partly there.
    fn keeps_pace(&mut self) -> bool {
        if !self.decoder.mid_frame() {
            self.frame_pace = None;
            self.decoder.rest();
            return true;
        }
        let now = now();
        let in_body = self.decoder.in_body();
        let pace = self.frame_pace.get_or_insert_with(|| FramePace::new(now));
        now < pace.deadline(&self.limits, in_body)
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, ()>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Ok(false));
        };
        let mut space = ReadBuf::new(self.decoder.space());
        let outcome = pin!(stream).as_mut().as_mut().poll_read(cx, &mut space);
        let count = space.filled().len();
        match outcome {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(_)) => Poll::Ready(Err(())),
            Poll::Ready(Ok(())) => {
                self.decoder.arrived(count);
                self.figures.reads += 1;
                self.figures.bytes_in += crate::account::figure(count);
                if let Some(pace) = &mut self.frame_pace {
                    pace.arrived(count);
                }
                Poll::Ready(Ok(count > 0))
            }
        }
    }

    fn end_of_input(&mut self) -> Result<Option<Received>, Error> {
        if self.decoder.mid_frame() {
            self.refuse(Misuse::CutShort);
            return Err(self.fault.clone().unwrap_or_else(|| Error::disconnected(String::new())));
        }
        self.control.ended(Ending::PeerClosed);
        Ok(None)
    }
}

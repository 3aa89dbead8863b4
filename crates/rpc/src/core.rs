//! One connection's state: where frames, ledger, output and deadlines meet the stream.
//!
//! `capnp-rpc` polls it from two sides: it asks for messages ([`Core::poll_receive`]) and drives output and
//! deadlines ([`Core::poll_drive`]). Whatever ends the connection is left in `fault`, which the next receive
//! hands to `capnp-rpc`; that sends the Abort and shuts the connection down.

mod drive;
mod receive;

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use capnp::Error;
use capnp::message::{Builder, HeapAllocator};
use capnp_rpc::rpc_capnp::{exception, message};
use capos_schema::{Code, Denial};
use futures::channel::oneshot;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::abort::abort_message;
use crate::account::{Figures, figure};
use crate::error::Misuse;
use crate::flow::Bounds;
use crate::frame::Decoder;
use crate::handle::{Control, Ending};
use crate::held::Held;
use crate::ledger::Ledger;
use crate::limits::Limits;
use crate::outbox::Outbox;
use crate::pace::{FramePace, Pause, SendPace};

pub(crate) use drive::Drive;

/// Anything a connection can run over.
pub(crate) trait Stream: AsyncRead + AsyncWrite {}
impl<T: AsyncRead + AsyncWrite> Stream for T {}

pub(crate) type SharedCore = Rc<RefCell<Core>>;

pub(crate) struct Core {
    /// Gone once the connection is over.
    stream: Option<Pin<Box<dyn Stream>>>,
    limits: Limits,
    control: Arc<Control>,
    decoder: Decoder,
    ledger: Ledger,
    outbox: Outbox,
    held: Rc<Held>,
    figures: Figures,
    /// A call that the inbound window holds up.
    waiting: Option<receive::Surveyed>,
    /// For how long it has been.
    pause: Option<Pause>,
    frame_pace: Option<FramePace>,
    send_pace: Option<SendPace>,
    owner_deadline: Option<Instant>,
    fault: Option<Error>,
    denial: Option<Denial>,
    closing: Option<drive::Closing>,
    closed: Option<oneshot::Sender<()>>,
    receiver: Option<Waker>,
    driver: Option<Waker>,
    /// When the driver's timer goes off.
    armed: Option<Instant>,
    yields: u8,
    /// A large message came, and its sender may be waiting for the answer with its window full.
    prompt: bool,
    unflushed: bool,
}

impl Core {
    pub(crate) fn new(stream: Pin<Box<dyn Stream>>, limits: &Limits, control: Arc<Control>) -> SharedCore {
        Rc::new(RefCell::new(Self {
            stream: Some(stream),
            limits: limits.clone(),
            control,
            decoder: Decoder::new(limits),
            ledger: Ledger::new(limits),
            outbox: Outbox::default(),
            held: Rc::default(),
            figures: Figures::default(),
            waiting: None,
            pause: None,
            frame_pace: None,
            send_pace: None,
            owner_deadline: None,
            fault: None,
            denial: None,
            closing: None,
            closed: None,
            receiver: None,
            driver: None,
            armed: None,
            yields: 0,
            prompt: false,
            unflushed: false,
        }))
    }

    pub(crate) fn stream_bounds(&self) -> Bounds {
        Bounds { bytes: self.limits.stream_window, messages: self.limits.stream_messages }
    }

    /// Takes one message of ours. What breaks a bound ends the connection instead of going out.
    pub(crate) fn enqueue(&mut self, message: &Rc<Builder<HeapAllocator>>) {
        if self.stream.is_none() {
            return;
        }
        let Ok(reader) = message.get_root_as_reader::<message::Reader<'_>>() else {
            return self.refuse(Misuse::OwnTailCall);
        };
        if let Ok(message::Abort(exception)) = reader.which() {
            return self.enqueue_abort(exception.ok());
        }
        if self.fault.is_some() {
            return;
        }
        let asks = matches!(reader.which(), Ok(message::Call(_) | message::Bootstrap(_)));
        let bytes = message.size_in_words() * 8;
        if let Err(misuse) = self.ledger.outgoing(reader, bytes) {
            return self.refuse(misuse);
        }
        self.outbox.push(message);
        self.figures.messages_out += 1;
        if self.outbox.bytes() > self.limits.queued_bytes {
            return self.refuse(Misuse::QueuedOutput);
        }
        if asks && self.waiting.is_some() {
            wake(&mut self.receiver);
        }
        self.output_ready();
        self.publish();
    }

    /// Sends the reason of our own making: one of `capnp-rpc`'s would name table positions.
    fn enqueue_abort(&mut self, exception: Option<exception::Reader<'_>>) {
        let denial = self.denial.clone().unwrap_or_else(|| self.library_denial(exception));
        self.outbox.push(&Rc::new(abort_message(denial)));
        self.figures.messages_out += 1;
        self.output_ready();
        self.publish();
    }

    /// `capnp-rpc` ends the connection by itself: because it closes, or because it found a fault the ledger
    /// did not.
    fn library_denial(&mut self, exception: Option<exception::Reader<'_>>) -> Denial {
        let closes = exception.is_none_or(|exception| exception.get_type() == Ok(exception::Type::Disconnected));
        if closes || self.fault.is_some() {
            self.control.ended(Ending::Closed);
            return Denial::new(Code::ServiceUnavailable, "the connection was closed");
        }
        let denial = Denial::from(Code::BadRequest);
        self.control.ended(Ending::Denied(denial.clone()));
        denial
    }

    /// Ends the connection over a rule that was broken.
    fn refuse(&mut self, misuse: Misuse) {
        self.deny(misuse.into());
    }

    fn deny(&mut self, denial: Denial) {
        if self.fault.is_some() {
            return;
        }
        self.control.ended(Ending::Denied(denial.clone()));
        self.denial = Some(denial.clone());
        self.outbox.discard_unstarted();
        // Whoever waits for this peer hears that it is gone, and why; that the reason is a misuse is not theirs.
        self.fail(Error::disconnected(denial.to_string()));
    }

    fn lose(&mut self) {
        self.control.ended(Ending::Lost);
        self.outbox.clear();
        self.fail(Error::disconnected("the connection is gone".to_owned()));
    }

    fn fail(&mut self, error: Error) {
        if self.fault.is_none() {
            self.fault = Some(error);
            self.waiting = None;
            self.pause = None;
            self.frame_pace = None;
        }
        wake(&mut self.receiver);
        wake(&mut self.driver);
    }

    /// Nobody holds the connection any more.
    pub(crate) fn abandon(&mut self) {
        self.control.ended(Ending::Closed);
        self.fail(Error::disconnected("the connection was closed".to_owned()));
        self.begin_closing();
    }

    fn output_ready(&mut self) {
        let more_to_come = self.fault.is_none() && self.waiting.is_none() && self.decoder.has_more();
        let blocked = self.send_pace.is_some();
        if !blocked && (!more_to_come || self.outbox.bytes() >= self.limits.flush_bytes) {
            wake(&mut self.driver);
        }
    }

    fn publish(&mut self) {
        let figures = &mut self.figures;
        figures.open_answers = figure(self.ledger.open_answers());
        figures.open_questions = figure(self.ledger.open_questions());
        figures.awaited_answers = figure(self.ledger.awaited_answers());
        figures.exports = figure(self.ledger.exports());
        figures.imports = figure(self.ledger.imports());
        figures.retained_bytes = figure(self.ledger.retained_bytes());
        figures.inbound_bytes = figure(self.held.all());
        figures.queued_bytes = figure(self.outbox.bytes());
        self.control.account.publish(figures);
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.control.ended(Ending::Closed);
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

fn remember(slot: &mut Option<Waker>, waker: &Waker) {
    match slot {
        Some(known) if known.will_wake(waker) => {}
        _ => *slot = Some(waker.clone()),
    }
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

//! Messages as text frames of a WebSocket.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf};
use tokio_websockets::{CloseCode, Config, Limits, Message, Payload, ServerBuilder, WebSocketStream};

use super::close_reason::close_reason;
use super::drive::{Drive, Heard, Role, Traffic, Way};
use super::last_words::{CLOSE, LastWords, TEXT};
use super::wire::Wire;
use super::{Driver, Ended, Timing};
use crate::error::{Error, Thrown};
use crate::session::Session;

/// Bytes that are gathered for one write.
const WRITE_BYTES: usize = 65_536;

/// What a session that was aborted closes its WebSocket with.
const ABORTED: u16 = 3000;

/// Bytes of a frame before its message.
const FRAME_HEAD: usize = 14;

/// Control frames a peer may make this side answer before it has taken the answers.
const UNTAKEN_PONGS: usize = 64;

/// Carries a session over a stream on which the greeting of HTTP is done: what became of an upgraded request.
///
/// The stream should send small writes at once (`TCP_NODELAY`); everything there is to say goes out in one write.
pub fn websocket_server<S>(stream: S, session: Session, timing: Timing) -> Driver
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let stream = BufWriter::with_capacity(WRITE_BYTES, Wire::open(stream));
    let socket = ServerBuilder::new().limits(limits(&session)).config(config()).serve(stream);
    Driver::new(Drive::new(Socket::new(socket, Role::Server), session, timing, Role::Server))
}

/// Carries a session over a WebSocket that was asked for.
pub(super) fn websocket_client<S>(
    stream: WebSocketStream<BufWriter<Wire<S>>>,
    session: Session,
    timing: Timing,
) -> Driver
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    Driver::new(Drive::new(Socket::new(stream, Role::Client), session, timing, Role::Client))
}

/// A stream, as WebSockets are made of here.
pub(super) fn gathering<S: AsyncWrite + Unpin>(stream: Wire<S>) -> BufWriter<Wire<S>> {
    BufWriter::with_capacity(WRITE_BYTES, stream)
}

/// A message is refused when its first frame announces too much, or when its frames have become too much.
pub(super) fn limits(session: &Session) -> Limits {
    Limits::default().max_payload_len(Some(session.limits().message_bytes))
}

/// One frame a message, however long: the peer holds it whole anyway.
pub(super) fn config() -> Config {
    Config::default().frame_size(usize::MAX).flush_threshold(usize::MAX)
}

struct Socket<S> {
    stream: WebSocketStream<BufWriter<Wire<S>>>,
    role: Role,
    /// Bytes of messages since everything was last sent, and what had been sent by then.
    kept: usize,
    sent_before: u64,
    /// What had come when the last message was there.
    heard: u64,
    /// Control frames answered since everything was last sent.
    pongs: usize,
    last_words: Option<LastWords>,
    close: Close,
}

/// How far this side has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Close {
    /// Not at all.
    Open,
    /// It waits for the peer's word.
    Said,
    /// Both have said so, or the peer cannot be understood.
    Agreed,
    /// Nothing more is sent; what the peer still sends is read, so that it gets to read what was sent.
    Sent,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    fn new(stream: WebSocketStream<BufWriter<Wire<S>>>, role: Role) -> Self {
        let sent_before = stream.get_ref().get_ref().written;
        Self { stream, role, kept: 0, sent_before, heard: 0, pongs: 0, last_words: None, close: Close::Open }
    }

    fn wire(&self) -> &Wire<S> {
        self.stream.get_ref().get_ref()
    }

    /// Bounds what comes next by what the session says now. In a reprieve a message may begin that is longer than what is
    /// read of it before it is known whether it may be: the rest stays with the peer.
    fn bound(&mut self, session: &Session) {
        let (now, widest) = (session.limits().message_bytes, session.widest_limits().message_bytes);
        self.stream.limits_mut().set_max_payload_len(Some(widest));
        let most = if now < widest { self.heard.saturating_add((now + FRAME_HEAD) as u64) } else { u64::MAX };
        self.stream.get_mut().get_mut().read_until(most);
    }

    /// Whether the peer asks for more answers than it takes.
    fn poll_pongs(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.pongs < UNTAKEN_PONGS { Poll::Ready(Ok(())) } else { self.poll_flush(context) }
    }

    fn heard(&mut self, message: &Message, session: &Session) -> Option<Heard> {
        if let Some((code, reason)) = message.as_close() {
            let text = format!("Peer closed WebSocket: {} {reason}", u16::from(code));
            return Some(Heard::End(Ended::Closed(Error::new("Error", text))));
        }
        if message.is_ping() || message.is_pong() {
            self.pongs += usize::from(message.is_ping());
            return None;
        }
        match message.as_text() {
            // What is wrong with a message, the session knows: it has ended then.
            Some(text) => drop(session.receive(text)),
            None => session.abort(Error::type_error("Received unexpected message type from WebSocket.")),
        }
        Some(Heard::Message)
    }

    /// Ends the session because of a message that is too long.
    ///
    /// Where its first frame announced it, the library has closed the socket in its own way and takes no message any
    /// more: the abort is said past it, unless it is in the middle of a frame.
    fn too_long(&mut self, session: &Session) -> Heard {
        session.too_long();
        if self.kept == 0 && self.pongs == 0 {
            self.last_words = Some(LastWords::new(self.role));
        }
        Heard::Message
    }

    /// The end of the stream, or of understanding.
    fn broken(&mut self, error: Option<tokio_websockets::Error>) -> Ended {
        self.close = Close::Agreed;
        match error {
            Some(tokio_websockets::Error::Io(_)) | None => {
                Ended::Lost(Error::new("Error", "WebSocket connection failed."))
            }
            Some(error) => Ended::Closed(Error::new("Error", format!("WebSocket protocol error: {error}"))),
        }
    }

    /// Waits for the peer's word that it ends.
    fn poll_agreed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            match ready!(Pin::new(&mut self.stream).poll_next(context)) {
                Some(Ok(message)) if !message.is_close() => {}
                _ => return Poll::Ready(()),
            }
        }
    }

    /// Reads what is of no interest any more.
    fn poll_drained(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut scrap = [0; 16_384];
        loop {
            let mut into = ReadBuf::new(&mut scrap);
            match ready!(Pin::new(self.stream.get_mut().get_mut()).poll_read(context, &mut into)) {
                Ok(()) if !into.filled().is_empty() => {}
                _ => return Poll::Ready(()),
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Way for Socket<S> {
    fn poll_receive(&mut self, context: &mut Context<'_>, session: &Session) -> Poll<Heard> {
        loop {
            if let Err(error) = ready!(self.poll_pongs(context)) {
                return Poll::Ready(Heard::End(Ended::Lost(error)));
            }
            self.bound(session);
            let heard = match ready!(Pin::new(&mut self.stream).poll_next(context)) {
                Some(Ok(message)) => {
                    // Others come in the middle of a message, too.
                    if message.is_text() || message.is_binary() {
                        self.heard = self.wire().read;
                    }
                    self.heard(&message, session)
                }
                Some(Err(tokio_websockets::Error::PayloadTooLong { .. })) => Some(self.too_long(session)),
                Some(Err(error)) => Some(Heard::End(self.broken(Some(error)))),
                None => Some(Heard::End(self.broken(None))),
            };
            if let Some(heard) = heard {
                return Poll::Ready(heard);
            }
        }
    }

    fn send(&mut self, message: String) {
        self.kept += message.len();
        if let Some(last) = &mut self.last_words {
            return last.say(TEXT, message.as_bytes());
        }
        // After the peer's close there is nobody to read it.
        drop(Pin::new(&mut self.stream).start_send(Message::text(message)));
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let flushed = match &mut self.last_words {
            Some(last) => ready!(last.poll_flush(self.stream.get_mut(), context)).is_ok(),
            None => ready!(Pin::new(&mut self.stream).poll_flush(context)).is_ok(),
        };
        if !flushed {
            return Poll::Ready(Err(Error::new("Error", "WebSocket connection failed.")));
        }
        (self.kept, self.sent_before, self.pongs) = (0, self.wire().written, 0);
        Poll::Ready(Ok(()))
    }

    fn unsent(&self) -> usize {
        let sent = usize::try_from(self.wire().written - self.sent_before).unwrap_or(usize::MAX);
        self.kept.saturating_sub(sent)
    }

    fn traffic(&self) -> Traffic {
        Traffic { read: self.wire().read, written: self.wire().written }
    }

    fn ping(&mut self) -> bool {
        Pin::new(&mut self.stream).start_send(Message::ping(Payload::from(""))).is_ok()
    }

    fn close(&mut self, reason: &Thrown) {
        if let Some(last) = &mut self.last_words {
            last.say(CLOSE, &[&ABORTED.to_be_bytes(), close_reason(reason).as_bytes()].concat());
            self.close = Close::Agreed;
            return;
        }
        let code = CloseCode::try_from(ABORTED).ok();
        drop(Pin::new(&mut self.stream).start_send(Message::close(code, &close_reason(reason))));
        self.close = Close::Said;
    }

    fn poll_closed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if ready!(self.poll_flush(context)).is_err() {
            return Poll::Ready(());
        }
        if self.close == Close::Said {
            ready!(self.poll_agreed(context));
        }
        if self.close != Close::Sent {
            self.close = Close::Agreed;
            let stream = Pin::new(self.stream.get_mut());
            if ready!(stream.poll_shutdown(context)).is_err() {
                return Poll::Ready(());
            }
            self.close = Close::Sent;
        }
        self.poll_drained(context)
    }
}

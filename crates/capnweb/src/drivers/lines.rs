//! Messages as lines: one JSON text each.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::drive::{Drive, Heard, Role, Traffic, Way};
use super::{Driver, Ended, Timing};
use crate::error::{Error, Thrown};
use crate::session::Session;

/// Bytes that are read at once.
const READ_BYTES: usize = 65_536;

/// Carries a session over a pair of streams, of a process for example: one message a line.
///
/// Empty lines are passed over. The end of the input is the end of the peer. A line longer than a message may be ends
/// the session.
pub fn lines<R, W>(input: R, output: W, session: Session, timing: Timing) -> Driver
where
    R: AsyncRead + Unpin + 'static,
    W: AsyncWrite + Unpin + 'static,
{
    let way = Lines {
        input,
        output,
        coming: BytesMut::new(),
        looked: 0,
        going: BytesMut::new(),
        traffic: Traffic::default(),
    };
    Driver::new(Drive::new(way, session, timing, Role::Client))
}

struct Lines<R, W> {
    input: R,
    output: W,
    /// What was read and is no line yet, and how much of it has no end of a line.
    coming: BytesMut,
    looked: usize,
    going: BytesMut,
    traffic: Traffic,
}

impl<R: AsyncRead + Unpin, W> Lines<R, W> {
    /// The next line that was read, without its end.
    fn take_line(&mut self) -> Option<BytesMut> {
        let fresh = self.coming.get(self.looked..).unwrap_or_default();
        let Some(at) = fresh.iter().position(|byte| *byte == b'\n') else {
            self.looked = self.coming.len();
            return None;
        };
        let mut line = self.coming.split_to(self.looked + at + 1);
        self.looked = 0;
        line.truncate(line.trim_ascii_end().len());
        Some(line)
    }

    /// Reads more; nothing at the end of the input.
    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<usize>> {
        let mut space = [0; READ_BYTES];
        let mut into = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.input).poll_read(context, &mut into))?;
        self.coming.extend_from_slice(into.filled());
        self.traffic.read += into.filled().len() as u64;
        Poll::Ready(Ok(into.filled().len()))
    }

    fn heard(line: &[u8], session: &Session) {
        match std::str::from_utf8(line) {
            // What is wrong with a message, the session knows: it has ended then.
            Ok(text) => drop(session.receive(text)),
            Err(_) => session.abort(Error::type_error("A message is no UTF-8.")),
        }
    }
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Way for Lines<R, W> {
    fn poll_receive(&mut self, context: &mut Context<'_>, session: &Session) -> Poll<Heard> {
        loop {
            if let Some(line) = self.take_line() {
                if line.trim_ascii().is_empty() {
                    continue;
                }
                Self::heard(&line, session);
                return Poll::Ready(Heard::Message);
            }
            if self.coming.len() > session.widest_limits().message_bytes {
                self.coming.clear();
                self.looked = 0;
                session.too_long();
                return Poll::Ready(Heard::Message);
            }
            if self.coming.len() > session.limits().message_bytes {
                // Whether it may be that long is known when the reprieve ends, which polls again.
                return Poll::Pending;
            }
            match ready!(self.poll_more(context)) {
                Ok(1..) => {}
                Ok(0) => return Poll::Ready(Heard::End(Ended::Closed(Error::new("Error", "The input ended.")))),
                Err(_) => return Poll::Ready(Heard::End(Ended::Lost(Error::new("Error", "The input broke.")))),
            }
        }
    }

    fn send(&mut self, message: String) {
        self.going.extend_from_slice(message.as_bytes());
        self.going.extend_from_slice(b"\n");
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let broken = |_| Error::new("Error", "The output broke.");
        while !self.going.is_empty() {
            let written = ready!(Pin::new(&mut self.output).poll_write(context, &self.going)).map_err(broken)?;
            if written == 0 {
                return Poll::Ready(Err(Error::new("Error", "The output is closed.")));
            }
            self.going.advance(written);
            self.traffic.written += written as u64;
        }
        Pin::new(&mut self.output).poll_flush(context).map_err(broken)
    }

    fn unsent(&self) -> usize {
        self.going.len()
    }

    fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// A pipe has no sign of life but its being open.
    fn ping(&mut self) -> bool {
        false
    }

    /// The abort message is all that a pipe can say.
    fn close(&mut self, _reason: &Thrown) {}

    fn poll_closed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if ready!(self.poll_flush(context)).is_ok() {
            drop(ready!(Pin::new(&mut self.output).poll_shutdown(context)));
        }
        Poll::Ready(())
    }
}

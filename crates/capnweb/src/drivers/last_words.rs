//! Frames that are sent past the library, when it takes none any more.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::AsyncWrite;

use super::drive::Role;

pub(super) const TEXT: u8 = 1;
pub(super) const CLOSE: u8 = 8;

/// The whole frame is here.
const LAST: u8 = 0x80;

/// What a client's frames must be, even with a mask of nothing.
const MASKED: u8 = 0x80;

/// Frames that wait to be sent.
#[derive(Debug)]
pub(super) struct LastWords {
    role: Role,
    frames: BytesMut,
}

impl LastWords {
    pub(super) fn new(role: Role) -> Self {
        Self { role, frames: BytesMut::new() }
    }

    /// Keeps a frame to be sent.
    pub(super) fn say(&mut self, kind: u8, payload: &[u8]) {
        let masked = if self.role == Role::Client { MASKED } else { 0 };
        self.frames.extend_from_slice(&[LAST | kind]);
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(length @ 0..=125), _) => self.frames.extend_from_slice(&[masked | length]),
            (_, Ok(length)) => {
                self.frames.extend_from_slice(&[masked | 126]);
                self.frames.extend_from_slice(&length.to_be_bytes());
            }
            _ => {
                self.frames.extend_from_slice(&[masked | 127]);
                self.frames.extend_from_slice(&(payload.len() as u64).to_be_bytes());
            }
        }
        if self.role == Role::Client {
            self.frames.extend_from_slice(&[0; 4]);
        }
        self.frames.extend_from_slice(payload);
    }

    pub(super) fn poll_flush<S>(&mut self, stream: &mut S, context: &mut Context<'_>) -> Poll<io::Result<()>>
    where
        S: AsyncWrite + Unpin,
    {
        while !self.frames.is_empty() {
            let written = ready!(Pin::new(&mut *stream).poll_write(context, &self.frames))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.frames.advance(written);
        }
        Pin::new(stream).poll_flush(context)
    }
}

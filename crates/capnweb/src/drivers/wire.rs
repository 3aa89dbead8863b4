//! A stream that counts what passes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of the head of an HTTP answer that a server may send. The library that reads it has no bound of its own.
const HEAD_BYTES: u64 = 65_536;

/// A stream, and how much it carried.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    /// Bytes that came.
    pub(super) read: u64,
    /// Bytes that the system took.
    pub(super) written: u64,
    /// Bytes that may come altogether.
    most: u64,
}

impl<S> Wire<S> {
    /// A stream on which the peer may say anything.
    pub(super) fn open(stream: S) -> Self {
        Self { stream, read: 0, written: 0, most: u64::MAX }
    }

    /// A stream on which the peer has not greeted yet.
    pub(super) fn greeting(stream: S) -> Self {
        Self { most: HEAD_BYTES, ..Self::open(stream) }
    }

    /// The peer has greeted.
    pub(super) fn greeted(&mut self) {
        self.most = u64::MAX;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.read >= self.most {
            return Poll::Ready(Err(io::Error::other("a greeting without an end")));
        }
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        self.read += (into.filled().len() - before) as u64;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.written += written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

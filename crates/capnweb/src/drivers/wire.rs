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
    /// Bytes that are read for now; whoever says so polls again when it is otherwise.
    until: u64,
}

impl<S> Wire<S> {
    /// A stream on which the peer may say anything.
    pub(super) fn open(stream: S) -> Self {
        Self { stream, read: 0, written: 0, most: u64::MAX, until: u64::MAX }
    }

    /// A stream on which the peer has not greeted yet.
    pub(super) fn greeting(stream: S) -> Self {
        Self { most: HEAD_BYTES, ..Self::open(stream) }
    }

    /// Reads no more than that, all told, until it is said otherwise.
    pub(super) fn read_until(&mut self, until: u64) {
        self.until = until;
    }

    /// The peer has greeted.
    pub(super) fn greeted(&mut self) {
        self.most = u64::MAX;
    }
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Reads so many bytes at the most, which are fewer than there is room for.
    fn poll_read_some(
        &mut self,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
        most: usize,
    ) -> Poll<io::Result<()>> {
        let mut some = ReadBuf::new(into.initialize_unfilled_to(most));
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut some))?;
        let length = some.filled().len();
        into.advance(length);
        self.read += length as u64;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.read >= self.most {
            return Poll::Ready(Err(io::Error::other("a greeting without an end")));
        }
        let left = usize::try_from(self.until.saturating_sub(self.read)).unwrap_or(usize::MAX);
        if left == 0 {
            return Poll::Pending;
        }
        if left < into.remaining() {
            return self.poll_read_some(context, into, left);
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

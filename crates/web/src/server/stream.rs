//! What a request comes over, and how it moves to another thread's runtime once it was upgraded.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A socket that can leave the runtime it is with for another one.
#[derive(Debug)]
pub(crate) enum Socket {
    Here(TcpStream),
    Away,
}

impl Socket {
    fn leave(&mut self) -> io::Result<std::net::TcpStream> {
        match std::mem::replace(self, Socket::Away) {
            Socket::Here(stream) => stream.into_std(),
            Socket::Away => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn here(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        match self {
            Socket::Here(stream) => Ok(Pin::new(stream)),
            Socket::Away => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

/// A connection with or without TLS.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Socket),
    Tls(Box<TlsStream<Socket>>),
}

impl Stream {
    fn socket(&mut self) -> &mut Socket {
        match self {
            Stream::Plain(socket) => socket,
            Stream::Tls(stream) => stream.get_mut().0,
        }
    }
}

/// An upgraded connection between two runtimes. It can be sent to another thread, which [`Moved::arrive`] is for.
#[derive(Debug)]
pub struct Moved {
    socket: std::net::TcpStream,
    stream: Stream,
    read: Bytes,
}

impl Moved {
    pub(crate) fn leave(mut stream: Stream, read: Bytes) -> io::Result<Self> {
        Ok(Self { socket: stream.socket().leave()?, stream, read })
    }

    /// The connection, with the runtime that this is called in: it wakes nobody on another thread.
    ///
    /// # Errors
    /// Where the runtime takes no more sockets.
    pub fn arrive(mut self) -> io::Result<Upgraded> {
        *self.stream.socket() = Socket::Here(TcpStream::from_std(self.socket)?);
        Ok(Upgraded { stream: self.stream, read: self.read })
    }
}

/// What an upgraded connection is from there on: bytes both ways, without a bound of this crate.
#[derive(Debug)]
pub struct Upgraded {
    stream: Stream,
    /// What came with the request already.
    read: Bytes,
}

impl AsyncRead for Upgraded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, space);
        }
        give(&mut self.read, space);
        Poll::Ready(Ok(()))
    }
}

/// Moves as much as there is space for.
pub(crate) fn give(bytes: &mut impl bytes::Buf, space: &mut ReadBuf<'_>) {
    while bytes.has_remaining() && space.remaining() > 0 {
        let chunk = bytes.chunk();
        let count = chunk.len().min(space.remaining());
        space.put_slice(chunk.get(..count).unwrap_or_default());
        bytes.advance(count);
    }
}

macro_rules! write_through {
    ($type:ty, $self:ident => $inner:expr) => {
        impl AsyncWrite for $type {
            fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
                let $self = &mut *self;
                $inner.poll_write(cx, bytes)
            }

            fn poll_write_vectored(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                let $self = &mut *self;
                $inner.poll_write_vectored(cx, slices)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $self = &mut *self;
                $inner.poll_flush(cx)
            }

            fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $self = &mut *self;
                $inner.poll_shutdown(cx)
            }
        }
    };
}

write_through!(Socket, socket => socket.here()?);
write_through!(Upgraded, upgraded => Pin::new(&mut upgraded.stream));

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.here()?.poll_read(cx, space)
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, space),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, space),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

//! The door: accepts TCP connections, tells TLS from plain, and never waits for any one of them.

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use capos_schema::{Code, Denial};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

use crate::abort::abort_message;
use crate::error::Error;
use crate::gate::{Gate, Permit};
use crate::peer::Peer;
use crate::tls::ServerTls;
use crate::vats::Vats;

/// The first byte of every TLS connection. A Cap'n Proto message that starts so has 23 segments.
const TLS_HANDSHAKE: u8 = 0x16;
/// How long to leave the queue alone when the process is out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A peer that vanished is noticed in about this and three probes.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// A connection let in, on its vat thread.
#[derive(Debug)]
pub struct Arrival {
    /// What it runs over.
    pub stream: Wire,
    /// Who is at the other end.
    pub peer: Peer,
    /// Its place before sign-in.
    pub permit: Permit,
    /// By when it must have bootstrapped: for [`ConnectionHandle::set_deadline`](crate::ConnectionHandle).
    pub deadline: Instant,
}

/// A stream with or without TLS.
#[derive(Debug)]
pub enum Wire {
    /// As it came: loopback only.
    Plain(TcpStream),
    /// With TLS 1.3.
    Tls(Box<TlsStream<TcpStream>>),
}

/// Accepts connections and places each on a vat thread.
pub struct Listener {
    listener: TcpListener,
    gate: Gate,
    tls: Option<ServerTls>,
}

impl Listener {
    /// A listener that speaks TLS where it has `tls`, and plain with loopback peers.
    #[must_use]
    pub fn new(listener: TcpListener, gate: Gate, tls: Option<ServerTls>) -> Self {
        Self { listener, gate, tls }
    }

    /// Where it listens.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts until dropped. Each connection that passes the gate and, where it wants TLS, the handshake is
    /// given to `serve` on its vat thread.
    pub async fn run<F, T>(self, vats: Arc<Vats>, serve: F)
    where
        F: Fn(Arrival) -> T + Clone + Send + 'static,
        T: Future<Output = ()> + 'static,
    {
        loop {
            let (stream, address) = accept(&self.listener).await;
            // The stream has to live with the reactor of its vat's runtime.
            let Ok(stream) = stream.into_std() else {
                continue;
            };
            let Ok(permit) = self.gate.admit(address.ip()) else {
                turn_away(&stream, address.ip(), self.tls.is_some());
                continue;
            };
            let (tls, serve) = (self.tls.clone(), serve.clone());
            let deadline = Instant::now() + self.gate.entry_time();
            vats.place(move || async move {
                let entered = enter(stream, address, tls, deadline).await;
                if let Some((stream, peer)) = entered {
                    serve(Arrival { stream, peer, permit, deadline }).await;
                }
            });
        }
    }
}

/// The next connection. What goes wrong with one of them is nothing to the others.
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_exhausted(&error) => tokio::time::sleep(ACCEPT_PAUSE).await,
            Err(_) => {}
        }
    }
}

/// Whether a peer begins as TLS does; none where it ends before it says anything. Nothing is taken from the stream.
pub async fn begins_as_tls(stream: &TcpStream) -> io::Result<Option<bool>> {
    let mut first = [0];
    Ok((stream.peek(&mut first).await? > 0).then_some(first == [TLS_HANDSHAKE]))
}

/// Says why to a peer that is known to speak plain. It is one attempt to write a small frame into an empty
/// socket: nothing waits for it and nothing is kept. A peer that may speak TLS could not read it.
fn turn_away(mut stream: &std::net::TcpStream, address: IpAddr, tls: bool) {
    // What has come is read, because closing over it would destroy the reason.
    let mut said = [0; 512];
    let said = stream.read(&mut said).ok().and_then(|count| said.get(..count)).unwrap_or_default();
    let plain = !tls || said.first().is_some_and(|&first| first != TLS_HANDSHAKE);
    if plain && may_be_plain(address) {
        let _ = stream.write(&capnp::serialize::write_message_to_words(&abort_message(crowded())));
    }
}

fn crowded() -> Denial {
    Denial::new(Code::Overloaded, "too many connections wait to sign in; try again later")
}

/// Anything but a fault of the one connection.
fn is_exhausted(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}

async fn enter(
    stream: std::net::TcpStream,
    address: SocketAddr,
    tls: Option<ServerTls>,
    deadline: Instant,
) -> Option<(Wire, Peer)> {
    let stream = TcpStream::from_std(stream).ok()?;
    tune(&stream).ok()?;
    let handshake = tokio::time::timeout_at(deadline.into(), choose(stream, address, tls));
    handshake.await.ok()?.ok()?
}

async fn choose(stream: TcpStream, address: SocketAddr, tls: Option<ServerTls>) -> Result<Option<(Wire, Peer)>, Error> {
    let Some(wants_tls) = begins_as_tls(&stream).await? else { return Ok(None) };
    match tls {
        Some(tls) if wants_tls => {
            let (stream, peer) = tls.accept(stream).await?;
            Ok(Some((Wire::Tls(Box::new(stream)), peer)))
        }
        _ if may_be_plain(address.ip()) => Ok(Some((Wire::Plain(stream), Peer::tcp(address)))),
        _ => Ok(None),
    }
}

/// Whether a peer at that address may do without TLS: on this machine alone.
#[must_use]
pub fn may_be_plain(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// What every TCP connection here is set to: no waiting for more output, and probes for a vanished peer.
pub fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let probes = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 4).with_retries(3);
    SockRef::from(stream).set_tcp_keepalive(&probes)
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Wire::Plain(stream) => Pin::new(stream).poll_read(cx, space),
            Wire::Tls(stream) => Pin::new(stream).poll_read(cx, space),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Wire::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Wire::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Wire::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Wire::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Wire::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Wire::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_for_loopback_only() {
        for (address, plain) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(may_be_plain(address.parse().expect("an address")), plain, "{address}");
        }
    }
}

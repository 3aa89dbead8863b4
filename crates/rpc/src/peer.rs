//! Who is at the other end, as far as the transport can tell.

use std::fmt;
use std::net::SocketAddr;

/// What a connection runs over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// A TCP connection from this address.
    Tcp(SocketAddr),
    /// A Unix socket or a socket pair.
    Unix,
    /// Within this process.
    #[default]
    Internal,
}

/// Facts of the accepted connection; no message can set them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Peer {
    /// What it runs over.
    pub origin: Origin,
    /// What TLS knows, where there is TLS.
    pub tls: Option<TlsFacts>,
}

/// Facts of one TLS connection.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// The `tls-exporter` channel binding of RFC 9266.
    pub channel_binding: [u8; 32],
    /// The peer's certificate in DER, if it showed one. Nobody but the handshake vouches for it: it proves
    /// possession of the key and nothing more.
    pub certificate: Option<Vec<u8>>,
}

impl Peer {
    /// A peer over TCP without TLS.
    #[must_use]
    pub fn tcp(address: SocketAddr) -> Self {
        Self { origin: Origin::Tcp(address), tls: None }
    }

    /// A peer over a Unix socket.
    #[must_use]
    pub fn unix() -> Self {
        Self { origin: Origin::Unix, tls: None }
    }

    /// A peer in this process.
    #[must_use]
    pub fn internal() -> Self {
        Self::default()
    }

    /// What a proof of identity is bound to: the channel binding, or zeroes where there is no TLS.
    #[must_use]
    pub fn channel_binding(&self) -> [u8; 32] {
        self.tls.as_ref().map_or([0; 32], |tls| tls.channel_binding)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("origin", &self.origin).field("tls", &self.tls.is_some()).finish()
    }
}

impl fmt::Debug for TlsFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsFacts").field("certificate", &self.certificate.is_some()).finish_non_exhaustive()
    }
}

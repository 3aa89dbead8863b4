//! Where a request comes from: facts of the connection, never of the request.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Facts of an accepted connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The peer's address; none in-process and over a Unix socket.
    pub address: Option<IpAddr>,
    /// The connection's number in the node's log.
    pub connection: u64,
    /// TLS exporter value of the connection; zeros on plain loopback.
    pub channel_binding: [u8; 32],
    /// Whether it is encrypted.
    pub tls: bool,
}

impl Source {
    /// A source in this process.
    #[must_use]
    pub fn local() -> Self {
        Self { address: None, connection: 0, channel_binding: [0; 32], tls: false }
    }

    /// Whether it is this machine itself.
    pub(crate) fn is_local(&self) -> bool {
        self.address.is_none_or(|address| address.to_canonical().is_loopback())
    }

    /// The network that is counted as one source, by its first address: an IPv4 address by itself, an IPv6 address with
    /// all that one customer is given. None for the machine's own, where it has no address.
    #[must_use]
    pub fn network(&self) -> Option<IpAddr> {
        self.key().0
    }

    pub(crate) fn key(&self) -> SourceKey {
        SourceKey::of(self.address)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => address.to_canonical().fmt(f),
            None => f.write_str("local"),
        }
    }
}

/// Who is counted as one source: an IPv4 address, or the network of an IPv6 address that one customer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SourceKey(Option<IpAddr>);

impl SourceKey {
    fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        }))
    }
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(IpAddr::V4(address)) => address.fmt(f),
            Some(IpAddr::V6(network)) if network == Ipv6Addr::UNSPECIFIED => f.write_str("::1"),
            Some(IpAddr::V6(network)) => write!(f, "{network}/64"),
            None => f.write_str("local"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(address: &str) -> SourceKey {
        SourceKey::of(Some(address.parse().unwrap()))
    }

    #[test]
    fn an_ipv6_network_is_one_source_and_a_mapped_address_is_the_ipv4_one() {
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}

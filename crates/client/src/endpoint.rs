//! Where a node listens, as a person writes it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::error::Error;

/// The port of the wire contract.
pub const DEFAULT_PORT: u16 = 2327;

/// The longest name that the domain name system knows.
const HOST_BYTES: usize = 253;

/// A host and a port: `host`, `host:port`, `[::1]:2327`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// A name or an address, an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// The address, where the host is one.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let unreadable = || Error::Input("a node is written as host, host:port or [address]:port".to_owned());
        let (host, port) = split(text).ok_or_else(unreadable)?;
        let port = match port {
            Some(port) => port.parse().ok().filter(|&port| port != 0).ok_or_else(unreadable)?,
            None => DEFAULT_PORT,
        };
        if !is_host(host) {
            return Err(unreadable());
        }
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }
}

fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        return if rest.is_empty() { Some((host, None)) } else { Some((host, Some(rest.strip_prefix(':')?))) };
    }
    // An address with colons of its own, and no port.
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some((text, None));
    }
    match text.split_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((text, None)),
    }
}

fn is_host(host: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name = !host.is_empty() && host.len() <= HOST_BYTES && host.chars().all(known) && !host.starts_with('-');
    name || host.parse::<IpAddr>().is_ok()
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts_and_ports_are_read_as_people_write_them() {
        for (text, shown) in [
            ("node", "node:2327"),
            ("Node.Example:80", "node.example:80"),
            ("127.0.0.1", "127.0.0.1:2327"),
            ("::1", "[::1]:2327"),
            ("[::1]", "[::1]:2327"),
            ("[fe80::1]:99", "[fe80::1]:99"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_host_and_port_is_refused() {
        let long = "a".repeat(HOST_BYTES + 1);
        for text in
            ["", ":1", "node:", "node:0", "node:65536", "[node]:1", "[::1]x", "a b", "-x", "a#b", "a:b:c", "a\n", &long]
        {
            assert!(text.parse::<Endpoint>().is_err(), "{text:?}");
        }
        assert!("a".repeat(HOST_BYTES).parse::<Endpoint>().is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_shown_can_be_read_again(text in "[a-z0-9.:\\[\\]-]{1,12}") {
            if let Ok(endpoint) = text.parse::<Endpoint>() {
                prop_assert_eq!(endpoint.to_string().parse::<Endpoint>().unwrap(), endpoint);
            }
        }
    }
}

//! Where a URL leads.

use std::str::FromStr;

use hyper::Uri;

use crate::error::Error;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Address {
    /// Reads a URL of that scheme, which is not encrypted.
    pub(super) fn parse(url: &str, scheme: &str) -> Result<Self, Error> {
        let uri = Uri::from_str(url).map_err(|_| Error::type_error("The address is malformed."))?;
        if uri.scheme_str() != Some(scheme) {
            return Err(Error::type_error(format!("The address does not begin with {scheme}://.")));
        }
        let host = uri.host().ok_or_else(|| Error::type_error("The address names no host."))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port: uri.port_u16().unwrap_or(80) })
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn a_url_names_a_host_and_a_port() {
        let parse = |url| Address::parse(url, "ws").map(|address| (address.host, address.port)).ok();
        assert_eq!(parse("ws://example.com/a?b"), Some(("example.com".to_owned(), 80)));
        assert_eq!(parse("ws://[::1]:99/"), Some(("::1".to_owned(), 99)));
        assert_eq!(parse("wss://example.com/"), None);
        assert_eq!(parse("/path"), None);
        assert_eq!(parse("ws:// /"), None);
    }
}

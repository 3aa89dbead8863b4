//! How a request came here: from where a page has to be that sends it.

use std::fmt;

use hyper::Uri;
use hyper::http::uri::Scheme;

/// Put among the extensions of every request that a route gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The browser speaks HTTPS, with this node or with a proxy that is trusted to say so.
    pub https: bool,
    /// The origin that pages of this site have for that browser.
    pub origin: String,
    /// Both ends of the accepted connection are on this machine, and no proxy is between them.
    pub local: bool,
}

/// The one origin that browsers know a site by, such as `https://den.example`.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicOrigin {
    text: String,
    host: String,
    /// None where it is the scheme's own.
    port: Option<u16>,
    https: bool,
}

impl PublicOrigin {
    /// An origin in the form in which browsers send it, but for the size of letters and a port that goes without saying.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
        let https = match uri.scheme()? {
            scheme if *scheme == Scheme::HTTPS => true,
            scheme if *scheme == Scheme::HTTP => false,
            _ => return None,
        };
        let is_bare = uri.path() == "/" && uri.query().is_none() && !text.ends_with(['/', '?', '#']);
        let host = authority.host().to_ascii_lowercase();
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_' | '[' | ']' | ':');
        if !is_bare || host.is_empty() || !host.chars().all(is_plain) {
            return None;
        }
        if authority.as_str().len() != host.len() && authority.port_u16().is_none() {
            return None;
        }
        let port = authority.port_u16().filter(|port| *port != default_port(https));
        let scheme = if https { "https" } else { "http" };
        let suffix = port.map_or_else(String::new, |port| format!(":{port}"));
        Some(Self { text: format!("{scheme}://{host}{suffix}"), host, port, https })
    }

    /// Whether browsers speak HTTPS with it.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// As browsers send it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a request that is sent to that `Host` asks for it.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
            _ => (host, Some(default_port(self.https))),
        };
        name.eq_ignore_ascii_case(&self.host) && port == Some(self.port.unwrap_or(default_port(self.https)))
    }
}

fn default_port(https: bool) -> u16 {
    if https { 443 } else { 80 }
}

impl fmt::Display for PublicOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for PublicOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        for (text, origin) in [
            ("https://den.example", "https://den.example"),
            ("https://Den.Example:443/", "https://den.example"),
            ("https://den.example:8443", "https://den.example:8443"),
            ("http://den.example:80", "http://den.example"),
            ("http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080"),
        ] {
            assert_eq!(PublicOrigin::parse(text).unwrap().as_str(), origin, "{text}");
        }
        for bad in [
            "",
            "den.example",
            "ftp://den.example",
            "https://",
            "https://den.example/path",
            "https://den.example//",
            "https://a@den.example",
            "https://den.example?x",
            "https://den.example:",
            "https://den.example:99999",
            "https://den example",
            "https://*.example",
            "null",
        ] {
            assert_eq!(PublicOrigin::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_host_is_its_own_with_its_own_port() {
        let origin = PublicOrigin::parse("https://den.example").unwrap();
        assert!(origin.is_host("den.example") && origin.is_host("DEN.example:443"));
        for other in ["den.example:80", "den.example:8443", "www.den.example", "localhost", "den.example:x", ""] {
            assert!(!origin.is_host(other), "{other}");
        }
        let other = PublicOrigin::parse("http://[::1]:8080").unwrap();
        assert!(other.is_host("[::1]:8080") && !other.is_host("[::1]") && !other.is_host("[::1]:80"));
    }
}

//! By which names a request may ask for this node.
//!
//! A page of a stranger can have its own name point to this machine (DNS rebinding), and is then asked for, by the
//! browser, as its own. So on loopback, where nothing else tells, only names that mean this machine are taken.

use std::net::IpAddr;

use hyper::Request;

use crate::server::access::asked_host;
use crate::server::refusal::Refusal;

/// The names that a listener goes by, beside those of the machine itself.
#[derive(Clone, Debug, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// These names, without ports; letters of both sizes are the same.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(names.into_iter().map(|name| name.into().to_ascii_lowercase()).collect())
    }

    /// The host that a request asks for which came to that address of this machine, where it may ask for it.
    pub(crate) fn check<'a, B>(&self, request: &'a Request<B>, to: IpAddr) -> Result<&'a str, Refusal> {
        let host = asked_host(request.headers(), request.uri())?;
        let name = parse_host(host).ok_or(Refusal::HOST)?;
        let known = self.0.iter().any(|known| known.eq_ignore_ascii_case(name))
            || match to.to_canonical() {
                to if to.is_loopback() => is_loopback_name(name),
                // A name of the network's, whose TLS tells who is asked.
                _ => self.0.is_empty() || parse_address(name).is_some(),
            };
        if known { Ok(host) } else { Err(Refusal::MISDIRECTED) }
    }
}

/// The name in front of a port. Any port: what is forwarded from another one is asked for by that.
fn parse_host(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            (address, rest)
        }
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let port = if port.is_empty() { Some(0) } else { port.strip_prefix(':').and_then(|port| port.parse().ok()) };
    let _: u16 = port?;
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_' | ':');
    (!name.is_empty() && name.chars().all(is_plain)).then_some(name)
}

fn parse_address(name: &str) -> Option<IpAddr> {
    name.parse().ok()
}

/// Whether a host, as addresses have it, is this machine.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    is_loopback_name(host.trim_start_matches('[').trim_end_matches(']'))
}

fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || parse_address(name).is_some_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use hyper::header::HOST;

    use super::*;

    fn asked(names: &Names, to: &str, host: &str) -> Result<(), Refusal> {
        let request = Request::builder().uri("/").header(HOST, host).body(()).unwrap();
        names.check(&request, to.parse().unwrap()).map(drop)
    }

    #[test]
    fn on_loopback_only_names_of_the_machine_are_taken() {
        let names = Names::new(["Node.Example"]);
        for good in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:1", "node.example:443"] {
            assert_eq!(asked(&names, "127.0.0.1", good), Ok(()), "{good}");
            assert_eq!(asked(&names, "::ffff:127.0.0.1", good), Ok(()), "{good}");
        }
        for bad in ["attacker.example", "localhost.attacker.example", "192.0.2.1", "node.example.", "0.0.0.0"] {
            assert_eq!(asked(&names, "127.0.0.1", bad), Err(Refusal::MISDIRECTED), "{bad}");
        }
    }

    #[test]
    fn elsewhere_configured_names_are_taken_or_any_where_none_is_configured() {
        assert_eq!(asked(&Names::default(), "192.0.2.1", "den.example"), Ok(()));
        let names = Names::new(["node.example"]);
        assert_eq!(asked(&names, "192.0.2.1", "node.example"), Ok(()));
        assert_eq!(asked(&names, "192.0.2.1", "192.0.2.1:8080"), Ok(()));
        assert_eq!(asked(&names, "192.0.2.1", "den.example"), Err(Refusal::MISDIRECTED));
    }

    #[test]
    fn a_host_that_is_none_is_told() {
        let names = Names::default();
        for bad in ["", ":80", "a:b", "a:65536", "[::1", "a b", "a@b", "a/b", "a:1:2"] {
            assert_eq!(asked(&names, "192.0.2.1", bad), Err(Refusal::HOST), "{bad:?}");
        }
        let none = Request::builder().uri("/").body(()).unwrap();
        assert_eq!(names.check(&none, "127.0.0.1".parse().unwrap()), Err(Refusal::HOST));
        let two = Request::builder().header(HOST, "localhost").header(HOST, "localhost").body(()).unwrap();
        assert_eq!(names.check(&two, "127.0.0.1".parse().unwrap()), Err(Refusal::HOST));
    }

    #[test]
    fn the_address_in_the_request_line_counts() {
        let request = Request::builder().uri("http://attacker.example/").header(HOST, "localhost").body(()).unwrap();
        assert_eq!(Names::default().check(&request, "127.0.0.1".parse().unwrap()), Err(Refusal::MISDIRECTED));
    }
}

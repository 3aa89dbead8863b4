//! `capos web`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use clap::Args;

use crate::config::values;

/// Use a node from a browser on this machine
///
/// Serves the workspace on this machine's loopback address, for one browser at a time, and leads it to the node over
/// TLS. Signing in, and choosing another node, is done in the page. A node that serves HTTP itself has the same
/// workspace there; this is for one that does not, or that a browser cannot reach.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos web node.example                 then open the address that it prints
  capos web --open lab                   the node of the session `lab`, in your browser
  capos web --listen 9000 [2001:db8::7]:2327
  capos web --fingerprint SHA256:47DEQ… node.example

It says when the node is gone and when it answers again, and runs until ^C, which ends the browser's session, too.")]
pub(crate) struct Web {
    /// The node, or the name of a held session; without it that of the session last connected, else this machine's.
    #[arg(value_name = "HOST[:PORT]|NAME")]
    pub(crate) node: Option<String>,
    /// Where to listen, on a loopback address. 127.0.0.1:8081 unless you say, or another port where that is taken.
    #[arg(long, value_name = "[ADDR:]PORT")]
    pub(crate) listen: Option<Loopback>,
    /// Open the page in your browser; nothing is opened unless you say.
    #[arg(long)]
    pub(crate) open: bool,
    /// The node's TLS fingerprint, known from elsewhere: nothing is asked or stored.
    #[arg(long, value_name = "SHA256:…")]
    pub(crate) fingerprint: Option<String>,
}

/// An address of this machine that no other one reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loopback(pub(crate) SocketAddr);

impl Loopback {
    /// Where a bridge listens unless somebody says.
    pub(crate) const DEFAULT: Self = Self(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8081));
}

impl FromStr for Loopback {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = match text.parse() {
            Ok(port) => SocketAddr::new(Self::DEFAULT.0.ip(), port),
            Err(_) => values::parse_address(text)?,
        };
        match address.ip().is_loopback() {
            true => Ok(Self(address)),
            false => Err("a bridge is for this machine alone; give a loopback address, or a port".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_taken() {
        let address = |text: &str| text.parse::<Loopback>().map(|Loopback(address)| address.to_string());
        assert_eq!(address("9000").as_deref(), Ok("127.0.0.1:9000"));
        assert_eq!(address("127.0.0.9:0").as_deref(), Ok("127.0.0.9:0"));
        assert_eq!(address("[::1]:80").as_deref(), Ok("[::1]:80"));
        for bad in ["0.0.0.0:80", "192.0.2.1:80", "[::]:80", "", "x", "65536", "localhost"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}

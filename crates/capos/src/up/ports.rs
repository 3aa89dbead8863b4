//! Which sockets the node listens on: those that the service manager hands over, else those that are configured.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result, bail};

use crate::config::{Effective, Origin};

/// The state `TCP_LISTEN` in the kernel's tables.
const LISTENING: &str = "0A";

/// A socket that listens, and how it came to its address.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
    /// The default that it could not have.
    pub(crate) instead_of: Option<SocketAddr>,
}

impl Port {
    /// Listens on an address. One that nobody asked for, and that another program of the same user has, is left to
    /// it: a free port does as well, since whoever starts two nodes is told both.
    pub(crate) fn open(address: SocketAddr, is_default: bool) -> Result<Self> {
        match TcpListener::bind(address) {
            Ok(listener) => Self::of(listener, None),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => match owner(address) {
                Some(owner) if is_default && owner == rustix::process::geteuid().as_raw() => {
                    let listener = TcpListener::bind((address.ip(), 0)).context("no port is free")?;
                    Self::of(listener, Some(address))
                }
                Some(owner) => bail!(
                    "{address} is taken by another program (of user {owner}); stop it, or give another address with --rpc"
                ),
                None => bail!("{address} is taken by another program; stop it, or give another address with --rpc"),
            },
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                bail!("{address} is not for this user; ports from 1024 on are")
            }
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                bail!("{address} is no address of this machine")
            }
            Err(error) => Err(error).with_context(|| format!("cannot listen on {address}")),
        }
    }

    /// The same for the runtime this is called in.
    pub(crate) fn into_listener(self) -> Result<tokio::net::TcpListener> {
        tokio::net::TcpListener::from_std(self.listener).context("a port cannot be used")
    }

    /// A socket that listens already.
    pub(crate) fn of(listener: TcpListener, instead_of: Option<SocketAddr>) -> Result<Self> {
        let address = listener.local_addr().context("a socket does not say where it listens")?;
        listener.set_nonblocking(true).context("a socket cannot be used without waiting")?;
        Ok(Self { listener, address, instead_of })
    }
}

/// The ports for Cap'n Proto: those that were handed over, else those that are configured.
pub(crate) fn open_all(handed: Vec<Port>, effective: &Effective) -> Result<Vec<Port>> {
    let origin = effective.origin("rpc.listen");
    if handed.is_empty() {
        let is_default = origin == Origin::Default;
        return effective.config.rpc.listen.iter().map(|address| Port::open(*address, is_default)).collect();
    }
    if origin != Origin::Default {
        tracing::warn!("the service manager has handed over sockets; what rpc.listen says does not count");
    }
    Ok(handed)
}

/// The user whose program listens where `address` wanted to.
fn owner(address: SocketAddr) -> Option<u32> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    tables.iter().find_map(|table| owner_in(table, address))
}

fn owner_in(table: &str, address: SocketAddr) -> Option<u32> {
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, state, _, _, _, user, ..] = fields[..] else { return None };
        let local = (state == LISTENING).then(|| parse_local(local)).flatten()?;
        let is_there = local.port() == address.port() && is_in_the_way(local.ip(), address.ip());
        is_there.then(|| user.parse().ok()).flatten()
    })
}

fn is_in_the_way(there: IpAddr, wanted: IpAddr) -> bool {
    let (there, wanted) = (there.to_canonical(), wanted.to_canonical());
    there == wanted || there.is_unspecified() || wanted.is_unspecified()
}

/// An address as the kernel's tables have it: words of the machine's byte order, in hexadecimal.
fn parse_local(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::new();
    for word in address.as_bytes().chunks(8) {
        let word = u32::from_str_radix(str::from_utf8(word).ok()?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let address = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(v4) => IpAddr::from(Ipv4Addr::from(v4)),
        Err(_) => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
    };
    Some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0917 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 35010 1 0 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 35011 1 0 100 0 0 10 0
   2: 0100007F:1F90 0100007F:0917 01 00000000:00000000 00:00000000 00000000  1000        0 35012 1 0 100 0 0 10 0
";

    #[test]
    fn the_owner_of_a_port_is_whoever_listens_there() {
        let owner = |address: &str| owner_in(TABLE, address.parse().unwrap());
        assert_eq!(owner("127.0.0.1:2327"), Some(1000));
        assert_eq!(owner("0.0.0.0:2327"), Some(1000), "everywhere includes there");
        assert_eq!(owner("127.0.0.1:80"), Some(33), "and the other way round");
        assert_eq!(owner("127.0.0.2:2327"), None);
        assert_eq!(owner("127.0.0.1:8080"), None, "a connection is not a listener");
    }

    #[test]
    fn the_kernel_tells_of_sockets_of_both_families() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let owner = owner(listener.local_addr().unwrap());
            assert_eq!(owner, Some(rustix::process::geteuid().as_raw()), "{address}");
        }
    }

    #[test]
    fn a_default_that_is_taken_by_ourselves_falls_to_a_free_port() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let port = Port::open(address, true).unwrap();
        assert_eq!(port.instead_of, Some(address));
        assert_ne!(port.address, address);
        let refused = Port::open(address, false).unwrap_err().to_string();
        assert!(refused.contains("is taken by another program"), "{refused}");
    }
}

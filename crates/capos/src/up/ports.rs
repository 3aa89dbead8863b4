//! Which sockets the node listens on: those that the service manager hands over, else those that are configured.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result};
use socket2::{Domain, Protocol, Socket, Type};

use crate::config::{Effective, Origin};
use crate::failure::Failure;

/// Connections that wait to be accepted; what a storm has too much is asked again by its senders.
const BACKLOG: i32 = 1024;
/// The states of a socket that somebody has: connected, half closed by it, closed by the other side.
const CONNECTED: [&str; 4] = ["01", "04", "05", "08"];
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

/// Who wants an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nobody: it is the default.
    Default,
    /// Whoever configured it, for Cap'n Proto.
    Rpc,
    /// Nobody: it is the default for HTTP.
    WebDefault,
    /// Whoever configured it, for HTTP.
    Web,
    /// Whoever configured it, for figures.
    Pages,
    /// Nobody: it is the default of a bridge.
    BridgeDefault,
    /// Whoever started a bridge.
    Bridge,
}

impl Wish {
    fn advice(self) -> &'static str {
        match self {
            Wish::Default | Wish::Rpc => "Give another address with --rpc, or in the configuration as rpc.listen.",
            Wish::WebDefault | Wish::Web => {
                "Give another address with --web, or in the configuration as web.listen; off leaves HTTP out."
            }
            Wish::Pages => "Give another address in the configuration, as metrics.listen.",
            Wish::BridgeDefault | Wish::Bridge => "Give another one with --listen.",
        }
    }
}

impl Port {
    /// Listens on an address. One that nobody asked for, and that another program of the same user has, is left to
    /// it: a free port does as well, since whoever starts two nodes is told both. The one for HTTP is left to any
    /// program, because many use it, and nobody can be expected to know that a node does.
    pub(crate) fn open(address: SocketAddr, wish: Wish) -> Result<Self> {
        let error = match listen(address) {
            Ok(listener) => return Self::of(listener, None),
            Err(error) => error,
        };
        let owner = (error.kind() == io::ErrorKind::AddrInUse).then(|| owner(address)).flatten();
        let gives_way = match wish {
            Wish::Default => owner == Some(rustix::process::geteuid().as_raw()),
            Wish::WebDefault | Wish::BridgeDefault => error.kind() == io::ErrorKind::AddrInUse,
            Wish::Rpc | Wish::Web | Wish::Pages | Wish::Bridge => false,
        };
        if gives_way {
            let listener = listen((address.ip(), 0).into()).context("no port is free")?;
            return Self::of(listener, Some(address));
        }
        Err(Failure::failed(refusal(address, &error, owner)).advise(wish.advice()).into())
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

/// What the node listens on, or is handed to listen on.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    /// For Cap'n Proto.
    pub(crate) rpc: Vec<Port>,
    /// For HTTP.
    pub(crate) web: Vec<Port>,
}

/// The ports: those that were handed over, else those that are configured.
pub(crate) fn open_all(handed: Ports, effective: &Effective) -> Result<Ports> {
    let config = &effective.config;
    Ok(Ports {
        rpc: open_each(handed.rpc, &config.rpc.listen, effective, ("rpc.listen", Wish::Default, Wish::Rpc))?,
        web: open_each(handed.web, &config.web.listen, effective, ("web.listen", Wish::WebDefault, Wish::Web))?,
    })
}

fn open_each(
    handed: Vec<Port>,
    listen: &[SocketAddr],
    effective: &Effective,
    (setting, by_default, by_choice): (&str, Wish, Wish),
) -> Result<Vec<Port>> {
    let origin = effective.origin(setting);
    if handed.is_empty() {
        let wish = if origin == Origin::Default { by_default } else { by_choice };
        return listen.iter().map(|address| Port::open(*address, wish)).collect();
    }
    if origin != Origin::Default {
        tracing::warn!("the service manager has handed over sockets; what {setting} says does not count");
    }
    Ok(handed)
}

/// Each address by itself: `[::]` is every IPv6 address and no IPv4 one, so that both can be listened on.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // What is left of connections that are over keeps nobody from listening again.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn refusal(address: SocketAddr, error: &io::Error, owner: Option<u32>) -> String {
    match (error.kind(), owner) {
        (io::ErrorKind::AddrInUse, Some(owner)) => format!("{address} is taken by another program, of user {owner}"),
        (io::ErrorKind::AddrInUse, None) => format!("{address} is taken by another program"),
        (io::ErrorKind::PermissionDenied, _) => format!("{address} is not for this user; ports from 1024 on are"),
        (io::ErrorKind::AddrNotAvailable, _) => format!("{address} is no address of this machine"),
        _ => format!("{address} cannot be listened on: {error}"),
    }
}

/// Whose program is at the other end of a connection from this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peerage {
    /// That user's.
    Of(u32),
    /// The kernel has no such connection any more.
    Gone,
    /// The kernel does not say.
    Untold,
}

/// Whose socket has that address.
pub(crate) fn user_behind(client: SocketAddr) -> Peerage {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    match tables.iter().find_map(|table| user_of(table, client)) {
        Some(user) => Peerage::Of(user),
        None if tables.iter().all(|table| table.lines().nth(1).is_none()) => Peerage::Untold,
        None => Peerage::Gone,
    }
}

/// A socket that has ended is nobody's in the table.
fn user_of(table: &str, client: SocketAddr) -> Option<u32> {
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, state, _, _, _, user, ..] = fields[..] else { return None };
        let local = CONNECTED.contains(&state).then(|| parse_local(local)).flatten()?;
        let is_it = local.port() == client.port() && local.ip().to_canonical() == client.ip().to_canonical();
        is_it.then(|| user.parse().ok()).flatten()
    })
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
    fn whose_socket_a_connection_came_from_is_told_by_its_own_address_alone() {
        let user = |address: &str| user_of(TABLE, address.parse().unwrap());
        assert_eq!(user("127.0.0.1:8080"), Some(1000));
        assert_eq!(user("[::ffff:127.0.0.1]:8080"), Some(1000), "as a socket of both families has it");
        assert_eq!(user("127.0.0.1:2327"), None, "neither the other end nor a listener");
        assert_eq!(user("127.0.0.2:8080"), None);
        let gone = TABLE.replace(" 01 0000", " 06 0000");
        assert_eq!(user_of(&gone, "127.0.0.1:8080".parse().unwrap()), None, "one that waits out its time is nobody's");
    }

    #[test]
    fn a_client_on_this_machine_is_told_by_the_kernel_until_it_is_gone() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, address) = listener.accept().unwrap();
        assert_eq!(user_behind(address), Peerage::Of(rustix::process::geteuid().as_raw()));
        // The other end is closed first, so that nothing of this one is left.
        drop(accepted);
        drop(client);
        assert_eq!(user_behind(address), Peerage::Gone);
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
    fn every_address_of_both_families_can_be_listened_on_at_one_port() {
        let v6 = match Port::open("[::]:0".parse().unwrap(), Wish::Rpc) {
            Ok(port) => port,
            // A machine without IPv6.
            Err(_) => return,
        };
        let v4 = Port::open((Ipv4Addr::UNSPECIFIED, v6.address.port()).into(), Wish::Rpc).unwrap();
        assert_eq!(v4.address.port(), v6.address.port());
    }

    #[test]
    fn a_default_that_is_taken_by_ourselves_falls_to_a_free_port() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let port = Port::open(address, Wish::Default).unwrap();
        assert_eq!(port.instead_of, Some(address));
        assert_ne!(port.address, address);
        assert_eq!(Port::open(address, Wish::WebDefault).unwrap().instead_of, Some(address));
        for asked in [Wish::Web, Wish::Pages] {
            assert!(Port::open(address, asked).is_err(), "{asked:?}");
        }
        let refused = Port::open(address, Wish::Rpc).unwrap_err().to_string();
        assert!(refused.contains("is taken by another program"), "{refused}");
    }
}

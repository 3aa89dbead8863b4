//! A node to attack, with its laboratory inside it or in a second process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use capos_rpc::{ClientTls, Fingerprint, Trust};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};

use crate::process::Process;

/// Where the laboratory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Inside,
    BehindSocket,
}

/// What connections run over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Plain,
    Tls,
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// Everything that it takes to connect; goes to any thread.
#[derive(Clone)]
pub(crate) struct Door {
    address: SocketAddr,
    tls: Option<ClientTls>,
}

impl Door {
    pub(crate) fn new(address: SocketAddr, tls: Option<ClientTls>) -> Self {
        Self { address, tls }
    }

    /// A TCP connection from one of many sources: all of 127/8 is this machine's own.
    pub(crate) async fn raw(&self, source: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 1, source), 0))).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// The same, with TLS where this door has it. The node may close the door on a peer at any time.
    pub(crate) async fn enter(&self, source: u8) -> Option<Box<dyn Stream>> {
        let stream = self.raw(source).await;
        Some(match &self.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(tls.connect(stream, "localhost").await.ok()?.0),
        })
    }
}

/// Memory of a node's processes, in KiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// What they have allocated and not given up.
    pub(crate) held: u64,
    /// What the kernel gives them, the pages that the allocator cannot give back included.
    pub(crate) resident: u64,
}

pub(crate) struct Node {
    front: Process,
    service: Option<(Process, PathBuf)>,
}

impl Node {
    pub(crate) fn start(layout: Layout) -> Self {
        if layout == Layout::Inside {
            return Self { front: Process::start(&["inside"]), service: None };
        }
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let socket = std::env::temp_dir().join(format!("capos-hostile-{}-{number}.sock", std::process::id()));
        let path = socket.to_str().unwrap();
        let service = Process::start(&["service", path]);
        Self { front: Process::start(&["front", path]), service: Some((service, socket)) }
    }

    pub(crate) fn door(&self, over: Over) -> Door {
        let (address, fingerprint) = self.front.greeting().split_once(' ').unwrap();
        let trust = Trust::Pinned(Fingerprint::parse(fingerprint).unwrap());
        let tls = (over == Over::Tls).then(|| ClientTls::new(&trust, None).unwrap());
        Door::new(address.parse().unwrap(), tls)
    }

    /// Connections that the node has, signed in or not, or that its service has, whichever are more.
    fn connections(&self) -> u64 {
        let service = self.service.as_ref().map_or(0, |(service, _)| service.ask("load"));
        self.front.ask("load").max(service)
    }

    /// Connections that have not signed in.
    pub(crate) fn waiting(&self) -> u64 {
        self.front.ask("waiting")
    }

    /// Waits until the node has this many connections left. It is asked again and again: it is another process.
    pub(crate) async fn until_left(&self, connections: u64) {
        let patience = Instant::now() + Duration::from_secs(20);
        while self.connections() > connections {
            assert!(Instant::now() < patience, "{} connections outlive their peers", self.connections() - connections);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn memory(&self) -> Memory {
        let processes = std::iter::once(&self.front).chain(self.service.iter().map(|(service, _)| service));
        processes.fold(Memory { held: 0, resident: 0 }, |sum, process| Memory {
            held: sum.held + process.ask("held") / 1024,
            resident: sum.resident + process.memory(),
        })
    }

    /// Where the kernel tells how long its threads had to wait for a processor.
    pub(crate) fn schedules(&self) -> Vec<PathBuf> {
        let service = self.service.iter().flat_map(|(service, _)| service.schedules());
        self.front.schedules().into_iter().chain(service).collect()
    }

    /// Ends it; it must have been alive, and nothing in it may have panicked.
    pub(crate) fn end(self) {
        assert_eq!(self.front.ask("panics"), 0, "tasks of the node panicked");
        let mut complaints = self.front.end();
        if let Some((service, socket)) = self.service {
            service.ask("panics");
            complaints += &service.end();
            let _ = std::fs::remove_file(socket);
        }
        assert_eq!(complaints, "", "the processes complained");
    }
}

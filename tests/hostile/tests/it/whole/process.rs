//! The node's process, and what it tells of itself.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use capos_rpc::{ClientTls, Fingerprint, Trust};
use capos_testkit::node::{Node, NodePlan, program};

use crate::node::{Door, Over};
use crate::process::{private_kib, schedules_of};

/// For accounts that a test signs in to.
pub(crate) const PASSWORD: &str = "a password for the tests";
/// The accounts that have it.
const ACCOUNTS: [&str; 2] = ["alice", "bob"];

/// A node that runs. Dropped, it is stopped.
pub(crate) struct WholeNode {
    node: Node,
}

impl WholeNode {
    pub(crate) fn start() -> Self {
        Self::configured("")
    }

    /// With this in its configuration besides.
    pub(crate) fn configured(more: &str) -> Self {
        let plan = NodePlan::new(program())
            .configuration(&format!("metrics.listen = \"127.0.0.1:0\"\nlog.level = \"warn\"\n{more}"))
            // Memory is given back as soon as it is free: what is left over is held by somebody.
            .environment("MALLOC_ARENA_MAX", "1")
            .environment("MALLOC_TRIM_THRESHOLD_", "65536")
            .environment("MALLOC_MMAP_THRESHOLD_", "65536");
        plan.make_data();
        for account in ACCOUNTS {
            plan.admin(&["account", "add", account, "--profile", "user", "--password-stdin"], PASSWORD);
        }
        plan.admin(&["account", "add", "visitor", "--profile", "guest", "--kind", "guest", "--no-password"], "");
        Self { node: plan.start() }
    }

    pub(crate) fn door(&self, over: Over) -> Door {
        let trust = Trust::Pinned(Fingerprint::parse(self.node.fingerprint()).unwrap());
        let tls = (over == Over::Tls).then(|| ClientTls::new(&trust, None).unwrap());
        Door::new(self.node.address(), tls)
    }

    /// Where it serves HTTP.
    pub(crate) fn web(&self) -> SocketAddr {
        self.node.web().expect("it does")
    }

    /// One of its figures.
    pub(crate) fn figure(&self, name: &str) -> u64 {
        let page = http_get(self.node.metrics().expect("it was configured"), "/metrics");
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.trim().parse().ok()).unwrap_or_else(|| panic!("{name} is not in {page}"))
    }

    /// Waits until it has this many connections left, and nobody is at the gate. It is asked again and again: it is
    /// another process.
    pub(crate) async fn until_left(&self, connections: u64) {
        let patience = Instant::now() + Duration::from_secs(20);
        let left = || (self.figure("capos_connections"), self.figure("capos_gate_waiting"));
        while left().0 > connections || left().1 > 0 {
            assert!(Instant::now() < patience, "connections, and those of them at the gate: {:?}", left());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Memory that is its own, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        private_kib(self.node.pid())
    }

    /// The same once it is within a bound, or what it stays at.
    pub(crate) async fn settled_memory(&self, bound: u64) -> u64 {
        let patience = Instant::now() + Duration::from_secs(5);
        while self.memory() > bound && Instant::now() < patience {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.memory()
    }

    pub(crate) fn schedules(&self) -> Vec<std::path::PathBuf> {
        schedules_of(self.node.pid())
    }

    /// Stops it. Nothing in it may have gone wrong.
    pub(crate) fn end(self) {
        assert_eq!(self.figure("capos_vat_panics_total"), 0, "tasks of the node panicked");
        assert_eq!(self.figure("capos_store_writable"), 1);
        self.node.end_well();
    }
}

fn http_get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

//! The ways to serve the laboratory.

use std::net::SocketAddr;
use std::time::Duration;

use crate::process::Process;

/// One way to serve the laboratory.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// The contender that this one's figures are divided by.
    pub(crate) against: Option<&'static str>,
    /// Whether it is the product, and so may be asked by the product's client.
    pub(crate) is_ours: bool,
    /// Starts the processes; clients connect to the last one.
    start: fn() -> anyhow::Result<Vec<Process>>,
}

pub(crate) const CONTENDERS: &[Contender] = &[
    Contender {
        name: "direct",
        what: "plain server",
        against: None,
        is_ours: false,
        start: || Ok(vec![Process::start(&["serve-plain"])?]),
    },
    Contender {
        name: "proxy",
        what: "plain server behind a plain forwarding proxy",
        against: Some("direct"),
        is_ours: false,
        start: || {
            let server = Process::start(&["serve-plain"])?;
            let upstream = server.address().to_owned();
            Ok(vec![server, Process::start(&["proxy-plain", &upstream])?])
        },
    },
    Contender {
        name: "node",
        what: "the node's connections and membrane, service in the same process",
        against: Some("direct"),
        is_ours: true,
        start: || Ok(vec![Process::start(&["serve-node"])?]),
    },
    Contender {
        name: "service",
        what: "the node's connections and membrane, a confined service that its runner started",
        against: Some("proxy"),
        is_ours: true,
        start: || Ok(vec![Process::start(&["serve-confined"])?]),
    },
];

/// A contender's running processes, ended on drop.
pub(crate) struct Running {
    pub(crate) contender: &'static Contender,
    processes: Vec<Process>,
}

impl Running {
    pub(crate) fn start(contender: &'static Contender) -> anyhow::Result<Self> {
        let processes = (contender.start)()?;
        anyhow::ensure!(!processes.is_empty(), "{} starts nothing", contender.name);
        Ok(Self { contender, processes })
    }

    /// Where clients connect.
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        let front = self.processes.last();
        Ok(front.expect("a running contender has processes").address().parse()?)
    }

    /// Processor time that all its processes used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        self.processes.iter().map(Process::cpu).sum()
    }
}

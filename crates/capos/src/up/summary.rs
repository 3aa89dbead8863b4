//! What a node says once one can sign in: to a person, to a program, to the journal.

use std::io::{IsTerminal as _, stderr};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use capos_rpc::{Fingerprint, may_be_plain};
use serde_json::{Value as Json, json};

use super::confinement::Confinement;
use super::first_start::{FirstAccount, FirstPassword};
use super::ports::{Port, Ports};
use crate::config::{DEFAULT_PORT, Effective, LogFormat};
use crate::output::Output;

/// What to do where the default for HTTP is taken.
const OTHER_WEB: &str = "Choose another with --web or web.listen, or leave HTTP out with --web off.";

/// The facts.
pub(crate) struct Summary {
    name: String,
    data: PathBuf,
    /// The configuration's, where there is one.
    file: Option<PathBuf>,
    addresses: Vec<SocketAddr>,
    /// Where HTTP is served.
    web: Vec<SocketAddr>,
    /// The default of it that another program has.
    missed_web: Option<SocketAddr>,
    /// The default that another program of the same user has.
    missed: Option<SocketAddr>,
    metrics: Option<SocketAddr>,
    fingerprint: Fingerprint,
    confinement: Confinement,
}

impl Summary {
    /// Of a node with these ports.
    pub(crate) fn new(
        effective: &Effective,
        ports: &Ports,
        pages: Option<&Port>,
        fingerprint: Fingerprint,
        confinement: Confinement,
    ) -> Self {
        let config = &effective.config;
        Self {
            file: effective.file.clone(),
            name: config.node.name.clone(),
            data: config.node.data.clone(),
            addresses: ports.rpc.iter().map(|port| port.address).collect(),
            missed: ports.rpc.iter().find_map(|port| port.instead_of),
            web: ports.web.iter().map(|port| port.address).collect(),
            missed_web: ports.web.iter().find_map(|port| port.instead_of),
            metrics: pages.map(|port| port.address),
            fingerprint,
            confinement,
        }
    }

    /// The content of the ready file.
    pub(crate) fn as_json(&self) -> Json {
        json!({
            "rpc": self.addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>(),
            "web": self.web.iter().map(SocketAddr::to_string).collect::<Vec<_>>(),
            "workspace": self.web.iter().map(url).collect::<Vec<_>>(),
            "nodeId": hex::encode(self.fingerprint.bytes()),
            "fingerprint": self.fingerprint.to_string(),
            "pid": std::process::id(),
            "metrics": self.metrics.map(|address| address.to_string()),
            "confinement": self.confinement.as_json(),
            "version": env!("CARGO_PKG_VERSION"),
        })
    }

    /// One line for the service manager.
    pub(crate) fn status(&self) -> String {
        match self.web.is_empty() {
            true => format!("listening on {}", self.listed()),
            false => format!("listening on {}, for HTTP on {}", self.listed(), listed(&self.web)),
        }
    }

    /// Tells whoever started it: a person at a terminal in their words, a log in its own.
    pub(crate) fn tell(&self, first: Option<FirstAccount>, output: &Output, format: LogFormat) {
        if format == LogFormat::Text && stderr().is_terminal() {
            return output.note(&self.banner(first.as_ref()));
        }
        if let Some(missed) = self.missed {
            let now = self.listed();
            tracing::warn!("{missed} is taken by another program of this user; this node is on {now} instead");
        }
        if let Some(missed) = self.missed_web {
            let now = listed(&self.web);
            tracing::warn!("{missed} is taken by another program; HTTP is on {now} instead. {OTHER_WEB}");
        }
        if let Some(first) = first {
            let name = first.name;
            match first.password {
                FirstPassword::Given => tracing::info!(account = name, "the operator's account was made"),
                FirstPassword::Written(path) => tracing::info!(
                    account = name,
                    file = %path.display(),
                    "the operator's account was made; its one-time password is in the file, for 24 hours"
                ),
                // There was a terminal: the format is for programs, and the log is not the place.
                FirstPassword::Shown(password) => output.note(&format!(
                    "The one-time password of {name}, good for 24 hours from this machine: {}",
                    password.as_str()
                )),
            }
        }
        self.confinement.tell_log();
        let web = if self.web.is_empty() { "off".to_owned() } else { listed(&self.web) };
        let workspace = self.web.iter().map(url).collect::<Vec<_>>().join(", ");
        let workspace = if workspace.is_empty() { "off".to_owned() } else { workspace };
        tracing::info!(rpc = self.listed(), web, workspace, fingerprint = %self.fingerprint, "one can sign in");
    }

    fn listed(&self) -> String {
        listed(&self.addresses)
    }

    fn banner(&self, first: Option<&FirstAccount>) -> String {
        let mut lines =
            vec![format!("The node {} is up.", self.name), String::new(), format!("  address      {}", self.listed())];
        if let Some(missed) = self.missed {
            lines.push(format!("               {missed} is taken by another program of yours"));
        }
        let urls: Vec<_> = self.web.iter().map(url).collect();
        if !urls.is_empty() {
            lines.push(format!("  workspace    {} in a browser; Cap'n Web at /rpc", urls.join(", ")));
        }
        if let Some(missed) = self.missed_web {
            lines.push(format!("               {missed} is taken by another program. {OTHER_WEB}"));
        }
        lines.push(format!("  fingerprint  {}", self.fingerprint));
        lines.push(format!("  data         {}", self.data.display()));
        if let Some(file) = &self.file {
            lines.push(format!("  configured   in {}", file.display()));
        }
        if let Some(metrics) = self.metrics {
            lines.push(format!("  metrics      http://{metrics}/metrics"));
        }
        let (confined, consequence) = self.confinement.lines();
        lines.push(format!("  services     {confined}"));
        lines.extend(consequence.map(|consequence| format!("               {consequence}")));
        if let Some(first) = first {
            lines.push(format!("  operator     {}", first.name));
            match &first.password {
                FirstPassword::Given => {}
                FirstPassword::Shown(password) => {
                    lines.push(format!("  password     {}", password.as_str()));
                    lines.push("               once, within 24 hours, from this machine; then choose your own".into());
                }
                FirstPassword::Written(path) => lines.push(format!("  password     in {}", path.display())),
            }
        }
        lines.push(String::new());
        lines.push("From another terminal:".to_owned());
        lines.push(format!("  capos connect {}", self.target(first)));
        lines.push("Stop it here with ^C.".to_owned());
        lines.join("\n")
    }

    /// What to type after `capos connect`, on this machine.
    fn target(&self, first: Option<&FirstAccount>) -> String {
        let account = first.map(|first| format!("{}@", first.name)).unwrap_or_default();
        let Some(address) = self.addresses.first() else { return account };
        let ip = match address.ip() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::from(Ipv4Addr::LOCALHOST),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::from(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        match (ip, address.port()) {
            (IpAddr::V4(ip), DEFAULT_PORT) => format!("{account}{ip}"),
            (ip, port) => format!("{account}{}", SocketAddr::new(ip, port)),
        }
    }
}

fn listed(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(", ")
}

/// What to ask for over HTTP: without TLS where that is served.
fn url(address: &SocketAddr) -> String {
    let scheme = if may_be_plain(address.ip()) { "http" } else { "https" };
    format!("{scheme}://{address}/")
}

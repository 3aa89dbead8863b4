//! What a node says once one can sign in: to a person, to a program, to the journal.

use std::io::{IsTerminal as _, stderr};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use capos_rpc::{Fingerprint, may_be_plain};
use serde_json::{Value as Json, json};

use super::confinement::Confinement;
use super::first_start::{FirstAccount, FirstPassword};
use super::ports::{Port, Ports};
use crate::config::{DEFAULT_PORT, Effective, LogFormat, Web};
use crate::output::Output;

/// Which port addresses of HTTPS leave out.
const HTTPS_PORT: u16 = 443;

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
    /// What to open in a browser.
    workspace: Vec<String>,
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
        let web: Vec<_> = ports.web.iter().map(|port| port.address).collect();
        Self {
            file: effective.file.clone(),
            name: config.node.name.clone(),
            data: config.node.data.clone(),
            addresses: ports.rpc.iter().map(|port| port.address).collect(),
            missed: ports.rpc.iter().find_map(|port| port.instead_of),
            workspace: workspace(&config.web, &web),
            web,
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
            "workspace": self.workspace,
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
        let workspace = if self.workspace.is_empty() { "off".to_owned() } else { self.workspace.join(", ") };
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
        if !self.workspace.is_empty() {
            lines.push(format!("  workspace    {} in a browser; Cap'n Web at /rpc", self.workspace.join(", ")));
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
        match (reached(address.ip()), address.port()) {
            (IpAddr::V4(ip), DEFAULT_PORT) => format!("{account}{ip}"),
            (ip, port) => format!("{account}{}", SocketAddr::new(ip, port)),
        }
    }
}

fn listed(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(", ")
}

/// By which address of this machine itself one reaches what listens there.
fn reached(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

/// What to open in a browser: the public origin, where there is one, since nothing else is answered then.
fn workspace(web: &Web, addresses: &[SocketAddr]) -> Vec<String> {
    if let (Some(origin), false) = (&web.public_origin, addresses.is_empty()) {
        return vec![format!("{origin}/")];
    }
    let mut urls: Vec<_> = addresses.iter().map(|address| url(*address, web.names.first())).collect();
    urls.dedup();
    urls
}

/// Without TLS where that is served; elsewhere by its name, where it has one.
fn url(address: SocketAddr, name: Option<&String>) -> String {
    if may_be_plain(address.ip()) {
        return format!("http://{address}/");
    }
    match (name, address.port()) {
        (Some(name), HTTPS_PORT) => format!("https://{name}/"),
        (Some(name), port) => format!("https://{name}:{port}/"),
        (None, port) => format!("https://{}/", SocketAddr::new(reached(address.ip()), port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(web: &Web, addresses: &[&str]) -> Vec<String> {
        workspace(web, &addresses.iter().map(|address| address.parse().unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_said_to_be_opened_is_what_answers() {
        let mut web = crate::config::Config::default().web;
        assert!(opened(&web, &[]).is_empty());
        assert_eq!(opened(&web, &["127.0.0.1:8080", "[::1]:80"]), ["http://127.0.0.1:8080/", "http://[::1]:80/"]);
        assert_eq!(opened(&web, &["0.0.0.0:8443"]), ["https://127.0.0.1:8443/"]);
        assert_eq!(opened(&web, &["192.0.2.7:443"]), ["https://192.0.2.7:443/"]);
        web.names = vec!["den.example".to_owned(), "other.example".to_owned()];
        assert_eq!(opened(&web, &["0.0.0.0:443", "[::]:443"]), ["https://den.example/"]);
        assert_eq!(
            opened(&web, &["0.0.0.0:8443", "127.0.0.1:1"]),
            ["https://den.example:8443/", "http://127.0.0.1:1/"]
        );
        web.public_origin = capos_web::PublicOrigin::parse("https://front.example");
        assert_eq!(opened(&web, &["127.0.0.1:8080", "[::1]:8080"]), ["https://front.example/"]);
        assert!(opened(&web, &[]).is_empty(), "nothing is served");
    }
}

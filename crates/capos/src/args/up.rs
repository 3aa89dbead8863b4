//! `capos up`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use crate::config::{Flag, LogFormat, values};
use crate::failure::Failure;

/// Start a node in the foreground
///
/// The first start makes the node's identity and an account for you. Its password is shown once on a terminal, or
/// written to a file in the data directory where there is none. Sign in with a browser, at the address of the workspace
/// that it prints, or with `capos connect`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos up                                     on this machine alone, with the defaults
  capos up --rpc 0.0.0.0:2327 --config /etc/capos/capos.toml
  capos up --web 0.0.0.0:8443                  the workspace for other machines, over HTTPS
  capos up --web off                           without HTTP
  capos up --data /tmp/try --operator ada --operator-password-stdin < password.txt

SIGTERM or ^C stops it after a grace, twice at once; SIGHUP reads the configuration again.")]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) node: NodeFlags,
    /// Write a JSON object with the addresses, the node's id and fingerprint to this file once one can sign in.
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
    /// What to call the first account; your own name unless you say. Later starts ignore it.
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// Take the first account's password from the first line of standard input. Later starts ignore it.
    #[arg(long)]
    pub(crate) operator_password_stdin: bool,
}

/// What of the configuration the command line can say, too.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NodeFlags {
    /// The data directory; ~/.local/state/capos unless you say.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration; ~/.config/capos/capos.toml, where it is there, unless you say.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where to listen for clients; repeat it for several. 127.0.0.1:2327 unless you say.
    #[arg(long, value_name = "ADDR")]
    pub(crate) rpc: Vec<SocketAddr>,
    /// Where to serve the workspace over HTTP, or off; repeat it for several. 127.0.0.1:8080 unless you say.
    #[arg(long, value_name = "ADDR|off")]
    pub(crate) web: Vec<WebAddress>,
    /// How the log looks.
    #[arg(long, value_enum)]
    pub(crate) log_format: Option<Format>,
}

/// Where HTTP is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebAddress {
    /// There.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

impl FromStr for WebAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == values::OFF { Ok(Self::Off) } else { values::parse_address(text).map(Self::At) }
    }
}

/// How the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines for people.
    Text,
    /// An object a line.
    Json,
}

impl NodeFlags {
    /// What was said, as it goes over the file.
    pub(crate) fn flags(&self) -> Result<Vec<Flag>, Failure> {
        let mut flags = Vec::new();
        if let Some(data) = &self.data {
            let data = std::path::absolute(data);
            let data = data.map_err(|_| Failure::usage("--data is no path of a directory"))?;
            flags.push(Flag::new("node.data", "--data", move |config| config.node.data.clone_from(&data)));
        }
        if !self.rpc.is_empty() {
            let listen = self.rpc.clone();
            flags.push(Flag::new("rpc.listen", "--rpc", move |config| config.rpc.listen.clone_from(&listen)));
        }
        if !self.web.is_empty() {
            let listen = self.web_addresses()?;
            flags.push(Flag::new("web.listen", "--web", move |config| config.web.listen.clone_from(&listen)));
        }
        if let Some(format) = self.log_format {
            let format = match format {
                Format::Text => LogFormat::Text,
                Format::Json => LogFormat::Json,
            };
            flags.push(Flag::new("log.format", "--log-format", move |config| config.log.format = format));
        }
        Ok(flags)
    }

    fn web_addresses(&self) -> Result<Vec<SocketAddr>, Failure> {
        let address = |web: &WebAddress| match web {
            WebAddress::At(address) => Some(*address),
            WebAddress::Off => None,
        };
        let listen: Vec<_> = self.web.iter().filter_map(address).collect();
        if !listen.is_empty() && listen.len() < self.web.len() {
            return Err(Failure::usage("--web off and an address exclude each other"));
        }
        Ok(listen)
    }
}

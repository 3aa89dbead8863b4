//! What a node is told to be: defaults, then a file, then flags.
//!
//! `settings` is the one table of everything that can be said; `reading` turns a file into it with all that is wrong
//! in it, `values` is how each kind of value is written, and `effective` is the outcome with where each value is from.

pub(crate) mod certificates;
pub(crate) mod effective;
pub(crate) mod fault;
#[cfg(test)]
mod fuzzing;
pub(crate) mod places;
pub(crate) mod profiles;
pub(crate) mod reading;
pub(crate) mod settings;
pub(crate) mod show;
pub(crate) mod values;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use capos_web::{PublicOrigin, Range, SameSite};
use serde_json::json;

use crate::args::config::{self as arguments, Verb};
use crate::bundled::Bundled;
use crate::failure::{Exit, Failure};
use crate::output::Output;
pub(crate) use effective::{Effective, Flag, Origin};
pub(crate) use fault::{Fault, Faults};

/// Where a client looks for a node.
pub(crate) const DEFAULT_PORT: u16 = 2327;
/// Where a program that speaks HTTP does.
const DEFAULT_WEB_PORT: u16 = 8080;

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) node: Node,
    pub(crate) rpc: Rpc,
    pub(crate) web: Web,
    pub(crate) auth: capos_authority::MethodSettings,
    pub(crate) log: Log,
    pub(crate) metrics: Metrics,
    pub(crate) services: Services,
    pub(crate) limits: Limits,
}

/// The node itself.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// What it calls itself to clients.
    pub(crate) name: String,
    /// What it says to whoever has signed in.
    pub(crate) motd: String,
    /// Where its data is.
    pub(crate) data: PathBuf,
    /// How long sessions may go on once it was told to stop.
    pub(crate) stop_grace: Duration,
}

/// The port for Cap'n Proto.
#[derive(Clone, Debug)]
pub(crate) struct Rpc {
    pub(crate) listen: Vec<SocketAddr>,
}

/// The port for HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Web {
    /// Nowhere where it is off.
    pub(crate) listen: Vec<SocketAddr>,
    /// The names that it may be asked by, beside those of the machine itself.
    pub(crate) names: Vec<String>,
    /// The one origin that browsers know it by, where there is one.
    pub(crate) public_origin: Option<PublicOrigin>,
    /// Proxies that are believed what they say of their clients.
    pub(crate) proxies: Vec<Range>,
    pub(crate) same_site: SameSite,
    /// What it shows instead of the node's identity, in PEM.
    pub(crate) certificate: Option<PathBuf>,
    /// The key of that.
    pub(crate) key: Option<PathBuf>,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) level: LogLevel,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For programs: an object a line.
    Json,
}

/// The least that is worth a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// Figures and health over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) listen: Option<SocketAddr>,
}

/// Which services it can run.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    /// Where profiles are.
    pub(crate) directory: PathBuf,
    /// Which of the compiled-in ones there are.
    pub(crate) bundled: Vec<Bundled>,
}

/// The limits of the parts, as far as it makes sense to choose them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) connection: capos_rpc::Limits,
    pub(crate) entry: capos_rpc::GateLimits,
    pub(crate) web: capos_web::Limits,
    pub(crate) workspace: capos_web::WorkspaceLimits,
    pub(crate) rpc: crate::limits::RpcLimits,
    pub(crate) capnweb: capnweb::Limits,
    pub(crate) authority: capos_authority::Limits,
    pub(crate) gateway: capos_gateway::Limits,
    pub(crate) store: capos_store::Limits,
    pub(crate) runner: capos_runner::Limits,
    pub(crate) recordings: capos_gateway::RecordingLimits,
}

/// `capos config`.
pub(crate) fn run(arguments: arguments::Config, output: &Output) -> Result<Exit, Failure> {
    match arguments.verb {
        Verb::Check { file, config } => match Effective::load(file.or(config).as_deref(), &[]) {
            Ok(effective) => {
                match profiles::read(&effective.config).map(drop).and(certificates::read(&effective.config).map(drop)) {
                    Ok(()) => sound(&effective, output),
                    Err(faults) => faulty(&faults, output),
                }
            }
            Err(faults) => faulty(&faults, output),
        },
        Verb::Show { node } => match Effective::load(node.config.as_deref(), &node.flags()?) {
            Ok(effective) => {
                output.answer(&show::as_json(&effective), |_| show::as_toml(&effective))?;
                Ok(Exit::Done)
            }
            Err(faults) => Ok(faults.tell(output)),
        },
        Verb::Profile { service } => {
            // The grammar lets no other names pass.
            let text = Bundled::parse(&service).map(Bundled::profile).unwrap_or_default();
            output.answer(&json!({ "service": service, "profile": text }), |_| text.to_owned())?;
            Ok(Exit::Done)
        }
    }
}

fn sound(effective: &Effective, output: &Output) -> Result<Exit, Failure> {
    let file = effective.file.as_deref().map(|file| file.display().to_string());
    let sentence = match &file {
        Some(file) => format!("{file}: ok"),
        None => format!("ok: there is no {}, and the defaults hold", places::configuration_file().display()),
    };
    output.answer(&json!({ "ok": true, "file": file }), |_| sentence)?;
    Ok(Exit::Done)
}

fn faulty(faults: &Faults, output: &Output) -> Result<Exit, Failure> {
    if output.is_json() {
        output.json_line(&json!({ "ok": false, "faults": faults.as_json() }))?;
        return Ok(Exit::Usage);
    }
    Ok(faults.tell(output))
}

impl Default for Config {
    fn default() -> Self {
        Self {
            node: Node {
                name: places::host_name(),
                motd: String::new(),
                data: places::data_directory(),
                stop_grace: Duration::from_secs(5),
            },
            rpc: Rpc { listen: vec![(Ipv4Addr::LOCALHOST, DEFAULT_PORT).into()] },
            web: Web {
                listen: vec![(Ipv4Addr::LOCALHOST, DEFAULT_WEB_PORT).into()],
                names: Vec::new(),
                public_origin: None,
                proxies: Vec::new(),
                same_site: SameSite::Strict,
                certificate: None,
                key: None,
            },
            auth: capos_authority::MethodSettings::default(),
            log: Log { format: LogFormat::Text, level: LogLevel::Info },
            metrics: Metrics { listen: None },
            services: Services {
                directory: places::profiles(&places::configuration_file()),
                bundled: Bundled::ALL.to_vec(),
            },
            limits: Limits::default(),
        }
    }
}

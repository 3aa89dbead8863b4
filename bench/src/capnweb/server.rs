//! The two servers, each in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::machine::cpu_of;
use crate::process::tethered;

/// Where the official package is; `cargo xtask bench` says.
const MODULES: &str = "CAPOS_NODE_MODULES";

/// A running server, ended on drop.
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
}

/// The crate's example, built beside this program.
pub(super) fn ours() -> anyhow::Result<Server> {
    let program = std::env::current_exe()?;
    let example = program.parent().context("this program is in a folder")?.join("examples/target");
    ensure!(example.exists(), "the target server was not built (cargo build -p capnweb --example target)");
    Server::start(tethered(&example).arg("0"))
}

/// The same interface on the official package.
pub(super) fn packages() -> anyhow::Result<Server> {
    let modules = std::env::var_os(MODULES).map(PathBuf::from);
    let modules = modules.with_context(|| format!("there is no official package ({MODULES} does not say where)"))?;
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/capnweb/conformance/reference.mjs");
    let mut command = tethered(Path::new("node"));
    Server::start(command.arg(reference).arg("0").env(MODULES, modules))
}

impl Server {
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.with_context(|| format!("starting {command:?}"))?;
        match read_address(&mut child) {
            Ok(address) => Ok(Self { child, address }),
            Err(error) => {
                end(&mut child);
                Err(error.context(format!("waiting for {command:?} to listen")))
            }
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Processor time used so far.
    pub(super) fn cpu(&self) -> anyhow::Result<Duration> {
        cpu_of(&self.child.id().to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    // It may have gone by itself, and is waited for either way.
    let _ = child.kill();
    let _ = child.wait();
}

/// Both say one line, with the address at its end.
fn read_address(child: &mut Child) -> anyhow::Result<SocketAddr> {
    let stdout = child.stdout.take().context("the output is a pipe")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let address = line.split_whitespace().last().and_then(|word| word.parse().ok());
    address.with_context(|| format!("it said {line:?}"))
}

//! A node as people start it, `capos up`: in a process of its own, weighed from outside.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::machine;
use crate::process::tethered;

/// Where the program is looked for before it is looked for beside this one.
const PROGRAM: &str = "CAPOS_BIN";
/// The operator of every node here, and its password: a fresh one is in nobody's way.
pub(crate) const OPERATOR: &str = "operator";
pub(crate) const PASSWORD: &str = "the benchmark's own operator";
/// How long a node may take to let people in.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the ready file is looked for: the error of a start's time.
const LOOK: Duration = Duration::from_micros(200);

/// A running node, ended on drop.
pub(crate) struct Node {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) fingerprint: String,
}

/// Where a node's data lie; they go with this.
pub(crate) struct Home {
    directory: TempDir,
    program: PathBuf,
}

/// The node's program, if it has been built.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os(PROGRAM) {
        return Ok(path.into());
    }
    let beside = std::env::current_exe()?.with_file_name("capos");
    ensure!(beside.exists(), "no `capos` was built beside this program, and {PROGRAM} names none");
    Ok(beside)
}

impl Home {
    pub(crate) fn new(program: &Path) -> anyhow::Result<Self> {
        Ok(Self { directory: tempfile::tempdir()?, program: program.to_owned() })
    }

    /// Starts a node on these data, and returns once it lets people in.
    pub(crate) fn start(&self) -> anyhow::Result<Node> {
        let ready = self.directory.path().join("ready.json");
        let _ = fs::remove_file(&ready);
        let mut child = self.spawn(&ready)?;
        match wait_for(&ready, &mut child).and_then(|text| read_ready(&text)) {
            Ok((address, fingerprint)) => Ok(Node { child, address, fingerprint }),
            Err(error) => {
                end(&mut child);
                let log = fs::read_to_string(self.log()).unwrap_or_default();
                Err(error.context(format!("starting {}: {}", self.program.display(), log.trim())))
            }
        }
    }

    fn spawn(&self, ready: &Path) -> anyhow::Result<Child> {
        let data = self.directory.path().join("data");
        let is_new = !data.exists();
        let mut command = tethered(&self.program);
        command.args(["up", "--rpc", "127.0.0.1:0", "--data"]).arg(data).arg("--ready-file").arg(ready);
        // Whatever this user has configured is no part of the measurement.
        command.env("XDG_CONFIG_HOME", self.directory.path());
        if is_new {
            command.args(["--operator", OPERATOR, "--operator-password-stdin"]);
        }
        let log = fs::File::create(self.log())?;
        let mut child = command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut input = child.stdin.take().context("its input is a pipe")?;
        if is_new {
            writeln!(input, "{PASSWORD}")?;
        }
        Ok(child)
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }
}

fn wait_for(ready: &Path, child: &mut Child) -> anyhow::Result<String> {
    let end = Instant::now() + PATIENCE;
    while !ready.exists() {
        if let Some(status) = child.try_wait()? {
            anyhow::bail!("it ended with {status}");
        }
        ensure!(Instant::now() < end, "it lets nobody in");
        std::thread::sleep(LOOK);
    }
    Ok(fs::read_to_string(ready)?)
}

fn read_ready(text: &str) -> anyhow::Result<(SocketAddr, String)> {
    let ready: Value = serde_json::from_str(text)?;
    let address = ready["rpc"][0].as_str().with_context(|| format!("no address in {text}"))?;
    let fingerprint = ready["fingerprint"].as_str().with_context(|| format!("no fingerprint in {text}"))?;
    Ok((address.parse()?, fingerprint.to_owned()))
}

impl Node {
    /// Memory, shared pages divided by their sharers; in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        machine::memory_of(self.child.id())
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "a node that was asked to stop ended with {status}");
        Ok(())
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        machine::cpu_of(&self.child.id().to_string())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

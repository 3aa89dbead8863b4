//! Server processes: how they start, tell their address, are weighed, and end.

use std::future::Future;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::machine::{cpu_of, family};

/// What a server says before its address.
const LISTENING: &str = "listening on ";
/// Has the kernel end what it starts when whoever started it ends.
const TETHER: &str = "/usr/bin/setpriv";

/// A server process of this very program, ended on drop.
pub(crate) struct Process {
    child: Child,
    address: String,
    /// It and those that it has started by the time it listens: a node's helper and its service.
    family: Vec<u32>,
}

impl Process {
    /// Starts this program with these arguments and waits until it listens.
    pub(crate) fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("finding this program")?;
        let mut child = Command::new(program)
            .args(arguments)
            // The server ends when this pipe does, so that none outlives a benchmark that was killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {arguments:?}"))?;
        match read_address(&mut child).and_then(|address| Ok((address, family(child.id())?))) {
            Ok((address, family)) => Ok(Self { child, address, family }),
            Err(error) => {
                end(&mut child);
                Err(error.context(format!("waiting for {arguments:?} to listen")))
            }
        }
    }

    /// Where it listens: a socket address, or a path.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Processor time used so far, by it and by those that it started.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        self.family.iter().map(|member| cpu_of(&member.to_string())).sum()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    // The end of its input is its word to tidy up and go; it may have gone by itself, and is waited for either way.
    drop(child.stdin.take());
    let _ = child.wait();
}

fn read_address(child: &mut Child) -> anyhow::Result<String> {
    let stdout = child.stdout.take().context("the output is a pipe")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let address = line.trim().strip_prefix(LISTENING);
    Ok(address.with_context(|| format!("it said {line:?}"))?.to_owned())
}

/// A command for a program that does not outlive this one, even where this one is killed.
pub(crate) fn tethered(program: &Path) -> Command {
    if !Path::new(TETHER).exists() {
        return Command::new(program);
    }
    let mut command = Command::new(TETHER);
    command.args(["--pdeathsig", "TERM", "--"]).arg(program);
    command
}

/// Runs a server on a free loopback port until standard input ends.
pub(crate) fn serve<F>(server: impl FnOnce(TcpListener) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    serve_from(async || Ok(()), |listener, ()| server(listener))
}

/// The same for a server that has something to prepare before it can be used.
pub(crate) fn serve_from<P, F>(
    prepare: impl AsyncFnOnce() -> anyhow::Result<P>,
    server: impl FnOnce(TcpListener, P) -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let ended = input_ends()?;
    on_vat(async {
        let prepared = prepare().await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{LISTENING}{}", listener.local_addr()?);
        tokio::select! {
            outcome = server(listener, prepared) => outcome,
            _ = ended => Ok(()),
        }
    })
}

fn input_ends() -> anyhow::Result<oneshot::Receiver<()>> {
    let (ended, told) = oneshot::channel();
    std::thread::Builder::new().name("input".into()).spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    })?;
    Ok(told)
}

fn on_vat(server: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(capos_testkit::stock::vat(server))
}

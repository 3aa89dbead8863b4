//! Server processes: how they start, tell their address, are weighed, and end.

use std::fs;
use std::future::Future;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use tokio::net::{TcpListener, UnixListener};

use crate::machine::cpu_of;

/// What a server says before its address.
const LISTENING: &str = "listening on ";
/// Has the kernel end what it starts when whoever started it ends.
const TETHER: &str = "/usr/bin/setpriv";

/// A server process of this very program, ended on drop.
pub(crate) struct Process {
    child: Child,
    address: String,
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
        match read_address(&mut child) {
            Ok(address) => Ok(Self { child, address }),
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

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        cpu_of(&self.child.id().to_string())
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
    until_input_ends(|| {});
    on_vat(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{LISTENING}{}", listener.local_addr()?);
        server(listener).await
    })
}

/// Runs a server on a Unix socket of its own until standard input ends.
pub(crate) fn serve_unix<F>(server: impl FnOnce(UnixListener) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let path = std::env::temp_dir().join(format!("capos-bench-{}.sock", std::process::id()));
    let remove = path.clone();
    until_input_ends(move || drop(fs::remove_file(&remove)));
    on_vat(async {
        let listener = UnixListener::bind(&path)?;
        println!("{LISTENING}{}", path.display());
        server(listener).await
    })
}

fn until_input_ends(then: impl FnOnce() + Send + 'static) {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        then();
        std::process::exit(0);
    });
}

fn on_vat(server: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(capos_testkit::stock::vat(server))
}

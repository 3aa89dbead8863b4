//! Servers in processes of their own, and what runs in Node.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Where the official package is.
const MODULES: &str = "CAPOS_NODE_MODULES";
/// Longer than whatever a test waits for takes on a slow machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// The checks take half a minute on a machine that does nothing else.
const PATIENCE_WITH_CHECKS: Duration = Duration::from_secs(600);

/// A server of the conformance interface, ended on drop.
pub(super) struct Server {
    pub(super) address: String,
    _process: Child,
}

/// The folder of the official package, where the test run has set one up.
#[expect(clippy::print_stderr, reason = "whoever runs the tests is told what was not")]
pub(super) fn modules() -> Option<PathBuf> {
    let modules = std::env::var_os(MODULES).map(PathBuf::from);
    if modules.is_none() {
        eprintln!("skipped: {MODULES} is not set; `cargo xtask test` sets up the official package");
    }
    modules
}

fn conformance(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance").join(file)
}

impl Server {
    /// Ours: the example, which cargo builds with the tests.
    pub(super) async fn target() -> Self {
        let own = std::env::current_exe().expect("a test knows its own file");
        let built = own.parent().and_then(Path::parent).expect("target/debug/deps").join("examples/target");
        assert!(built.exists(), "{} is not built: cargo build -p capnweb --example target", built.display());
        Self::start(Command::new(built).arg("0")).await
    }

    /// The official package's.
    pub(super) async fn reference(modules: &Path) -> Self {
        Self::start(Command::new("node").arg(conformance("reference.mjs")).arg("0").env(MODULES, modules)).await
    }

    /// Both say one line, with the address at its end.
    async fn start(command: &mut Command) -> Self {
        let process = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn();
        let mut process = process.expect("the server starts");
        let mut output = BufReader::new(process.stdout.take().expect("the output is a pipe"));
        let mut line = String::new();
        let read = timeout(PATIENCE, output.read_line(&mut line)).await;
        read.expect("the server is ready in time").expect("the line is text");
        let address = line.split_whitespace().last().expect("the line has the address").to_owned();
        Self { address, _process: process }
    }
}

/// Runs the checks, which all have to pass.
pub(super) async fn run_checks(modules: &Path, server: &Server, arguments: &[&str]) {
    let mut command = Command::new("node");
    command.arg(conformance("run.mjs")).arg(format!("ws://{}/", server.address)).args(arguments);
    let output = command.env(MODULES, modules).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(PATIENCE_WITH_CHECKS, output).await.expect("the checks end in time").expect("Node starts");
    let (said, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complaints}");
}

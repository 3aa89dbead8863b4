//! Python clients as child processes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::authority::{AuthorityFile, SERVER_NAME};

/// The interpreter that has the client library.
const INTERPRETER: &str = "CAPOS_E2E_PYTHON";

/// Longer than all of a script's own time-outs that a slow machine may come near to.
const PATIENCE: Duration = Duration::from_secs(120);

/// A Python script about to run.
pub(crate) struct Client {
    command: Command,
}

impl Client {
    fn of(script: &str) -> Self {
        let mut command = Command::new(interpreter());
        command.arg(home().join("python").join(script));
        command.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::null()).kill_on_drop(true);
        Self { command }
    }

    /// The script of this name in `tests/e2e/python`, against the laboratory at some address.
    pub(crate) fn new(script: &str) -> Self {
        let mut client = Self::of(script);
        client.command.arg(home().join("../../crates/testkit/schema/lab.capnp"));
        client
    }

    /// A script that is told everything as JSON.
    pub(crate) fn with(script: &str, settings: &serde_json::Value) -> Self {
        let mut client = Self::of(script);
        client.command.arg(settings.to_string());
        client
    }

    pub(crate) fn address(mut self, address: SocketAddr) -> Self {
        self.command.arg(address.ip().to_string()).arg(address.port().to_string());
        self
    }

    /// Speaks TLS and trusts the node of this file alone.
    pub(crate) fn trusting(mut self, authority: &AuthorityFile) -> Self {
        self.command.arg(authority.path()).arg(SERVER_NAME);
        self
    }

    pub(crate) async fn run(mut self) -> Output {
        timeout(PATIENCE, self.command.output())
            .await
            .expect("the client ends in time")
            .expect("the interpreter starts")
    }

    pub(crate) async fn expect_success(self) {
        let output = self.run().await;
        assert!(
            output.status.success(),
            "{}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn interpreter() -> PathBuf {
    match std::env::var_os(INTERPRETER) {
        Some(path) => path.into(),
        None => panic!("{INTERPRETER} is not set: run `cargo xtask test`, which sets up Python"),
    }
}

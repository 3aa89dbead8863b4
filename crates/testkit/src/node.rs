//! A real node in a process of its own: on free ports, in a temporary directory, stopped on drop.
//!
//! This crate does not build the program; a test gives its path, which in the program's own package is
//! `env!("CARGO_BIN_EXE_capos")`, and elsewhere what [`fn@program`] finds.

pub mod descendants;
mod ending;
mod offline;
mod program;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

pub use program::program;

/// Longer than anything here takes on a machine that does something else besides.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks at what cannot be awaited: a file, and another process.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// The account of whoever runs the node.
const OPERATOR: &str = "operator";
/// Its password.
const PASSWORD: &str = "correct horse battery staple";
/// What a service manager says to the processes it starts, this test's perhaps among them.
const FOREIGN: [&str; 6] =
    ["NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// How to start a node. Clones share the directory, and so the node's data.
#[derive(Clone, Debug)]
pub struct NodePlan {
    program: PathBuf,
    directory: Arc<TempDir>,
    configuration: String,
    arguments: Vec<String>,
    /// Where it serves HTTP; said by nothing but the configuration where there is none.
    web: Option<String>,
    environment: Vec<(String, String)>,
}

impl NodePlan {
    /// A node of this program, in a new directory.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let directory = Arc::new(TempDir::with_prefix("capos-node-").expect("a temporary directory"));
        fs::DirBuilder::new().mode(0o700).create(directory.path().join("data")).expect("the directory is new");
        Self {
            program: program.into(),
            directory,
            configuration: String::new(),
            arguments: ["--rpc", "127.0.0.1:0"].map(str::to_owned).to_vec(),
            web: Some("127.0.0.1:0".to_owned()),
            environment: Vec::new(),
        }
    }

    /// With this as its `capos.toml`.
    #[must_use]
    pub fn configuration(mut self, text: &str) -> Self {
        text.clone_into(&mut self.configuration);
        self
    }

    /// With a file among the profiles of its services: a profile as `greeter.toml`, or the schema that one names.
    ///
    /// # Panics
    ///
    /// Where it cannot be written.
    #[must_use]
    pub fn service_file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let file = self.services().join(name);
        fs::create_dir_all(file.parent().expect("it is in a directory")).expect("the directory is ours");
        fs::write(file, content).expect("the directory is ours");
        self
    }

    /// Where the profiles of its services are.
    #[must_use]
    pub fn services(&self) -> PathBuf {
        self.directory.path().join("services")
    }

    /// With these arguments to `capos up` in place of `--rpc 127.0.0.1:0`.
    #[must_use]
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        self
    }

    /// With this as `--web` in place of `127.0.0.1:0`.
    #[must_use]
    pub fn web(mut self, address: &str) -> Self {
        self.web = Some(address.to_owned());
        self
    }

    /// Without `--web`: what its configuration says holds.
    #[must_use]
    pub fn web_as_configured(mut self) -> Self {
        self.web = None;
        self
    }

    /// With one more variable in its environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The configuration's file, which is there once a node was started.
    #[must_use]
    pub fn configuration_file(&self) -> PathBuf {
        self.directory.path().join("capos.toml")
    }

    /// A directory for what else a test needs.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Any command of the program, apart from whoever runs the test: it has a home of its own.
    #[must_use]
    pub fn command(&self) -> Command {
        self.command_of(&self.program)
    }

    /// The same for another program, which starts this one.
    #[must_use]
    pub fn command_of(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let home = self.directory.path();
        for name in FOREIGN {
            command.env_remove(name);
        }
        command.env("HOME", home).env("XDG_CONFIG_HOME", home.join("config")).env("XDG_STATE_HOME", home.join("state"));
        command.env("XDG_RUNTIME_DIR", home).env_remove("SSH_AUTH_SOCK").env("NO_COLOR", "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// `capos up` as this plan has it; standard streams are the caller's to set.
    #[must_use]
    pub fn up(&self) -> Command {
        fs::write(self.configuration_file(), &self.configuration).expect("the directory is ours");
        let mut command = self.command();
        command.arg("up").arg("--data").arg(self.data()).arg("--config").arg(self.configuration_file());
        command.arg("--ready-file").arg(self.ready_file()).args(&self.arguments);
        if let Some(web) = &self.web {
            command.args(["--web", web]);
        }
        command.args(["--operator", OPERATOR, "--operator-password-stdin"]);
        command
    }

    fn ready_file(&self) -> PathBuf {
        self.directory.path().join("ready")
    }

    /// Starts it, and waits until one can sign in.
    ///
    /// # Panics
    ///
    /// Where it does not come up, with what it said.
    #[must_use]
    pub fn start(&self) -> Node {
        self.start_with(&mut self.up())
    }

    /// Starts it with another command line than [`NodePlan::up`] has, and waits until one can sign in.
    ///
    /// # Panics
    ///
    /// Where it does not come up, with what it said.
    #[must_use]
    pub fn start_with(&self, up: &mut Command) -> Node {
        // One that was killed has left it.
        let _ = fs::remove_file(self.ready_file());
        let mut child = up.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program is there");
        // A node that has its operator does not read it.
        let _ = writeln!(child.stdin.take().expect("it was asked for"), "{PASSWORD}");
        let log = Log::of(child.stderr.take().expect("it was asked for"));
        let mut node = Node { child, log, ready: Value::Null, plan: self.clone() };
        let deadline = Instant::now() + PATIENCE;
        while !self.ready_file().exists() {
            let ended = node.child.try_wait().expect("it is our child");
            let late = Instant::now() > deadline;
            assert!(ended.is_none() && !late, "the node did not come up ({ended:?}):\n{}", node.log());
            thread::sleep(LOOK_EVERY);
        }
        let ready = fs::read_to_string(self.ready_file()).expect("it was written whole");
        node.ready = serde_json::from_str(&ready).expect("it is JSON");
        node
    }
}

/// A node that runs, and is stopped on drop.
#[derive(Debug)]
pub struct Node {
    child: Child,
    log: Arc<Log>,
    ready: Value,
    plan: NodePlan,
}

impl Node {
    /// A node of this program with nothing but the defaults.
    #[must_use]
    pub fn start(program: impl Into<PathBuf>) -> Self {
        NodePlan::new(program).start()
    }

    /// Where it speaks Cap'n Proto.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.ready["rpc"][0].as_str().and_then(|address| address.parse().ok()).expect("the ready file has it")
    }

    /// Where it serves HTTP, if it does.
    #[must_use]
    pub fn web(&self) -> Option<SocketAddr> {
        self.ready["web"][0].as_str().and_then(|address| address.parse().ok())
    }

    /// Where its figures are, if it was configured.
    #[must_use]
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.ready["metrics"].as_str().and_then(|address| address.parse().ok())
    }

    /// The fingerprint of its TLS identity.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.ready["fingerprint"].as_str().expect("the ready file has it")
    }

    /// Everything the ready file has.
    #[must_use]
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// The operator's account.
    #[must_use]
    pub fn operator(&self) -> &'static str {
        OPERATOR
    }

    /// The operator's password.
    #[must_use]
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// The process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Every process that descends from it, as far as this machine shows: number and command line.
    #[must_use]
    pub fn descendants(&self) -> Vec<(u32, String)> {
        descendants::of(self.child.id())
    }

    /// How it was started: to start it again, or to run another command beside it.
    #[must_use]
    pub fn plan(&self) -> &NodePlan {
        &self.plan
    }

    /// What it has said so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.text().clone()
    }

    /// Waits until it has said this, and gives everything it has said by then.
    ///
    /// # Panics
    ///
    /// Where it never does.
    #[must_use]
    pub fn wait_for_log(&self, said: &str) -> String {
        let text = self.log.text();
        let (text, late) = self
            .log
            .more
            .wait_timeout_while(text, PATIENCE, |text| !text.contains(said))
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!late.timed_out(), "the node never said {said:?}:\n{text}");
        text.clone()
    }

    /// Writes another configuration and has the node read it.
    pub fn reconfigure(&self, text: &str) {
        fs::write(self.plan.configuration_file(), text).expect("the directory is ours");
        self.signal(Signal::HUP);
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process has a number");
        // It may be gone already, which its status tells.
        let _ = kill_process(pid, signal);
    }

    /// Stops it as a service manager would, and gives its status and what it said.
    #[must_use]
    pub fn stop(mut self) -> (ExitStatus, String) {
        self.signal(Signal::TERM);
        let status = self.wait();
        (status, self.log())
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    ///
    /// Where it never does.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                self.log.wait_for_end();
                return status;
            }
            assert!(Instant::now() < deadline, "the node does not end:\n{}", self.log());
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Ends it at once, as a power cut would end its process.
    pub fn kill(mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        self.signal(Signal::TERM);
        // Twice: nobody is left who would need the grace.
        self.signal(Signal::INT);
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                let _ = self.child.kill();
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

/// What a process says, as it says it.
#[derive(Debug, Default)]
struct Log {
    text: Mutex<String>,
    ended: Mutex<bool>,
    more: Condvar,
    end: Condvar,
}

impl Log {
    fn of(stream: ChildStderr) -> Arc<Self> {
        let log = Arc::new(Self::default());
        let writer = log.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let mut text = writer.text();
                text.push_str(&String::from_utf8_lossy(&line));
                text.push('\n');
                writer.more.notify_all();
            }
            *writer.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
            writer.end.notify_all();
        });
        log
    }

    fn text(&self) -> MutexGuard<'_, String> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_end(&self) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // A grandchild may hold the stream open: what was said by then has to do.
        drop(self.end.wait_timeout_while(ended, PATIENCE, |ended| !*ended));
    }
}

//! A node with services that really run: each is the program in tests/lab, confined as the host allows.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use capnp::capability::FromClientHook;
use capos_gateway::Gateway;
use capos_runner::{Draft, Event, Happening, Profiles, Runner, Settings, Witness};
use capos_sandbox::Zygote;
use capos_schema::catalog_capnp::{remote_service_launch_request, remote_service_launch_status, remote_service_runner};
use capos_testkit::LAB_REQUEST;
use capos_testkit::lab_capnp::{callback, lab};
use tempfile::TempDir;

use crate::client::{Held, Line};
use crate::node::{Grants, Node, Setup};

pub(crate) const CATALOG: &str =
    r#"{ "name": "services", "interface": "RemoteServiceCatalog", "object": "builtin:services" }"#;
pub(crate) const RUNNER: &str =
    r#"{ "name": "runner", "interface": "RemoteServiceRunner", "object": "builtin:runner" }"#;
pub(crate) const ACCELERATOR: &str =
    r#"{ "name": "proof_accelerator", "interface": "ProofAccelerator", "object": "builtin:proof_accelerator" }"#;

/// A service that all sessions share, and that is told much.
pub(crate) const BENCH: &str = r#"
    id = "bench"
    isolation = "shared"
    disclose = ["displayName", "pseudonym", "profileClass"]
    [[exports]]
    name = "bench"
    interface = "Lab"
    transfer = "session"
"#;

/// Another one, which is told nothing.
pub(crate) const OTHER: &str = r#"
    id = "other"
    isolation = "shared"
    disclose = ["pseudonym"]
    [[exports]]
    name = "other"
    interface = "Lab"
    transfer = "session"
"#;

/// One that runs for each session by itself.
pub(crate) const OWN: &str = r#"
    id = "own"
    isolation = "session"
    [[exports]]
    name = "own"
    interface = "Lab"
    transfer = "session"
    [[exports]]
    name = "listed"
    interface = "Lab"
    transfer = "local"
    [[exports]]
    name = "hidden"
    interface = "Lab"
    transfer = "session"
    launch = false
"#;

/// One that is lent a grant, which the session keeps, and may be lent another, which it does not.
pub(crate) const BORROWER: &str = r#"
    id = "borrower"
    isolation = "shared"
    [[requires]]
    name = "proof_accelerator"
    interface = "ProofAccelerator"
    holder = "backendHeld"
    transfer = "shared"
    [[requires]]
    name = "spare"
    interface = "ProofAccelerator"
    holder = "backendHeld"
    transfer = "moved"
    optional = true
    [[exports]]
    name = "borrowed"
    interface = "Lab"
    transfer = "session"
"#;

/// A node, its runner, and what happened to processes.
pub(crate) struct Hall {
    pub(crate) node: Node,
    pub(crate) runner: Runner,
    pub(crate) seen: Arc<Seen>,
    directory: TempDir,
}

#[derive(Default)]
pub(crate) struct Seen(Mutex<Vec<Happening>>);

impl Seen {
    /// How many processes of a service were started so far; of all for none.
    pub(crate) fn started(&self, service: &str) -> usize {
        let all = self.0.lock().expect("no panic");
        let started = |seen: &&Happening| matches!(seen.event, Event::Started | Event::Restarted);
        all.iter().filter(started).filter(|seen| service.is_empty() || seen.service == service).count()
    }

    /// How many are over.
    pub(crate) fn over(&self, service: &str) -> usize {
        let all = self.0.lock().expect("no panic");
        let over = |seen: &&Happening| matches!(seen.event, Event::Ended(_) | Event::Stopped);
        all.iter().filter(over).filter(|seen| seen.service == service).count()
    }
}

impl Witness for Seen {
    fn tell(&self, happening: &Happening) {
        self.0.lock().expect("no panic").push(happening.clone());
    }
}

/// The program in tests/lab.
fn program() -> PathBuf {
    let own = std::env::current_exe().expect("this program has a path");
    let built = own.parent().and_then(Path::parent).expect("target/debug/deps").join("examples/gateway-lab");
    assert!(built.exists(), "cargo test -p capos-gateway builds {}", built.display());
    built
}

/// One for all tests: to find out what the host has takes a while.
fn zygote() -> Zygote {
    static ZYGOTE: OnceLock<Zygote> = OnceLock::new();
    ZYGOTE.get_or_init(|| Zygote::start(&program()).expect("a helper")).clone()
}

/// Profiles of services, completed by what is the same for all of them. An `offered` of their own stays.
pub(crate) fn profiles(texts: &[&str]) -> Profiles {
    let limits = capos_runner::Limits::default();
    let drafts = texts.iter().map(|text| {
        let program = program();
        let offered = if text.contains("offered") { "" } else { "offered = [\"lab\"]" };
        let whole = format!(
            "label = \"A bench\"\nsummary = \"For tests.\"\nprogram = {program:?}\nsandbox = \"best-effort\"\n\
             {offered}\n{text}\n[restart]\npolicy = \"on-failure\"\nfirst = \"20ms\"\n"
        );
        let draft = Draft::parse(&whole, Path::new("bench.toml"), &limits);
        (draft.unwrap_or_else(|faults| panic!("{whole}\n{faults:?}")), Some(LAB_REQUEST.into()))
    });
    Profiles::check(drafts.collect(), &limits).expect("sound profiles")
}

impl Hall {
    /// A node with these services, whose profile `lab` grants the catalog, the runner and what is given.
    pub(crate) async fn with(services: &[&str], grants: &[&str]) -> Self {
        Self::set_up(services, grants, |_| {}).await
    }

    /// The same for a node that is set up otherwise.
    pub(crate) async fn set_up(services: &[&str], grants: &[&str], change: impl FnOnce(&mut Setup)) -> Self {
        Self::within(capos_runner::Limits::default(), services, grants, change).await
    }

    /// The same where services have other bounds.
    pub(crate) async fn within(
        limits: capos_runner::Limits,
        services: &[&str],
        grants: &[&str],
        change: impl FnOnce(&mut Setup),
    ) -> Self {
        let node = Node::with(change).await;
        let directory = tempfile::tempdir().expect("a directory");
        let settings = Settings {
            data: directory.path().join("services"),
            sockets: directory.path().join("s"),
            bundled: program(),
            limits,
        };
        let seen = Arc::new(Seen::default());
        let runner = Runner::new(settings, zygote(), profiles(services), seen.clone()).expect("a runner");
        runner.start();
        node.gateway.set_services(runner.clone());
        let all = [&[Grants::SESSION, CATALOG, RUNNER], grants].concat();
        node.profile("lab", &["human"], &all).await;
        Self { node, runner, seen, directory }
    }

    /// Everything below the directory of services: homes, logs and sockets.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let (mut found, mut open) = (Vec::new(), vec![self.directory.path().to_owned()]);
        while let Some(directory) = open.pop() {
            for entry in std::fs::read_dir(directory).expect("it is there").map(|entry| entry.expect("it is read")) {
                found.push(entry.path());
                open.extend(entry.file_type().expect("it has one").is_dir().then(|| entry.path()));
            }
        }
        found.sort();
        found
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.node.gateway
    }

    /// The account `ada`, signed in.
    pub(crate) async fn ada(&self) -> (Line, Held) {
        Line::signed_in(&self.node, "ada").await
    }

    /// Waits until something holds, with real time: processes take theirs.
    pub(crate) async fn until(&self, what: impl Fn(&Self) -> bool) {
        let met = async {
            while !what(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), met).await.expect("it never comes to that");
    }

    /// Ends every process, at the end of a test.
    pub(crate) async fn close(self) {
        self.runner.shut_down().await;
    }
}

/// A grant of a service's export, as policy gives it.
pub(crate) fn granted(name: &str, object: &str) -> String {
    format!(r#"{{ "name": "{name}", "interface": "0xa6b4c1d5e8f70213", "object": "service:{object}" }}"#)
}

/// What came of a request to the runner.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) status: String,
    pub(crate) supported: bool,
    pub(crate) message: String,
    pub(crate) accepted: Vec<String>,
    /// Names in the CapSet, how they can be had, and their methods' count.
    pub(crate) exports: Vec<(String, String, u32)>,
}

pub(crate) async fn runner(held: &Held) -> remote_service_runner::Client {
    held.get_as("runner").await.expect("granted")
}

pub(crate) async fn probe(held: &Held, service: &str, grants: &[&str]) -> capnp::Result<Status> {
    let mut request = runner(held).await.probe_request();
    ask(request.get().init_request(), service, grants);
    status(request.send().promise.await?.get()?.get_status()?)
}

pub(crate) async fn start(held: &Held, service: &str, grants: &[&str]) -> capnp::Result<Status> {
    let mut request = runner(held).await.start_request();
    ask(request.get().init_request(), service, grants);
    status(request.send().promise.await?.get()?.get_status()?)
}

pub(crate) async fn attach(held: &Held, service: &str) -> capnp::Result<Status> {
    let mut request = runner(held).await.attach_request();
    request.get().set_profile_id(service);
    status(request.send().promise.await?.get()?.get_status()?)
}

pub(crate) async fn stop(held: &Held, service: &str) -> capnp::Result<Status> {
    let mut request = runner(held).await.stop_request();
    request.get().set_profile_id(service);
    status(request.send().promise.await?.get()?.get_status()?)
}

pub(crate) fn ask(mut request: remote_service_launch_request::Builder<'_>, service: &str, grants: &[&str]) {
    request.set_profile_id(service);
    let mut names = request.init_grant_names(grants.len() as u32);
    for (name, at) in grants.iter().zip(0..) {
        names.set(at, name);
    }
}

pub(crate) fn status(status: remote_service_launch_status::Reader<'_>) -> capnp::Result<Status> {
    let mut exports = Vec::new();
    for entry in status.get_exported_services()? {
        let (name, proxy) = (entry.get_cap_name()?.to_string()?, entry.get_proxy_status()?.to_string()?);
        exports.push((name, proxy, entry.get_methods()?.len()));
    }
    let mut accepted = Vec::new();
    for name in status.get_accepted_grant_names()? {
        accepted.push(name?.to_string()?);
    }
    Ok(Status {
        status: status.get_status()?.to_string()?,
        supported: status.get_launch_supported(),
        message: status.get_message()?.to_string()?,
        accepted,
        exports,
    })
}

/// What the service answers to an order of the bench.
pub(crate) async fn order(bench: &lab::Client, order: &str) -> capnp::Result<String> {
    let answer = crate::client::echo(bench, order.as_bytes()).await?;
    Ok(String::from_utf8(answer).expect("text"))
}

/// One line of what the service was told.
pub(crate) async fn told(bench: &lab::Client, key: &str) -> String {
    let all = order(bench, "told").await.expect("the bench answers");
    let line = all.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).expect("a line of that key");
    line.to_owned()
}

/// Has the service call back so often, with so many bytes each time, and wait for nothing.
pub(crate) async fn flood(bench: &lab::Client, to: callback::Client, count: usize, bytes: usize) -> capnp::Result<()> {
    let mut request = bench.call_back_request();
    request.get().set_to(to);
    request.get().set_payload(format!("{count}x{bytes}").as_bytes());
    request.send().promise.await.map(drop)
}

pub(crate) async fn bench(held: &Held, name: &str) -> lab::Client {
    FromClientHook::new(held.get(name, 0xa6b4_c1d5_e8f7_0213).await.expect("granted").hook)
}

/// Names in the bundle.
pub(crate) async fn names(held: &Held) -> Vec<String> {
    held.list().await.expect("a live session").into_iter().map(|(name, ..)| name).collect()
}

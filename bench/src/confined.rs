//! The product with services: written with the SDK, started and confined by a runner.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail, ensure};
use capnp::capability::Client;
use capnp::traits::HasTypeId;
use capos_membrane::Membrane;
use capos_rpc::Peer;
use capos_runner::{Happening, Limits, Opening, Profiles, Runner, SessionKey, Settings, Source, Visitor, Witness};
use capos_sandbox::Zygote;
use capos_schema::chat_capnp::chat;
use capos_schema::identity_capnp::{AuthStrength, PrincipalKind};
use capos_service::{Context, Disclosure, Given, Service};
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::machine::open_many_files;
use crate::node::{rules, serve_one};

/// A service that is measured. What the host lacks of the sandbox, the figures are without.
pub(crate) struct Hosted {
    id: &'static str,
    interface: u64,
    profile: &'static str,
}

/// Every shape of call.
pub(crate) const LABORATORY: Hosted = Hosted {
    id: "lab",
    interface: lab::Client::TYPE_ID,
    profile: r#"
id = "lab"
label = "Laboratory"
summary = "Every shape of call."
program = "bundled:lab"
isolation = "shared"
start = "demand"
offered = ["user"]
schema = "lab.schema"
sandbox = "best-effort"

[[exports]]
name = "lab"
interface = "Lab"
transfer = "session"
"#,
};

/// The product's chat, with nothing changed but how much one seat may say.
pub(crate) const CHAT: Hosted = Hosted {
    id: "chat",
    interface: chat::Client::TYPE_ID,
    profile: r#"
id = "chat"
label = "Chat"
summary = "Channels in which people and programs talk."
program = "bundled:chat"
environment = { CHAT_LIMITS = '{"send_burst": 4000000000, "sends_per_minute": 4000000000}' }
isolation = "shared"
start = "demand"
offered = ["user"]
sandbox = "best-effort"

[[exports]]
name = "chat"
interface = "Chat"
transfer = "session"
"#,
};

/// Is the service: each session gets a laboratory of its own.
struct Laboratory;

impl Service for Laboratory {
    type Seat = LabState;
    const WANTS: &'static [Disclosure] = &[];

    fn seat(&self, _: Context, _: Given) -> Result<LabState, capnp::Error> {
        Ok(LabState::new())
    }

    fn facet(&self, seat: &Rc<LabState>, _: &str) -> Result<Client, capnp::Error> {
        Ok(seat.client().client)
    }
}

/// A service's process, as the runner starts it.
pub(crate) fn service(name: &str) -> anyhow::Result<()> {
    let ended = match name {
        "lab" => capos_service::run(|_| Ok(Laboratory)),
        "chat" => capos_chat::run(),
        _ => bail!("no service is called {name}"),
    };
    ensure!(ended == ExitCode::SUCCESS, "the service failed");
    Ok(())
}

/// A runner whose service runs.
pub(crate) struct Node {
    hosted: &'static Hosted,
    runner: Runner,
    sessions: AtomicU64,
    _directory: TempDir,
}

struct Deaf;

impl Witness for Deaf {
    fn tell(&self, _: &Happening) {}
}

impl Node {
    /// Starts the service, so that no row pays for its start.
    pub(crate) async fn start(hosted: &'static Hosted) -> anyhow::Result<Self> {
        // Each connection is a file.
        let _ = open_many_files()?;
        let directory = tempfile::tempdir()?;
        let program = std::env::current_exe().context("finding this program")?;
        let zygote = Zygote::start(&program)?;
        let (data, sockets) = (directory.path().join("data"), directory.path().join("sockets"));
        let settings = Settings { data, sockets, bundled: program, limits: Limits::default() };
        let runner = Runner::new(settings, zygote, profiles(hosted, directory.path())?, Arc::new(Deaf))?;
        runner.admin_start(hosted.id).await?;
        Ok(Self { hosted, runner, sessions: AtomicU64::new(0), _directory: directory })
    }

    /// Serves each connection a facet of the service, as a session of its own.
    pub(crate) async fn serve(self, listener: TcpListener) -> anyhow::Result<()> {
        loop {
            let (stream, address) = listener.accept().await?;
            capos_rpc::tune(&stream)?;
            serve_one(stream, Peer::tcp(address), self.facet());
        }
    }

    /// With the rules of a grant, and the session's share of the service's connection.
    fn facet(&self) -> Client {
        let opened = self.runner.open(visit(self.hosted, self.sessions.fetch_add(1, Ordering::Relaxed)));
        let mut rules = rules();
        rules.shapes = self.runner.profiles().registry().clone();
        rules.budgets.extend(opened.budgets.iter().cloned());
        rules.holding = opened.holding.clone();
        let facet = opened.facet.clone();
        // One that is dropped is not told of the service's end; the benchmark's sessions last as long as it does.
        std::mem::forget(opened);
        Membrane::new(rules).wrap(facet)
    }
}

fn profiles(hosted: &Hosted, directory: &Path) -> anyhow::Result<Profiles> {
    let profile = directory.join("profile.toml");
    fs::write(&profile, hosted.profile)?;
    fs::write(directory.join("lab.schema"), capos_testkit::LAB_REQUEST)?;
    let profiles = Profiles::read(&[Source::File(profile)], &Limits::default());
    profiles.map_err(|faults| anyhow::anyhow!("{faults:?}"))
}

fn visit(hosted: &Hosted, session: u64) -> Opening {
    let (mut reference, mut key) = ([0; 32], [0; 16]);
    reference[..8].copy_from_slice(&session.to_be_bytes());
    key[..8].copy_from_slice(&session.to_be_bytes());
    let visitor = Visitor {
        reference,
        created_at_ms: 0,
        expires_at_ms: u64::MAX,
        class: PrincipalKind::Human,
        strength: AuthStrength::Password,
        profile: "user".to_owned(),
        display_name: String::new(),
        pseudonym: None,
    };
    Opening {
        service: hosted.id.to_owned(),
        export: hosted.id.to_owned(),
        interface: hosted.interface,
        session: SessionKey(key),
        visitor,
        grants: Vec::new(),
    }
}

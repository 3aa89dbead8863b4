//! The product with the laboratory as a service: written with the SDK, started and confined by a runner.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::{Context as _, ensure};
use capnp::capability::Client;
use capnp::traits::HasTypeId;
use capos_membrane::Membrane;
use capos_rpc::Peer;
use capos_runner::{Happening, Limits, Opening, Profiles, Runner, SessionKey, Settings, Source, Visitor, Witness};
use capos_sandbox::Zygote;
use capos_schema::identity_capnp::{AuthStrength, PrincipalKind};
use capos_service::{Context, Disclosure, Given, Service};
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::node::{rules, serve_one};

/// The whole profile. What the host lacks of the sandbox, the figures are without.
const PROFILE: &str = r#"
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
"#;

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

/// The service's process, as the runner starts it.
pub(crate) fn service() -> anyhow::Result<()> {
    ensure!(capos_service::run(|_| Ok(Laboratory)) == ExitCode::SUCCESS, "the service failed");
    Ok(())
}

/// A runner whose service runs.
pub(crate) struct Node {
    runner: Runner,
    sessions: AtomicU8,
    _directory: TempDir,
}

struct Deaf;

impl Witness for Deaf {
    fn tell(&self, _: &Happening) {}
}

impl Node {
    /// Starts the service, so that no row pays for its start.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let program = std::env::current_exe().context("finding this program")?;
        let zygote = Zygote::start(&program)?;
        let (data, sockets) = (directory.path().join("data"), directory.path().join("sockets"));
        let settings = Settings { data, sockets, bundled: program, limits: Limits::default() };
        let runner = Runner::new(settings, zygote, profiles(directory.path())?, Arc::new(Deaf))?;
        runner.admin_start("lab").await?;
        Ok(Self { runner, sessions: AtomicU8::new(0), _directory: directory })
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
    fn facet(&self) -> lab::Client {
        let opened = self.runner.open(visit(self.sessions.fetch_add(1, Ordering::Relaxed)));
        let mut rules = rules();
        rules.budgets.extend(opened.budgets.iter().cloned());
        rules.holding = opened.holding.clone();
        let lab: lab::Client = capnp::capability::FromClientHook::new(opened.facet.clone().hook);
        // One that is dropped is not told of the service's end; the benchmark's sessions last as long as it does.
        std::mem::forget(opened);
        Membrane::new(rules).wrap(lab)
    }
}

fn profiles(directory: &Path) -> anyhow::Result<Profiles> {
    fs::write(directory.join("lab.toml"), PROFILE)?;
    fs::write(directory.join("lab.schema"), capos_testkit::LAB_REQUEST)?;
    let profiles = Profiles::read(&[Source::File(directory.join("lab.toml"))], &Limits::default());
    profiles.map_err(|faults| anyhow::anyhow!("{faults:?}"))
}

fn visit(session: u8) -> Opening {
    let visitor = Visitor {
        reference: [session; 32],
        created_at_ms: 0,
        expires_at_ms: u64::MAX,
        class: PrincipalKind::Human,
        strength: AuthStrength::Password,
        profile: "user".to_owned(),
        display_name: String::new(),
        pseudonym: None,
    };
    Opening {
        service: "lab".to_owned(),
        export: "lab".to_owned(),
        interface: lab::Client::TYPE_ID,
        session: SessionKey([session; 16]),
        visitor,
        grants: Vec::new(),
    }
}

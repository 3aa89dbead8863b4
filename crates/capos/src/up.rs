//! `capos up`: the node, put together in one place.
//!
//! [`run`] reads what was asked for, [`Node::start`] builds the node from the store upwards, [`Node::serve`] runs it
//! until it is told to stop, and `stopping` takes it down again. The rest of this folder is what stands at its edges:
//! ports, the service manager, the first account, the ready file, the log's first lines.

mod clock;
mod confinement;
mod first_start;
mod pages;
pub(crate) mod ports;
mod process;
mod ready;
mod reload;
mod service_manager;
mod services;
mod signals;
mod stopping;
mod summary;
mod web;

use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::{Context, Result};
use capos_authority::{Authority, Clock, Settings, SystemClock};
use capos_gateway::{Face, Gateway, Recordings};
use capos_rpc::{Fingerprint, Gate, Identity, Listener, ServerTls, Vats};
use capos_runner::Profiles;
use capos_sandbox::Zygote;
use capos_schema::Registry;
use capos_store::Store;
use tokio::task::JoinHandle;

use crate::args::up::Up;
use crate::config::{Config, Effective, Flag, LogFormat, certificates, profiles};
use crate::failure::{self, Exit, Failure};
use crate::logs::Logs;
use crate::metrics;
use crate::output::Output;
use confinement::Confinement;
pub(crate) use first_start::user_account;
use pages::{Health, NodePages};
use ports::{Port, Ports, Wish};
use ready::ReadyFile;
use services::Services;
use signals::{Signals, Told};
use summary::Summary;
use web::{Seats, Web};

/// Starts a node and runs it to its end.
pub(crate) fn run(arguments: Up, output: &Output) -> Result<Exit, Failure> {
    let flags = arguments.node.flags()?;
    let effective = match Effective::load(arguments.node.config.as_deref(), &flags) {
        Ok(effective) => effective,
        Err(faults) => return Ok(faults.tell(output)),
    };
    // Descriptors by number, and environment: both before there is a second thread.
    let handed = service_manager::sockets()?;
    let profiles = match profiles::read(&effective.config) {
        Ok(profiles) => profiles,
        Err(faults) => return Ok(faults.tell(output)),
    };
    let certificate = match certificates::read(&effective.config) {
        Ok(certificate) => certificate,
        Err(faults) => return Ok(faults.tell(output)),
    };
    let logs = Logs::start(&effective.config.log).context("the log could not be started")?;
    process::prepare();
    let zygote = services::start_helper().context("services cannot be started")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("the program could not be started")?;
    let is_for_programs = effective.config.log.format == LogFormat::Json;
    let order = Order { arguments, flags, effective, handed, logs, zygote, profiles, certificate };
    let outcome = runtime.block_on(async {
        let signals = Signals::new().context("signals cannot be awaited")?;
        Node::start(order, output).await?.serve(signals).await
    });
    match outcome {
        Ok(()) => Ok(Exit::Done),
        Err(error) if is_for_programs => {
            tracing::error!("{}", failure::told(&error));
            Ok(Exit::Failed)
        }
        Err(error) => Err(error.downcast::<Failure>().unwrap_or_else(Failure::from)),
    }
}

/// What was asked for, and what the process was started with.
struct Order {
    arguments: Up,
    flags: Vec<Flag>,
    effective: Effective,
    handed: Ports,
    logs: Logs,
    zygote: Zygote,
    profiles: Profiles,
    /// What HTTPS is served with in place of the node's identity.
    certificate: Option<ServerTls>,
}

/// A node that runs.
struct Node {
    order: Order,
    /// What it was started with: some of it holds until the end.
    at_start: Effective,
    base: Base,
    gateway: Gateway,
    services: Services,
    vats: Arc<Vats>,
    /// They accept connections; without them the ports are closed.
    doors: Vec<JoinHandle<()>>,
    web: Web,
    /// What else goes on until the node stops.
    chores: Vec<JoinHandle<()>>,
    health: Arc<Health>,
    summary: Summary,
    /// There for as long as one can sign in.
    ready: Option<ReadyFile>,
}

/// What a node stands on.
struct Base {
    store: Store,
    identity: Identity,
    authority: Authority,
    recordings: Recordings,
}

impl Node {
    async fn start(mut order: Order, output: &Output) -> Result<Self> {
        let config = order.effective.config.clone();
        order.arguments.ready_file.as_deref().map_or(Ok(()), ReadyFile::clear)?;
        // Before the ports: a second node on the same data is told so, and does not take another port.
        let store = Store::open(&config.node.data, config.limits.store.clone())?;
        let ports = ports::open_all(std::mem::take(&mut order.handed), &order.effective)?;
        let pages_port = config.metrics.listen.map(|address| Port::open(address, Wish::Pages)).transpose()?;
        let base = Base::lay(store, &config).await?;
        let confinement = Confinement::new(order.zygote.survey(), &order.profiles);
        let fingerprint = base.identity.fingerprint();
        let summary = Summary::new(&order.effective, &ports, pages_port.as_ref(), fingerprint, confinement);

        let services = Services::new(order.zygote.clone(), &config, order.profiles.clone(), &base.authority)?;
        let gateway = gateway(&base, &config)?;
        gateway.set_services(services.runner().clone());
        let vats = Vats::start(available_parallelism().map_or(1, usize::from));
        let vats = Arc::new(vats.context("the program could not be started")?);
        let gate = Gate::new(config.limits.entry);
        let tls = ServerTls::new(&base.identity).context("the node's identity")?;
        services.runner().start();
        // After everything that may fail: its password is told once.
        let first = first_start::first_account(&base.authority.admin(), &config.node.data, &order.arguments).await?;
        let doors: Vec<_> =
            ports.rpc.into_iter().map(|port| open_door(port, &gate, &tls, &gateway, &vats)).collect::<Result<_>>()?;
        let health = Arc::new(Health::new(base.store.clone(), &doors));
        let seats = Seats::new(gateway.clone(), gate.clone(), &vats, config.limits.rpc.pipe_bytes);
        let http = web::server(&config, &seats, health.clone());
        let web = Web::start(ports.web, &http.server, base.https(order.certificate.take())?)?;
        health.watch(web.doors());
        summary.tell(first, output, config.log.format);
        let mut chores = chores(&base, &config, &vats);
        if let Some(port) = pages_port {
            let pages = NodePages::new(&base, &gateway, &services, gate, &vats, health.clone(), http);
            let pages = metrics::serve(port.into_listener()?, Arc::new(pages), metrics::Limits::default());
            chores.push(tokio::spawn(pages));
        }
        let ready = order.arguments.ready_file.as_deref().map(|file| ReadyFile::write(file, &summary.as_json()));
        let ready = ready.transpose()?;
        service_manager::ready(&summary.status());
        let at_start = order.effective.clone();
        Ok(Self { order, at_start, base, gateway, services, vats, doors, web, chores, health, summary, ready })
    }

    /// Runs until it is told to stop, and has stopped.
    async fn serve(mut self, mut signals: Signals) -> Result<()> {
        loop {
            match signals.next().await {
                Told::Reload => self.reload().await,
                Told::Stop => return stopping::stop(self, signals).await,
            }
        }
    }
}

impl Base {
    /// From here on it is in the journal that the node has started.
    async fn lay(store: Store, config: &Config) -> Result<Self> {
        let identity = Identity::load_or_create(&config.node.data).context("the node's identity")?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        clock::compare_with_journal(&store, clock.wall_ms()).await?;
        let authority = Authority::open(store.clone(), settings(config, identity.fingerprint()), clock).await?;
        let directory = config.node.data.join("recordings");
        let recordings = Recordings::open(&directory, config.limits.recordings.clone(), authority.clone()).await;
        let recordings = recordings.with_context(|| format!("the recordings in {}", directory.display()))?;
        Ok(Self { store, identity, authority, recordings })
    }
}

impl Base {
    /// What HTTPS is served with: the certificate that is configured, else the node's identity.
    fn https(&self, certificate: Option<ServerTls>) -> Result<ServerTls> {
        certificate.map_or_else(|| ServerTls::new(&self.identity).context("the node's identity"), Ok)
    }
}

fn settings(config: &Config, node: Fingerprint) -> Settings {
    Settings { node: node.bytes(), methods: config.auth, limits: config.limits.authority.clone() }
}

fn face(config: &Config) -> Face {
    let build = |word: Option<&str>| word.unwrap_or("unknown").to_owned();
    Face {
        name: config.node.name.clone(),
        motd: config.node.motd.clone(),
        commit: build(option_env!("CAPOS_COMMIT")),
        built_at: build(option_env!("CAPOS_BUILT_AT")),
    }
}

fn gateway(base: &Base, config: &Config) -> Result<Gateway> {
    let key = Arc::new(base.identity.signer().context("the node's identity")?);
    let check = key.clone();
    // Without random numbers there is no signature, and an empty one convinces nobody.
    let signer = Arc::new(move |bytes: &[u8]| key.sign(bytes).unwrap_or_default());
    let registry = Registry::builtin().clone();
    let gateway = Gateway::new(base.authority.clone(), registry, face(config), signer, config.limits.gateway.clone());
    gateway.set_signature_check(Arc::new(move |bytes, signature| check.has_signed(bytes, signature)));
    gateway.set_connection_limits(config.limits.connection.clone());
    gateway.set_recordings(base.recordings.clone());
    Ok(gateway)
}

fn open_door(port: Port, gate: &Gate, tls: &ServerTls, gateway: &Gateway, vats: &Arc<Vats>) -> Result<JoinHandle<()>> {
    let listener = Listener::new(port.into_listener()?, gate.clone(), Some(tls.clone()));
    let (gateway, serving) = (gateway.clone(), vats.clone());
    let serve = move |arrival| {
        let (gateway, vats) = (gateway.clone(), serving.clone());
        async move { gateway.serve(&vats, arrival).await }
    };
    Ok(tokio::spawn(listener.run(vats.clone(), serve)))
}

fn chores(base: &Base, config: &Config, vats: &Arc<Vats>) -> Vec<JoinHandle<()>> {
    let (vats, recordings) = (vats.clone(), base.recordings.clone());
    vec![
        tokio::spawn(async move { recordings.tend().await }),
        tokio::spawn(async move { service_manager::reassure(&vats).await }),
        tokio::spawn(clock::watch(base.authority.clone())),
        tokio::spawn(first_start::clean_up(base.authority.admin(), config.node.data.clone())),
    ]
}

//! One process, from its start to its end.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use capnp::capability::Client;
use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_rpc::{ConnectionHandle, Network, Peer, Vat};
use capos_sandbox::{Descriptors, Exit, Mechanism, Plan, Process};
use capos_schema::service_capnp::{Disclosure, service};
use tokio::time::timeout;

use crate::core::Core;
use crate::course::End;
use crate::home::Home;
use crate::life::Complaints;
use crate::log::{Stream, pump};
use crate::profile::{Health, Profile, Program};
use crate::reserve::Residence;
use crate::socket::{Connector, Sockets};

/// Time for a process that was killed to be gone. The kernel needs milliseconds; past it something is wrong with it.
const KILL: Duration = Duration::from_secs(5);
/// How long a process may go on once it was asked to end and has put its things away.
const LEAVE: Duration = Duration::from_millis(250);
/// How long a process that closed its connection may take to end.
const CLOSING: Duration = Duration::from_millis(500);
/// The hidden argument by which the node's executable becomes a bundled service.
const BUNDLED: &str = "bundled-service";

/// What a process is, and where it is at home.
pub(crate) struct Spec {
    pub(crate) profile: Arc<Profile>,
    /// The profile's id, or a companion's name.
    pub(crate) name: Arc<str>,
    pub(crate) program: Program,
    pub(crate) arguments: Vec<String>,
    pub(crate) home: Home,
    /// Names this run among all.
    pub(crate) number: u64,
}

impl Spec {
    fn is_companion(&self) -> bool {
        *self.name != *self.profile.id
    }

    /// What it is told when it begins: a companion has no settings.
    fn settings(&self) -> &str {
        if self.is_companion() { "" } else { &self.profile.settings }
    }
}

/// A capability that a process is given.
pub(crate) struct Grant {
    pub(crate) name: String,
    pub(crate) interface: u64,
    pub(crate) client: Client,
}

/// A process that has begun.
pub(crate) struct Running {
    pub(crate) process: Process,
    pub(crate) connector: Arc<Connector>,
    pub(crate) wants: Vec<Disclosure>,
    control: service::Client,
    connection: ConnectionHandle,
    residence: Option<Residence>,
    /// Goes after the process.
    _home: Option<Home>,
}

/// Starts a process and has it begin. Where this is dropped, the process is killed.
pub(crate) async fn start(core: &Arc<Core>, spec: Spec, grants: Vec<Grant>) -> Result<Running, String> {
    let within = spec.profile.health.start_within;
    let began = Instant::now();
    let spawned = timeout(within, spawn(core, &spec)).await;
    let (process, connector) = spawned.map_err(|_| "it was not started in time".to_owned())??;
    let settings = spec.settings().to_owned();
    let residence = reside(core, &spec, &process);
    let fresh = Fresh { house: core.house.clone(), held: Some((process.clone(), spec.home)) };
    let connected = connect(&connector, &core.settings.limits.connection()).await;
    let (control, connection) = match connected {
        Ok(connected) => connected,
        Err(error) => {
            let ended = closing(&process, residence.as_ref()).await;
            return Err(ended.unwrap_or_else(|| refused("it cannot be reached", &error)));
        }
    };
    let left = within.saturating_sub(began.elapsed());
    let wants = tokio::select! {
        biased;
        begun = timeout(left, begin(&control, grants, &settings)) => match begun {
            Ok(Ok(wants)) => wants,
            // The connection is lost before the process is known to have ended.
            Ok(Err(error)) => {
                let ended = closing(&process, residence.as_ref()).await;
                return Err(ended.unwrap_or_else(|| format!("its begin failed: {}", tame(&error.extra))));
            }
            Err(_) => return Err("it was not ready in time".to_owned()),
        },
        exit = process.ended() => return Err(cause(residence.as_ref(), exit)),
    };
    let home = fresh.keep();
    Ok(Running { process, connector, wants, control, connection, residence, _home: home })
}

/// A process that has not begun, and its home, which goes after it.
struct Fresh {
    house: Vat,
    held: Option<(Process, Home)>,
}

impl Fresh {
    fn keep(mut self) -> Option<Home> {
        self.held.take().map(|(_, home)| home)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let Some((process, home)) = self.held.take() else { return };
        process.kill();
        let remove = async move {
            let _ = timeout(KILL, process.ended()).await;
            drop(home);
        };
        // Where the thread is ending, it all goes at once.
        self.house.post(Box::new(move || drop(tokio::task::spawn_local(remove))));
    }
}

/// How it ended, if it does within a moment.
async fn closing(process: &Process, residence: Option<&Residence>) -> Option<String> {
    timeout(CLOSING, process.ended()).await.ok().map(|exit| cause(residence, exit))
}

/// Has what is written in its home looked after.
fn reside(core: &Core, spec: &Spec, process: &Process) -> Option<Residence> {
    let home = spec.home.path.as_deref()?;
    let entered = core.residents.enter(home, spec.profile.inside.home_bytes, process);
    entered.map_err(|error| tracing::warn!(%error, "nobody looks at what a service writes in its home")).ok()
}

/// How it ended, or why it was ended.
fn cause(residence: Option<&Residence>, exit: Exit) -> String {
    residence.and_then(Residence::reason).map_or_else(|| how(exit), str::to_owned)
}

async fn spawn(core: &Arc<Core>, spec: &Spec) -> Result<(Process, Arc<Connector>), String> {
    let sees_names = !core.zygote.survey().has(Mechanism::MountNamespace);
    let (sockets, connector) = match sees_names {
        true => Sockets::pairs(core.settings.limits.pairs),
        false => core.sockets.listen(spec.number).map(|(socket, connector)| (vec![socket], connector)),
    }
    .map_err(|error| refused("it has no socket", &error))?;
    let (out, err) = (output(core, spec, Stream::Out)?, output(core, spec, Stream::Err)?);
    let spawned = core.zygote.spawn(&plan(core, spec), Descriptors { sockets, out, err }).await;
    let process = spawned.map_err(|error| refused(sentence(&error), &error))?;
    // What was tried at the start need not have worked for this one.
    if !sees_names && !process.has_mount_namespace() {
        process.kill();
        return Err("it could see what others must not".to_owned());
    }
    Ok((process, Arc::new(connector)))
}

/// What administrators are told: they may sit anywhere. How the host put it is for whoever reads the node's own log.
pub(crate) fn refused(what: &str, error: &dyn std::fmt::Display) -> String {
    tracing::warn!(%error, "a service did not start: {what}");
    what.to_owned()
}

fn sentence(error: &capos_sandbox::Error) -> &'static str {
    match error {
        capos_sandbox::Error::NoProgram(_) => "its program is not there, or cannot be executed",
        capos_sandbox::Error::Plan(_) => "its profile asks for what cannot be",
        capos_sandbox::Error::Lacking(_) => "this node cannot confine it as its profile asks for",
        _ => "the host refused to start it",
    }
}

/// A pipe to the log.
fn output(core: &Arc<Core>, spec: &Spec, stream: Stream) -> Result<OwnedFd, String> {
    let pipe = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC);
    let (ours, theirs) = pipe.map_err(|error| refused("it has no output", &error))?;
    let log = core.log(&spec.profile.id).map_err(|error| refused("it has no log", &error))?;
    let pump = pump(ours, log, spec.name.clone(), stream, core.settings.limits.clone());
    tokio::task::spawn_local(async move {
        if let Err(error) = pump.await {
            tracing::warn!(%error, "a service's output cannot be read");
        }
    });
    Ok(theirs)
}

fn plan(core: &Core, spec: &Spec) -> Plan {
    let (profile, inside) = (&spec.profile, &spec.profile.inside);
    let (program, before) = match &spec.program {
        Program::File(path) => (path.clone(), Vec::new()),
        Program::Bundled(name) => (core.settings.bundled.clone(), vec![BUNDLED.to_owned(), name.clone()]),
    };
    let narrow = Plan {
        name: profile.id.clone(),
        arguments: before.into_iter().chain(spec.arguments.iter().cloned()).collect(),
        environment: profile.environment.clone(),
        home: spec.home.path.clone(),
        root: inside.root.clone(),
        read_only: inside.read.clone(),
        account: inside.account.clone(),
        temporary_bytes: profile.temporary_bytes,
        limits: profile.limits,
        strictness: profile.sandbox,
        user: spec.home.user,
        ..Plan::new(program)
    };
    match spec.is_companion() {
        // It holds what it requires, and nothing of what the service itself may besides.
        true => Plan { name: format!("{}.{}", profile.id, spec.name), ..narrow },
        false => {
            let (writable, network, commands) = (inside.write.clone(), inside.network, inside.commands);
            Plan { writable, network, commands, ..narrow }
        }
    }
}

/// One more connection to a process, on the current thread.
pub(crate) async fn connect(
    connector: &Connector,
    limits: &capos_rpc::Limits,
) -> std::io::Result<(service::Client, ConnectionHandle)> {
    let stream = connector.connect().await?;
    let (network, connection) = Network::new(stream, Side::Client, Peer::unix(), limits);
    let mut system = RpcSystem::new(Box::new(network), None);
    let service = system.bootstrap(Side::Server);
    tokio::task::spawn_local(system);
    Ok((service, connection))
}

async fn begin(control: &service::Client, grants: Vec<Grant>, settings: &str) -> Result<Vec<Disclosure>, capnp::Error> {
    let mut request = control.begin_request();
    request.get().set_settings(settings);
    let count = u32::try_from(grants.len()).map_err(|_| capnp::Error::failed("too many grants".to_owned()))?;
    let mut list = request.get().init_grants(count);
    for (grant, at) in grants.into_iter().zip(0..) {
        let mut entry = list.reborrow().get(at);
        entry.set_name(&grant.name);
        entry.set_interface_id(grant.interface);
        entry.get_capability().set_as_capability(grant.client.hook);
    }
    let response = request.send().promise.await?;
    // What it asks for that this node does not know, it is not told.
    Ok(response.get()?.get_wants()?.iter().filter_map(Result::ok).take(16).collect())
}

fn how(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("it ended with code {code}"),
        Exit::Signal(signal) => format!("it was ended by signal {signal}"),
        Exit::OutOfMemory => "it used more memory than it was given".to_owned(),
    }
}

impl Running {
    /// Waits until it ends, hangs or breaks a rule. `told` hears what it says of its health.
    pub(crate) async fn watch(&self, health: &Health, complaints: &Complaints, told: impl Fn(Option<String>)) -> End {
        tokio::select! {
            exit = self.process.ended() => self.end(exit),
            why = self.pulse(health, told) => End::Badly(why),
            _ = self.connection.closed() => match timeout(CLOSING, self.process.ended()).await {
                Ok(exit) => self.end(exit),
                Err(_) => End::Badly("its connection broke".to_owned()),
            },
            why = complaints.next() => End::Badly(why),
        }
    }

    fn end(&self, exit: Exit) -> End {
        match exit {
            Exit::Code(0) => End::Well,
            exit => End::Badly(cause(self.residence.as_ref(), exit)),
        }
    }

    /// Asks for its health until it does not answer.
    async fn pulse(&self, health: &Health, told: impl Fn(Option<String>)) -> String {
        loop {
            tokio::time::sleep(health.every).await;
            let answer = timeout(health.within, self.control.health_request().send().promise).await;
            let Ok(answer) = answer else { return "it does not answer".to_owned() };
            let state = match &answer {
                Ok(response) => response.get().map(|state| (state.get_healthy(), text(state.get_message()))),
                Err(error) => Ok((false, tame(&error.extra))),
            };
            match state {
                Ok((true, _)) => told(None),
                Ok((false, message)) => told(Some(message)),
                Err(_) => return "it answers nonsense".to_owned(),
            }
        }
    }

    /// Lets it put its things away, asks it to end, and ends it. It is gone when this returns.
    pub(crate) async fn stop(self, patience: Duration) {
        let until = tokio::time::Instant::now() + patience;
        tokio::select! {
            _ = tokio::time::timeout_at(until, self.control.drain_request().send().promise) => {}
            _ = self.process.ended() => {}
        }
        self.process.terminate();
        let _ = timeout(LEAVE, self.process.ended()).await;
        self.kill().await;
    }

    /// Ends it at once. It is gone when this returns.
    pub(crate) async fn kill(self) {
        self.process.kill();
        if timeout(KILL, self.process.ended()).await.is_err() {
            tracing::error!("a service's process does not go away");
        }
        self.connector.close();
    }
}

fn text(text: capnp::Result<capnp::text::Reader<'_>>) -> String {
    text.ok().and_then(|text| text.to_str().ok()).map(tame).unwrap_or_default()
}

/// A service's words, as an administrator may safely be shown them.
fn tame(text: &str) -> String {
    text.chars().filter(|letter| !capos_schema::text::acts(*letter)).take(200).collect()
}

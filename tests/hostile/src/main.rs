//! The node under attack, as a process of its own.
//!
//! * `hostile-node inside` — a node with the laboratory in its own process;
//! * `hostile-node front SOCKET` — a node with the laboratory behind a Unix socket;
//! * `hostile-node service SOCKET` — that laboratory.
//!
//! It says where it listens, answers each line `panics`, `load`, `waiting` or `held` with a number, and ends with its input.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "speaks with the test over its output")]

use std::alloc::System;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use capnp::capability::Client;
use capos_hostile::node;
use capos_membrane::{Liveness, Membrane, Observer, Outcome, Settled};
use capos_rpc::{
    Arrival, ConnectionHandle, Gate, GateLimits, Identity, Limits, Listener, Peer, Permit, ServerTls, Vats,
};
use capos_schema::Code;
use capos_testkit::lab::LabState;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::net::{TcpListener, UnixListener, UnixStream};

/// Knows what is held, whatever the allocator keeps back of what was given up.
#[global_allocator]
static HELD: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn held() -> u64 {
    let stats = HELD.stats();
    // Growing and shrinking in place is in both figures.
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated) as u64
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments[..] {
        ["inside"] => runtime.block_on(node(None)),
        ["front", socket] => runtime.block_on(node(Some(socket.into()))),
        ["service", socket] => runtime.block_on(tokio::task::LocalSet::new().run_until(service(socket.as_ref()))),
        _ => bail!("inside, front SOCKET or service SOCKET"),
    }
}

/// Serves whoever comes in on one vat thread.
async fn node(service: Option<PathBuf>) -> anyhow::Result<()> {
    let identity = Identity::ephemeral()?;
    let gate = Gate::new(GateLimits::default());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let listener = Listener::new(listener, gate.clone(), Some(ServerTls::new(&identity)?));
    let vats = Arc::new(Vats::start(1)?);
    println!("listening on {} {}", listener.local_addr()?, identity.fingerprint());
    let counted = vats.clone();
    answer_until_input_ends(move |question| match question {
        "panics" => counted.panics(),
        "load" => counted.all().iter().map(|vat| vat.load() as u64).sum(),
        "held" => held(),
        "waiting" => gate.waiting() as u64,
        _ => u64::MAX,
    });
    listener.run(vats, move |arrival| serve(arrival, service.clone())).await;
    Ok(())
}

async fn serve(arrival: Arrival, service: Option<PathBuf>) {
    let connected = match service {
        None => None,
        Some(path) => match Connected::to(&path).await {
            Ok(connected) => Some(connected),
            Err(_) => return,
        },
    };
    let inside = connected.as_ref().map_or_else(|| LabState::new().client().client, |service| service.lab.clone());
    let liveness = Liveness::new();
    let entrance = Rc::new(Entrance::default());
    let mut rules = node::rules(liveness.child());
    rules.observer = Some(entrance.clone());
    let membrane = Membrane::new(rules);
    let outside = membrane.wrap(inside);
    let (system, handle) = node::serve(arrival.stream, arrival.peer, &Limits::default(), outside);
    handle.set_deadline(Some(arrival.deadline));
    entrance.0.replace(Some((handle, arrival.permit)));
    // How it ended is known to the handle.
    let _ = system.await;
    drop(liveness.end(Code::ServiceUnavailable));
    membrane.dissolve();
    if let Some(connected) = connected {
        connected.handle.close();
    }
}

/// The laboratory of the other process, over a connection for one client alone.
struct Connected {
    lab: Client,
    handle: ConnectionHandle,
}

impl Connected {
    async fn to(path: &Path) -> anyhow::Result<Self> {
        let stream = UnixStream::connect(path).await.context("connecting to the service")?;
        let (system, lab, handle) = node::connect(stream, Peer::unix(), &Limits::default());
        tokio::task::spawn_local(system);
        Ok(Self { lab, handle })
    }
}

/// The first call that succeeds stands for a sign-in.
#[derive(Default)]
struct Entrance(RefCell<Option<(ConnectionHandle, Permit)>>);

impl Observer for Entrance {
    fn settled(&self, settled: &Settled) {
        if settled.outcome == Outcome::Done
            && let Some((handle, permit)) = self.0.take()
        {
            handle.set_deadline(None);
            permit.promote();
        }
    }
}

/// Is the service: each connection gets a laboratory of its own.
async fn service(socket: &Path) -> anyhow::Result<()> {
    let listener = UnixListener::bind(socket)?;
    println!("listening on {}", socket.display());
    answer_until_input_ends(|question| if question == "held" { held() } else { 0 });
    loop {
        let (stream, _) = listener.accept().await?;
        let lab = LabState::new();
        let (system, _) = node::serve(stream, Peer::unix(), &Limits::default(), lab.client().client);
        tokio::task::spawn_local(async move {
            // How it ended is nothing to a service.
            let _ = system.await;
            // The connection keeps the laboratory, which keeps the callback, which keeps the connection.
            lab.forget_kept();
        });
    }
}

fn answer_until_input_ends(answer: impl Fn(&str) -> u64 + Send + 'static) {
    std::thread::spawn(move || {
        for question in std::io::stdin().lines().map_while(Result::ok) {
            println!("{}", answer(&question));
        }
        std::process::exit(0);
    });
}

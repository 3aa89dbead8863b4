//! The product: bounded connections, and a membrane between the client and the laboratory.
//!
//! `serve-node` has the laboratory in its own process; `serve-front` has it behind a Unix socket, in the process that
//! `serve-service` is.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_membrane::{Budget, BudgetLimits, Liveness, Membrane, Rules};
use capos_rpc::{Limits, Network, Peer};
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// Serves each connection a laboratory of its own, in this process and behind a membrane of its own.
pub(crate) async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    loop {
        let (stream, address) = listener.accept().await?;
        capos_rpc::tune(&stream)?;
        serve_one(stream, Peer::tcp(address), membrane().wrap(LabState::new().client()));
    }
}

/// Serves each connection the laboratory of the process at `service`, over a connection of its own.
pub(crate) async fn front(listener: TcpListener, service: PathBuf) -> anyhow::Result<()> {
    loop {
        let (stream, address) = listener.accept().await?;
        capos_rpc::tune(&stream)?;
        let onward = UnixStream::connect(&service).await.context("connecting to the service")?;
        serve_one(stream, Peer::tcp(address), membrane().wrap(connect(onward, Peer::unix(), &Limits::default())));
    }
}

/// Is the service: each connection gets a laboratory of its own.
pub(crate) async fn service(listener: UnixListener) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        serve_one(stream, Peer::unix(), LabState::new().client());
    }
}

/// What a grant has by default: life, a budget for it and one for its session.
fn membrane() -> Membrane {
    let mut rules = Rules::new(Liveness::new().child());
    let budget = || Arc::new(Budget::new(BudgetLimits::default()));
    rules.budgets = vec![budget(), budget()];
    Membrane::new(rules)
}

fn serve_one(stream: impl AsyncRead + AsyncWrite + 'static, peer: Peer, lab: lab::Client) {
    let (network, _) = Network::new(stream, Side::Server, peer, &Limits::default());
    tokio::task::spawn_local(RpcSystem::new(Box::new(network), Some(lab.client)));
}

/// The laboratory at this address, through the product's own connection.
pub(crate) async fn connect_to(address: SocketAddr, window: Option<usize>) -> anyhow::Result<lab::Client> {
    let stream = TcpStream::connect(address).await?;
    capos_rpc::tune(&stream)?;
    let mut limits = Limits::default();
    limits.stream_window = window.unwrap_or(limits.stream_window);
    Ok(connect(stream, Peer::tcp(address), &limits))
}

fn connect(stream: impl AsyncRead + AsyncWrite + 'static, peer: Peer, limits: &Limits) -> lab::Client {
    let (network, _) = Network::new(stream, Side::Client, peer, limits);
    let mut system = RpcSystem::new(Box::new(network), None);
    let lab = system.bootstrap(Side::Server);
    tokio::task::spawn_local(system);
    lab
}

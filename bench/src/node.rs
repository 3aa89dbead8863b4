//! The product: bounded connections, and a membrane between the client and the laboratory.
//!
//! `serve-node` has the laboratory in its own process; `serve-confined`, in [`crate::confined`], has a runner start it.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use capnp::capability::{Client, FromClientHook};
use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_membrane::{Budget, BudgetLimits, Liveness, Membrane, Rules};
use capos_rpc::{Limits, Network, Peer};
use capos_schema::Registry;
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// Serves each connection a laboratory of its own, in this process and behind a membrane of its own.
pub(crate) async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    loop {
        let (stream, address) = listener.accept().await?;
        capos_rpc::tune(&stream)?;
        let lab: lab::Client = Membrane::new(rules()).wrap(LabState::new().client());
        serve_one(stream, Peer::tcp(address), lab.client);
    }
}

/// What the node knows of the laboratory: the schema that a service brings with it.
static SHAPES: LazyLock<Arc<Registry>> = LazyLock::new(|| {
    let registry = Registry::load(capos_testkit::LAB_REQUEST, &capos_schema::Limits::default());
    Arc::new(registry.expect("the laboratory's own schema is sound"))
});

/// What a grant has by default: life, a budget for it and one for its session.
pub(crate) fn rules() -> Rules {
    let mut rules = Rules::new(Liveness::new().child());
    rules.shapes = SHAPES.clone();
    let budget = || Arc::new(Budget::new(BudgetLimits::default()));
    rules.budgets = vec![budget(), budget()];
    rules
}

pub(crate) fn serve_one(stream: impl AsyncRead + AsyncWrite + 'static, peer: Peer, first: Client) {
    let (network, _) = Network::new(stream, Side::Server, peer, &Limits::default());
    tokio::task::spawn_local(RpcSystem::new(Box::new(network), Some(first)));
}

/// The laboratory at this address, through the product's own connection.
pub(crate) async fn connect_to(address: SocketAddr, window: Option<usize>) -> anyhow::Result<lab::Client> {
    let stream = TcpStream::connect(address).await?;
    capos_rpc::tune(&stream)?;
    let mut limits = Limits::default();
    limits.stream_window = window.unwrap_or(limits.stream_window);
    Ok(connect(stream, Peer::tcp(address), &limits))
}

/// What a node serves at once, through the product's own connection.
pub(crate) async fn first_of<C: FromClientHook>(address: SocketAddr) -> anyhow::Result<C> {
    let stream = TcpStream::connect(address).await?;
    capos_rpc::tune(&stream)?;
    Ok(connect(stream, Peer::tcp(address), &Limits::default()))
}

fn connect<C: FromClientHook>(stream: impl AsyncRead + AsyncWrite + 'static, peer: Peer, limits: &Limits) -> C {
    let (network, _) = Network::new(stream, Side::Client, peer, limits);
    let mut system = RpcSystem::new(Box::new(network), None);
    let first = system.bootstrap(Side::Server);
    tokio::task::spawn_local(system);
    first
}

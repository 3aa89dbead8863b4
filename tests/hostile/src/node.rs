//! The product as a node has it: bounded connections and a membrane around the laboratory.

use std::sync::{Arc, LazyLock};

use capnp::capability::Client;
use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_membrane::{Budget, BudgetLimits, Liveness, Rules};
use capos_rpc::{ConnectionHandle, Limits, Network, Peer};
use capos_schema::Registry;
use tokio::io::{AsyncRead, AsyncWrite};

/// What the node knows of the laboratory: the schema that a service brings with it.
static SHAPES: LazyLock<Arc<Registry>> = LazyLock::new(|| {
    let registry = Registry::load(capos_testkit::LAB_REQUEST, &capos_schema::Limits::default());
    Arc::new(registry.expect("the laboratory's own schema is sound"))
});

/// What a grant has by default: life, a budget for it and one for its session.
#[must_use]
pub fn rules(liveness: Liveness) -> Rules {
    let mut rules = Rules::new(liveness);
    rules.shapes = SHAPES.clone();
    let budget = || Arc::new(Budget::new(BudgetLimits::default()));
    rules.budgets = vec![budget(), budget()];
    rules
}

/// One connection's vat, to be spawned, and the owner's handle on it.
pub fn serve(
    stream: impl AsyncRead + AsyncWrite + 'static,
    peer: Peer,
    limits: &Limits,
    bootstrap: Client,
) -> (RpcSystem<Side>, ConnectionHandle) {
    let (network, handle) = Network::new(stream, Side::Server, peer, limits);
    (RpcSystem::new(Box::new(network), Some(bootstrap)), handle)
}

/// The vat of a connection to a service, to be spawned, its bootstrap object, and the owner's handle on it.
pub fn connect(
    stream: impl AsyncRead + AsyncWrite + 'static,
    peer: Peer,
    limits: &Limits,
) -> (RpcSystem<Side>, Client, ConnectionHandle) {
    let (network, handle) = Network::new(stream, Side::Client, peer, limits);
    let mut system = RpcSystem::new(Box::new(network), None);
    let client: Client = system.bootstrap(Side::Server);
    (system, client, handle)
}

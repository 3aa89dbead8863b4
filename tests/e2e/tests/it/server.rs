//! The laboratory at an open port: the listener, a vat thread, bounded connections and a membrane, without sign-in.

use std::net::SocketAddr;
use std::sync::Arc;

use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_membrane::{Budget, BudgetLimits, Liveness, Membrane, Rules};
use capos_rpc::{Arrival, Gate, GateLimits, Identity, Limits, Listener, Network, Peer, ServerTls, Vats};
use capos_schema::Registry;
use capos_testkit::LAB_REQUEST;
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, spawn_local};

/// Where the laboratory is, seen from the node.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// In the node.
    Here,
    /// Behind a connection of its own, as a service process is.
    Behind,
}

/// A running node, stopped on drop.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    /// What every grant of this node lives by.
    pub(crate) liveness: Liveness,
    accepting: JoinHandle<()>,
}

impl Node {
    /// Listens on a free loopback port, and speaks TLS where it has an identity.
    pub(crate) async fn start(place: Place, identity: Option<&Identity>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let tls = identity.map(|identity| ServerTls::new(identity).expect("a sound identity"));
        let listener = Listener::new(listener, Gate::new(GateLimits::default()), tls);
        let vats = Arc::new(Vats::start(1).expect("a thread"));
        let shapes = Registry::load(LAB_REQUEST, &capos_schema::Limits::default()).expect("a sound schema");
        let shapes = Arc::new(shapes);
        let liveness = Liveness::new();
        let grants = liveness.clone();
        let serve = move |arrival| serve(arrival, place, grants.child(), shapes.clone());
        Self { address, liveness, accepting: tokio::spawn(listener.run(vats, serve)) }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(arrival: Arrival, place: Place, liveness: Liveness, shapes: Arc<Registry>) {
    let mut rules = Rules::new(liveness);
    rules.vat = Arc::new(capos_runner::OnVat(capos_rpc::Vat::current().expect("connections live on vat threads")));
    rules.shapes = shapes;
    rules.budgets = vec![Arc::new(Budget::new(BudgetLimits::default()))];
    rules.callback_budgets = rules.budgets.clone();
    let lab: lab::Client = match place {
        Place::Here => LabState::new().client(),
        Place::Behind => service(),
    };
    let membrane = Membrane::new(rules);
    let lab = membrane.wrap(lab);
    arrival.permit.promote();
    run(arrival.stream, Side::Server, arrival.peer, Some(lab)).await;
    membrane.dissolve();
}

/// A laboratory at the other end of a pipe.
fn service() -> lab::Client {
    let (near, far) = tokio::io::duplex(1 << 16);
    spawn_local(run(far, Side::Server, Peer::internal(), Some(LabState::new().client())));
    let (network, _) = Network::new(near, Side::Client, Peer::internal(), &Limits::default());
    let mut system = RpcSystem::new(Box::new(network), None);
    let lab = system.bootstrap(Side::Server);
    spawn_local(system);
    lab
}

async fn run(stream: impl AsyncRead + AsyncWrite + 'static, side: Side, peer: Peer, bootstrap: Option<lab::Client>) {
    let (network, _) = Network::new(stream, side, peer, &Limits::default());
    // How a client's connection ends is the client's business here.
    let _ = RpcSystem::new(Box::new(network), bootstrap.map(|lab| lab.client)).await;
}

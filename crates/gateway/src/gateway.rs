//! One node's gateway, shared by all its connections.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_authority::{Authority, Source};
use capos_rpc::{Arrival, ConnectionHandle, Network, Origin, Peer, Permit, Vat, Vats};
use capos_runner::Runner;
use capos_schema::Registry;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::builtin::Objects;
use crate::connection::{Connection, Place, Wire};
use crate::figures::{Counters, Figures};
use crate::holdings::Holdings;
use crate::limits::Limits;
use crate::manual::{Build, Manual, Shelf};
use crate::pace::Pace;
use crate::quotas::Quotas;
use crate::recordings::Recordings;

const MINUTE: Duration = Duration::from_secs(60);

/// What a node says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Face {
    /// Its name, as its operator gave it.
    pub name: String,
    /// The message of the day.
    pub motd: String,
    /// The commit that it was built from.
    pub commit: String,
    /// When it was built.
    pub built_at: String,
}

/// Signs in the node's name.
pub type Signer = Arc<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// Tells whether the node has signed these bytes with that signature.
pub type SignatureCheck = Arc<dyn Fn(&[u8], &[u8]) -> bool + Send + Sync>;

/// The gateway. Clones are the same one.
#[derive(Clone)]
pub struct Gateway(Arc<Shared>);

struct Shared {
    authority: Authority,
    registry: RwLock<Arc<Registry>>,
    services: RwLock<Option<Runner>>,
    face: RwLock<Arc<Face>>,
    signer: Signer,
    signature_check: RwLock<Option<SignatureCheck>>,
    manual: Arc<Shelf>,
    objects: RwLock<Option<Arc<dyn Objects>>>,
    recordings: RwLock<Option<Recordings>>,
    limits: Limits,
    connection_limits: RwLock<capos_rpc::Limits>,
    holdings: Holdings,
    counters: Counters,
    denials: Pace,
    reached: Pace,
    quotas: Arc<Quotas>,
    stopping: AtomicBool,
    /// By when every session ends, once the node was told to stop.
    stops_by: watch::Sender<Option<Instant>>,
    last_connection: AtomicU64,
    connections: Mutex<HashMap<u64, ConnectionHandle>>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gateway")
    }
}

impl Gateway {
    /// A gateway over an authority. `registry` knows the interfaces that may be granted.
    #[must_use]
    pub fn new(authority: Authority, registry: Arc<Registry>, face: Face, signer: Signer, limits: Limits) -> Self {
        let build = Build { commit: face.commit.clone(), built_at: face.built_at.clone() };
        let manual = Shelf::new(Manual::new(&registry, build));
        let quotas = Quotas::new(authority.clock().clone(), limits.quotas, limits.quota_rest);
        Self(Arc::new(Shared {
            authority,
            registry: RwLock::new(registry),
            services: RwLock::default(),
            manual,
            signature_check: RwLock::default(),
            face: RwLock::new(Arc::new(face)),
            signer,
            objects: RwLock::default(),
            recordings: RwLock::default(),
            denials: Pace::new(limits.node_denial_rows, MINUTE),
            reached: Pace::new(limits.reached_rows, MINUTE),
            quotas,
            limits,
            connection_limits: RwLock::default(),
            holdings: Holdings::default(),
            counters: Counters::default(),
            stopping: AtomicBool::new(false),
            stops_by: watch::Sender::new(None),
            last_connection: AtomicU64::new(0),
            connections: Mutex::default(),
        }))
    }

    /// Shows another face from here on.
    pub fn set_face(&self, face: Face) {
        *self.0.face.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(face);
    }

    /// Grants of objects that somebody else supplies are served from here on.
    pub fn set_objects(&self, objects: Arc<dyn Objects>) {
        *self.0.objects.write().unwrap_or_else(PoisonError::into_inner) = Some(objects);
    }

    /// Recordings of terminals are kept there from here on. Without it there are none, and none can be made.
    pub fn set_recordings(&self, recordings: Recordings) {
        *self.0.recordings.write().unwrap_or_else(PoisonError::into_inner) = Some(recordings);
    }

    /// Grants of services are served by this runner from here on, and the interfaces that its profiles bring are known.
    ///
    /// Called again after its profiles have changed, so that the change of interfaces is known too.
    pub fn set_services(&self, runner: Runner) {
        self.set_registry(runner.profiles().registry().clone());
        *self.0.services.write().unwrap_or_else(PoisonError::into_inner) = Some(runner);
    }

    /// Knows these interfaces from here on: calls of grants that are taken, and pages of the manual, go by them.
    pub fn set_registry(&self, registry: Arc<Registry>) {
        let build = self.0.manual.current().build().clone();
        self.0.manual.replace(Manual::new(&registry, build));
        *self.0.registry.write().unwrap_or_else(PoisonError::into_inner) = registry;
    }

    /// The interfaces that are known.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        self.0.registry.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How to tell what the node has signed. Without it, checkpoints of the journal cannot be checked.
    pub fn set_signature_check(&self, check: SignatureCheck) {
        *self.0.signature_check.write().unwrap_or_else(PoisonError::into_inner) = Some(check);
    }

    /// Bounds connections that come from here on otherwise than by default.
    pub fn set_connection_limits(&self, limits: capos_rpc::Limits) {
        *self.0.connection_limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// The bounds of connections that come from here on.
    #[must_use]
    pub fn connection_limits(&self) -> capos_rpc::Limits {
        self.0.connection_limits.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What live sessions hold.
    #[must_use]
    pub fn holdings(&self) -> &Holdings {
        &self.0.holdings
    }

    /// Counts for the operator. No client is ever shown them.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.0.counters.figures()
    }

    /// Serves one arrival of a listener to its end, on its vat thread.
    ///
    /// However that ends, by a panic too, every session of the connection ends with it.
    pub async fn serve(&self, vats: &Vats, arrival: Arrival) {
        let Arrival { stream, peer, permit, deadline } = arrival;
        let source = self.source_of(&peer);
        self.run(vats, stream, peer, Entry { source, place: Place::Waiting(permit), deadline }).await;
    }

    /// The same for a stream that came some other way: in this process, or over a Unix socket.
    ///
    /// Where it comes from is the caller's word; [`Gateway::source_of`] makes it from a peer.
    pub async fn serve_stream<S>(&self, vats: &Vats, stream: S, peer: Peer, source: Source)
    where
        S: AsyncRead + AsyncWrite + 'static,
    {
        let deadline = std::time::Instant::now() + self.limits().rest_time;
        self.run(vats, stream, peer, Entry { source, place: Place::Ungated, deadline }).await;
    }

    /// The same for a client that another listener of this node let in, and that is given a stream in this process: it
    /// has a place at the gate like any other, and is who `peer` says, which is the accepted connection's.
    pub async fn serve_relayed<S>(&self, vats: &Vats, stream: S, peer: Peer, permit: Permit)
    where
        S: AsyncRead + AsyncWrite + 'static,
    {
        let deadline = std::time::Instant::now() + self.limits().rest_time;
        let source = self.source_of(&peer);
        self.run(vats, stream, peer, Entry { source, place: Place::Waiting(permit), deadline }).await;
    }

    /// The source of what comes over a connection, from facts of the connection alone, with a number of its own.
    #[must_use]
    pub fn source_of(&self, peer: &Peer) -> Source {
        Source {
            address: match peer.origin {
                Origin::Tcp(address) => Some(IpAddr::to_canonical(&address.ip())),
                Origin::Unix | Origin::Internal => None,
            },
            connection: self.0.last_connection.fetch_add(1, Ordering::Relaxed) + 1,
            channel_binding: peer.channel_binding(),
            tls: peer.tls.is_some(),
        }
    }

    /// Lets nobody sign in any more. Sessions go on until [`Gateway::drain`].
    pub fn close_door(&self) {
        self.0.stopping.store(true, Ordering::Release);
    }

    /// The same, and tells every session that listens that it ends after that grace, or sooner.
    pub fn announce_stop(&self, grace: Duration) {
        self.close_door();
        self.0.stops_by.send_replace(Instant::now().checked_add(grace));
    }

    /// By when every session ends, once that is known.
    pub(crate) fn stops_by(&self) -> watch::Receiver<Option<Instant>> {
        self.0.stops_by.subscribe()
    }

    /// Lets nobody in any more, ends every session, and then every connection.
    ///
    /// What follows is `Vats::drain`.
    pub async fn drain(&self) {
        self.close_door();
        self.0.authority.shut_down().await;
        if self.connections().is_empty() {
            return;
        }
        tokio::time::sleep(self.limits().parting_time).await;
        let connections: Vec<_> = self.connections().values().cloned().collect();
        connections.iter().for_each(ConnectionHandle::close);
    }

    async fn run<S>(&self, vats: &Vats, stream: S, peer: Peer, entry: Entry)
    where
        S: AsyncRead + AsyncWrite + 'static,
    {
        let Some(vat) = Vat::current() else {
            tracing::error!("a connection was to be served outside the vat threads");
            return;
        };
        let limits = self.connection_limits();
        let (network, handle) = Network::new(stream, Side::Server, peer, &limits);
        vats.watch(handle.clone());
        handle.set_deadline(Some(entry.deadline));
        let _told = Told::new(&entry.source, handle.clone());
        let line = Wire { vat, handle: handle.clone(), limits };
        let connection = Connection::open(self, entry.source, line, entry.place);
        let mut system = pin!(RpcSystem::new(Box::new(network), Some(connection.door().client)));
        tokio::select! {
            biased;
            _ = &mut system => return,
            () = handle.bootstrapped() => connection.entered(),
        }
        // How a connection ends is its client's business.
        let _ = system.await;
    }
}

struct Entry {
    source: Source,
    place: Place,
    deadline: std::time::Instant,
}

/// Tells the log of a connection's beginning and, however it comes, its end.
struct Told {
    number: u64,
    handle: ConnectionHandle,
}

impl Told {
    fn new(source: &Source, handle: ConnectionHandle) -> Self {
        tracing::debug!(connection = source.connection, %source, tls = source.tls, "a connection began");
        Self { number: source.connection, handle }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        tracing::debug!(connection = self.number, ending = ?self.handle.ending(), "a connection ended");
    }
}

/// What the parts of the gateway share.
impl Gateway {
    pub(crate) fn authority(&self) -> &Authority {
        &self.0.authority
    }

    pub(crate) fn services(&self) -> Option<Runner> {
        self.0.services.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn face(&self) -> Arc<Face> {
        self.0.face.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn objects(&self) -> Option<Arc<dyn Objects>> {
        self.0.objects.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn recordings(&self) -> Option<Recordings> {
        self.0.recordings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.0.signer
    }

    pub(crate) fn signature_check(&self) -> Option<SignatureCheck> {
        self.0.signature_check.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn manual(&self) -> &Arc<Shelf> {
        &self.0.manual
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    pub(crate) fn denial_rows(&self) -> &Pace {
        &self.0.denials
    }

    pub(crate) fn quotas(&self) -> &Arc<Quotas> {
        &self.0.quotas
    }

    pub(crate) fn reached_rows(&self) -> &Pace {
        &self.0.reached
    }

    /// Whether it lets nobody in any more.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Acquire)
    }

    pub(crate) fn enlist(&self, connection: u64, handle: ConnectionHandle) {
        if self.is_stopping() {
            handle.close();
        }
        self.connections().insert(connection, handle);
    }

    pub(crate) fn strike_off(&self, connection: u64) {
        self.connections().remove(&connection);
    }

    fn connections(&self) -> MutexGuard<'_, HashMap<u64, ConnectionHandle>> {
        self.0.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

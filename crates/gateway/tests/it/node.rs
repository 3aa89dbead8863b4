//! A whole node in this process: store, authority, gateway, listener and vat threads, on a free port and in a directory
//! of its own, with a clock that moves only when told.
//!
//! Start with [`Node::start`], or [`Node::with`] to change how it is set up. It stops on drop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use capnp::capability::{Client, FromClientHook};
use capnp::traits::HasTypeId;
use capos_authority::{
    AccountDraft, AccountState, Actor, Authority, Clock, Grant, MethodSettings, PrincipalKind, Profile, Role, Session,
    Settings,
};
use capos_gateway::{Face, Gateway, Limits, Objects, RecordingLimits, Recordings};
use capos_rpc::{Gate, GateLimits, Identity, Listener, ServerTls, Vats};
use capos_schema::{Denial, Registry};
use capos_store::Store;
use capos_testkit::LAB_REQUEST;
use capos_testkit::clock::VirtualClock;
use capos_testkit::lab::{LabState, Tally};
use capos_testkit::lab_capnp::lab;
use futures::future::BoxFuture;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The password of every account that [`Node::account`] makes.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// How a node is set up.
pub(crate) struct Setup {
    /// What the gateway bounds.
    pub(crate) limits: Limits,
    /// What a connection may cost.
    pub(crate) connections: capos_rpc::Limits,
    /// Who may wait to sign in.
    pub(crate) gate: GateLimits,
    /// The ways of signing in that are on.
    pub(crate) methods: MethodSettings,
    /// What the authority bounds; hashes are cheap.
    pub(crate) authority: capos_authority::Limits,
    /// What the store bounds.
    pub(crate) store: capos_store::Limits,
    /// What recordings are bounded by.
    pub(crate) recordings: RecordingLimits,
    /// Vat threads.
    pub(crate) vats: usize,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            connections: capos_rpc::Limits::default(),
            gate: GateLimits::default(),
            methods: MethodSettings { anonymous: true, ..MethodSettings::default() },
            authority: capos_authority::Limits {
                hash_memory_kib: 8,
                hash_passes: 1,
                ..capos_authority::Limits::default()
            },
            store: capos_store::Limits::default(),
            // The disk that tests run on may be small.
            recordings: RecordingLimits { reserve_bytes: 0, ..RecordingLimits::default() },
            vats: 2,
        }
    }
}

impl Setup {
    /// Makes a password take a while to judge.
    pub(crate) fn slow_hashes(&mut self) {
        self.authority.hash_threads = 1;
        self.authority.hash_memory_kib = 64 << 10;
        self.authority.hash_passes = 4;
    }
}

/// A running node.
pub(crate) struct Node {
    /// Where it listens, for TLS and plain connections.
    pub(crate) address: SocketAddr,
    /// Who it is.
    pub(crate) identity: Identity,
    pub(crate) authority: Authority,
    pub(crate) gateway: Gateway,
    pub(crate) store: Store,
    /// The time, as the node has it.
    pub(crate) time: Time,
    /// The interfaces it knows: the contract, and the laboratory. Every membrane holds it.
    pub(crate) registry: Arc<Registry>,
    /// The laboratories that it has granted.
    pub(crate) labs: Arc<Labs>,
    pub(crate) vats: Arc<Vats>,
    accepting: JoinHandle<()>,
    directory: TempDir,
}

impl Node {
    /// A node as it is by default.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A node with the account `ada`, whose default profile `lab` grants `session`, `system_info` and `lab`; and with a
    /// guest account.
    pub(crate) async fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = Setup::default();
        change(&mut setup);
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(&directory.path().join("data"), setup.store.clone()).expect("a store");
        let identity = Identity::ephemeral().expect("an identity");
        let time = Time::new();
        let settings = Settings { methods: setup.methods, limits: setup.authority.clone(), ..Settings::new([7; 32]) };
        let authority = Authority::open(store.clone(), settings, Arc::new(time.clone())).await.expect("an authority");
        let registry = Registry::load(LAB_REQUEST, &capos_schema::Limits::default()).expect("a sound schema");
        let registry = Arc::new(registry.with_builtin().expect("nothing of the contract is changed"));
        let face = Face { name: "test-node".into(), motd: "Welcome.".into(), ..Face::default() };
        let key = Arc::new(identity.signer().expect("a key that signs"));
        let (signing, checking) = (key.clone(), key);
        let signer = Arc::new(move |bytes: &[u8]| signing.sign(bytes).unwrap_or_default());
        let gateway = Gateway::new(authority.clone(), registry.clone(), face, signer, setup.limits.clone());
        gateway.set_signature_check(Arc::new(move |bytes, signature| checking.has_signed(bytes, signature)));
        gateway.set_connection_limits(setup.connections.clone());
        let labs = Arc::new(Labs::default());
        gateway.set_objects(labs.clone());
        let vats = Arc::new(Vats::start(setup.vats).expect("threads"));
        let (address, accepting) = listen(&gateway, &vats, &setup, &identity).await;
        let node =
            Self { address, identity, authority, gateway, store, time, registry, labs, vats, accepting, directory };
        node.open_recordings(setup.recordings).await;
        node.populate().await;
        node
    }

    /// Opens its recordings, as a start of the node does.
    pub(crate) async fn open_recordings(&self, limits: RecordingLimits) -> Recordings {
        let recordings = Recordings::open(&self.recordings_directory(), limits, self.authority.clone()).await;
        let recordings = recordings.expect("a directory of ours");
        self.gateway.set_recordings(recordings.clone());
        recordings
    }

    pub(crate) fn recordings_directory(&self) -> PathBuf {
        self.directory.path().join("data/recordings")
    }

    async fn populate(&self) {
        self.profile("lab", &["human"], &[Grants::SESSION, Grants::SYSTEM_INFO, Grants::LAB]).await;
        self.role("tester", &["lab"]).await;
        self.account("ada", PrincipalKind::Human, &["tester"], "lab").await;
        self.account("guest", PrincipalKind::Guest, &["guest"], "guest").await;
    }

    /// Makes an account that signs in with [`PASSWORD`].
    pub(crate) async fn account(&self, name: &str, kind: PrincipalKind, roles: &[&str], profile: &str) {
        let draft = AccountDraft {
            display_name: name.to_uppercase(),
            kind,
            state: AccountState::Active,
            roles: roles.iter().map(ToString::to_string).collect(),
            default_profile: profile.to_owned(),
            recovery_profile: String::new(),
        };
        let (admin, actor) = (self.authority.admin(), Actor::offline());
        admin.create(name, draft, &actor).await.expect("a new account");
        if kind != PrincipalKind::Guest {
            admin.set_password(name, PASSWORD.into(), false, &actor).await.expect("a good password");
        }
    }

    /// Makes a profile, or changes it. Each grant is its definition in JSON, as [`Grants`] has some.
    pub(crate) async fn profile(&self, name: &str, admits: &[&str], grants: &[&str]) {
        self.profile_with(name, admits, "off", grants).await;
    }

    /// The same for sessions that may be quiet for so long.
    pub(crate) async fn profile_with(&self, name: &str, admits: &[&str], idle: &str, grants: &[&str]) {
        let definition = format!(
            r#"{{ "label": "{name}", "admits": {admits:?}, "duration": "12h", "maxDuration": "7d", "idle": "{idle}",
                  "grants": [{}] }}"#,
            grants.join(",")
        );
        let admin = self.authority.admin();
        let known = admin.profiles().await.expect("profiles").into_iter().find(|profile| profile.name == name);
        let revision = known.map_or(0, |profile| profile.revision);
        let profile = Profile { name: name.to_owned(), definition, retired: false, revision };
        admin.put_profile(profile, &Actor::offline()).await.expect("a sound profile");
    }

    /// Makes a role, or changes it.
    pub(crate) async fn role(&self, name: &str, profiles: &[&str]) {
        let admin = self.authority.admin();
        let known = admin.roles().await.expect("roles").into_iter().find(|role| role.name == name);
        let revision = known.map_or(0, |role| role.revision);
        let profiles = profiles.iter().map(ToString::to_string).collect();
        admin
            .put_role(Role { name: name.to_owned(), profiles, revision }, &Actor::offline())
            .await
            .expect("a sound role");
    }

    /// The kinds and payloads of the journal's rows, oldest first.
    pub(crate) async fn journal(&self) -> Vec<(String, String)> {
        let rows = self.store.rows(1, 1 << 16).await.expect("the journal");
        let text = |payload: Vec<u8>| String::from_utf8(payload).expect("payloads are text");
        rows.into_iter().map(|row| (row.entry.kind.to_string(), text(row.entry.payload))).collect()
    }

    /// Waits until the journal has so many rows of a kind, and gives their payloads.
    pub(crate) async fn journaled(&self, kind: &str, count: usize) -> Vec<String> {
        loop {
            let rows =
                self.journal().await.into_iter().filter(|row| row.0 == kind).map(|row| row.1).collect::<Vec<_>>();
            if rows.len() >= count {
                return rows;
            }
            // The store tells of progress only to who follows it; this asks again once others have had their turn.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until a figure is as expected.
    pub(crate) async fn until(&self, what: impl Fn(&Self) -> bool) {
        while !what(self) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn listen(
    gateway: &Gateway,
    vats: &Arc<Vats>,
    setup: &Setup,
    identity: &Identity,
) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    let tls = ServerTls::new(identity).expect("a sound identity");
    let listener = Listener::new(listener, Gate::new(setup.gate), Some(tls));
    let (gateway, served) = (gateway.clone(), vats.clone());
    let serve = move |arrival| {
        let (gateway, vats) = (gateway.clone(), served.clone());
        async move { gateway.serve(&vats, arrival).await }
    };
    (address, tokio::spawn(listener.run(vats.clone(), serve)))
}

/// Definitions of grants.
pub(crate) struct Grants;

impl Grants {
    pub(crate) const SESSION: &str =
        r#"{ "name": "session", "interface": "UserSession", "object": "builtin:session", "transfer": "session" }"#;
    pub(crate) const SYSTEM_INFO: &str = r#"{ "name": "system_info", "interface": "SystemInfo", "object": "builtin:system_info", "transfer": "session" }"#;
    pub(crate) const LAB: &str = r#"{ "name": "lab", "interface": "0xa6b4c1d5e8f70213", "object": "test:lab",
                                      "transfer": "session", "audit": "off" }"#;

    /// A laboratory with rules of its own, such as `"lease": "1h"`.
    pub(crate) fn lab(name: &str, rules: &str) -> String {
        let comma = if rules.is_empty() { "" } else { "," };
        format!(r#"{{ "name": "{name}", "interface": "0xa6b4c1d5e8f70213", "object": "test:lab" {comma} {rules} }}"#)
    }
}

/// The laboratories that a node has granted, and the counters of each.
#[derive(Default)]
pub(crate) struct Labs(Mutex<Vec<(String, Arc<Tally>)>>, AtomicBool);

impl Labs {
    /// Whether what is granted from here on is out of order.
    pub(crate) fn set_down(&self, down: bool) {
        self.1.store(down, Ordering::SeqCst);
    }

    /// The counters of the laboratory that was granted last under a name.
    pub(crate) fn tally(&self, grant: &str) -> Arc<Tally> {
        let all = self.0.lock().expect("no panic");
        all.iter().rfind(|(name, _)| name == grant).map(|(_, tally)| tally.clone()).expect("it was granted")
    }

    /// How many were granted so far.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().expect("no panic").len()
    }

    /// Objects of all laboratories that somebody still holds.
    pub(crate) fn alive(&self) -> u64 {
        self.0.lock().expect("no panic").iter().map(|(_, tally)| tally.counts().alive()).sum()
    }
}

impl Objects for Labs {
    fn object(&self, _session: &Session, grant: &Grant) -> Option<Result<Client, Denial>> {
        if grant.object != "test:lab" || grant.interface_id != lab::Client::TYPE_ID {
            return None;
        }
        if self.1.load(Ordering::SeqCst) {
            return Some(Err(capos_schema::Code::ServiceUnavailable.into()));
        }
        let state = LabState::new();
        self.0.lock().expect("no panic").push((grant.name.clone(), state.tally()));
        Some(Ok(Client::new(state.client().into_client_hook())))
    }
}

/// Time that moves only when told.
#[derive(Clone)]
pub(crate) struct Time(VirtualClock);

impl Time {
    /// The wall clock at the beginning, in milliseconds since 1970.
    pub(crate) const BEGINNING: u64 = 1_800_000_000_000;

    fn new() -> Self {
        // Not zero: a wait that is counted from the machine's start must not look over already.
        Self(VirtualClock::at(3_600_000_000_000))
    }

    /// Moves it on.
    pub(crate) fn advance(&self, by: Duration) {
        self.0.advance(by);
    }
}

impl Clock for Time {
    fn wall_ms(&self) -> u64 {
        Self::BEGINNING + self.steady_ns() / 1_000_000 - 3_600_000
    }

    fn steady_ns(&self) -> u64 {
        self.0.now()
    }

    fn wait_until(&self, steady_ns: u64) -> BoxFuture<'static, ()> {
        Box::pin(self.0.until(steady_ns))
    }
}

//! A whole node in this process: store, authority, gateway and a listener on a free port.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use capnp::capability::{Client, FromClientHook};
use capnp::traits::HasTypeId;
use capos_authority::{
    AccountDraft, AccountState, Actor, Authority, Clock, Grant, MethodSettings, PrincipalKind, Profile, Role, Session,
    Settings,
};
use capos_gateway::{Face, Gateway, Limits, Objects};
use capos_rpc::{Gate, GateLimits, Listener, Vats};
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

/// The password of every account.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// One that is good for once, of the account `novice`.
pub(crate) const ONE_TIME: &str = "good for one sign-in";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

const MANUAL: &str =
    r#"{ "name": "manual", "interface": "Manual", "object": "builtin:manual", "transfer": "session" }"#;
const LAB: &str = r#"{ "name": "lab", "interface": "0xa6b4c1d5e8f70213", "object": "test:lab",
                       "transfer": "session", "audit": "off" }"#;
const SHORT: &str = r#"{ "name": "short", "interface": "0xa6b4c1d5e8f70213", "object": "test:lab",
                         "transfer": "session", "audit": "off", "lease": "1h" }"#;
const SYSTEM_INFO: &str =
    r#"{ "name": "system_info", "interface": "SystemInfo", "object": "builtin:system_info", "transfer": "session" }"#;

/// A node with the accounts `ada` and `novice`, a guest and nobodies.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    pub(crate) authority: Authority,
    pub(crate) gateway: Gateway,
    pub(crate) labs: Arc<Labs>,
    pub(crate) time: Time,
    accepting: JoinHandle<()>,
    _directory: TempDir,
}

impl Node {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(&directory.path().join("data"), capos_store::Limits::default()).expect("a store");
        let limits =
            capos_authority::Limits { hash_memory_kib: 8, hash_passes: 1, ..capos_authority::Limits::default() };
        let methods = MethodSettings { anonymous: true, ..MethodSettings::default() };
        let time = Time(VirtualClock::at(3_600_000_000_000));
        let settings = Settings { methods, limits, ..Settings::new([7; 32]) };
        let authority = Authority::open(store, settings, Arc::new(time.clone())).await.expect("an authority");
        let registry = Registry::load(LAB_REQUEST, &capos_schema::Limits::default()).expect("a sound schema");
        let registry = Arc::new(registry.with_builtin().expect("nothing of the contract is changed"));
        let signer = Arc::new(|_: &[u8]| Vec::new());
        let gateway = Gateway::new(authority.clone(), registry, Face::default(), signer, Limits::default());
        let labs = Arc::new(Labs::default());
        gateway.set_objects(labs.clone());
        let (address, accepting) = listen(&gateway).await;
        let node = Self { address, authority, gateway, labs, time, accepting, _directory: directory };
        node.populate().await;
        node
    }

    async fn populate(&self) {
        let admin = self.authority.admin();
        let grants = [MANUAL, LAB, SHORT, SYSTEM_INFO].join(",");
        let definition = format!(
            r#"{{ "label": "lab", "admits": ["human"], "duration": "12h", "maxDuration": "7d", "idle": "off",
                  "grants": [{grants}] }}"#
        );
        let profile = Profile { name: "lab".to_owned(), definition, retired: false, revision: 0 };
        admin.put_profile(profile, &Actor::offline()).await.expect("a sound profile");
        let role = Role { name: "tester".to_owned(), profiles: vec!["lab".to_owned()], revision: 0 };
        admin.put_role(role, &Actor::offline()).await.expect("a sound role");
        self.account("ada", PrincipalKind::Human, "tester", "lab", Some((PASSWORD, false))).await;
        self.account("novice", PrincipalKind::Human, "tester", "lab", Some((ONE_TIME, true))).await;
        self.account("guest", PrincipalKind::Guest, "guest", "guest", None).await;
    }

    async fn account(
        &self,
        name: &str,
        kind: PrincipalKind,
        role: &str,
        profile: &str,
        password: Option<(&str, bool)>,
    ) {
        let draft = AccountDraft {
            display_name: name.to_uppercase(),
            kind,
            state: AccountState::Active,
            roles: vec![role.to_owned()],
            default_profile: profile.to_owned(),
            recovery_profile: String::new(),
        };
        let admin = self.authority.admin();
        admin.create(name, draft, &Actor::offline()).await.expect("a new account");
        if let Some((password, one_time)) = password {
            admin.set_password(name, password.into(), one_time, &Actor::offline()).await.expect("a good password");
        }
    }

    /// Waits until so many sessions are live.
    pub(crate) async fn sessions(&self, count: usize) {
        let begun = std::time::Instant::now();
        while self.authority.sessions().len() != count {
            assert!(begun.elapsed() < PATIENCE, "{} sessions are live, not {count}", self.authority.sessions().len());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn listen(gateway: &Gateway) -> (SocketAddr, JoinHandle<()>) {
    let vats = Arc::new(Vats::start(1).expect("a thread"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    let listener = Listener::new(listener, Gate::new(GateLimits::default()), None);
    let (gateway, served) = (gateway.clone(), vats.clone());
    let serve = move |arrival| {
        let (gateway, vats) = (gateway.clone(), served.clone());
        async move { gateway.serve(&vats, arrival).await }
    };
    (address, tokio::spawn(listener.run(vats.clone(), serve)))
}

/// The laboratories that a node has granted, and the counters of each.
#[derive(Default)]
pub(crate) struct Labs(Mutex<Vec<Arc<Tally>>>);

impl Labs {
    /// The counters of the one that was granted last.
    pub(crate) fn last(&self) -> Arc<Tally> {
        self.0.lock().expect("no panic").last().expect("one was granted").clone()
    }
}

impl Objects for Labs {
    fn object(&self, _: &Session, grant: &Grant) -> Option<Result<Client, Denial>> {
        if grant.object != "test:lab" || grant.interface_id != lab::Client::TYPE_ID {
            return None;
        }
        let state = LabState::new();
        self.0.lock().expect("no panic").push(state.tally());
        Some(Ok(Client::new(state.client().into_client_hook())))
    }
}

/// Time that moves only when told.
#[derive(Clone)]
pub(crate) struct Time(VirtualClock);

impl Time {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.advance(by);
    }
}

impl Clock for Time {
    fn wall_ms(&self) -> u64 {
        1_800_000_000_000 + self.steady_ns() / 1_000_000 - 3_600_000
    }

    fn steady_ns(&self) -> u64 {
        self.0.now()
    }

    fn wait_until(&self, steady_ns: u64) -> BoxFuture<'static, ()> {
        Box::pin(self.0.until(steady_ns))
    }
}

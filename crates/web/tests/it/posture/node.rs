//! A whole node in this process, with a workspace in front of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use capos_authority::{
    AccountDraft, AccountState, Actor, Authority, MethodSettings, PrincipalKind, Settings, SystemClock,
};
use capos_client::{Identify, NoConfirm, connect};
use capos_gateway::{Face, Gateway};
use capos_rpc::{ClientTls, Gate, GateLimits, Identity, Listener, Peer, ServerTls, Trust, Vats};
use capos_schema::Registry;
use capos_store::Store;
use capos_web::{
    Browsers, Limits, Names, Place, Proxies, PublicOrigin, Range, Reach, Refusal, SameSite, Server, Site, Work,
    Workspace, WorkspaceLimits,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::browser::Browser;
use crate::ground::PATIENCE;

/// The password of `ada` and `eve`.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// One that is good for once, of the account `novice`.
pub(crate) const ONE_TIME: &str = "good for one sign-in";

/// How a workspace is set up.
pub(crate) struct Setup {
    pub(crate) place: Place,
    pub(crate) limits: WorkspaceLimits,
    pub(crate) same_site: SameSite,
    pub(crate) public: Option<&'static str>,
    pub(crate) proxies: &'static [&'static str],
    pub(crate) source_connections: usize,
    pub(crate) listen: String,
    /// How long the node waits for an answer.
    pub(crate) step_time: Duration,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            place: Place::Node,
            limits: WorkspaceLimits::default(),
            same_site: SameSite::Strict,
            public: None,
            proxies: &[],
            source_connections: Limits::default().source_connections,
            listen: "127.0.0.1:0".to_owned(),
            step_time: Duration::from_secs(120),
        }
    }
}

/// A node with the accounts `ada`, `eve` and `novice`, the operator `chief`, a guest, nobodies, and a workspace.
pub(crate) struct Den {
    pub(crate) address: SocketAddr,
    pub(crate) authority: Authority,
    pub(crate) gate: Gate,
    pub(crate) identity: Identity,
    pub(crate) browsers: Browsers,
    running: [JoinHandle<()>; 2],
    _stop: watch::Sender<bool>,
    _directory: TempDir,
}

impl Den {
    pub(crate) async fn open() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn limited(limits: WorkspaceLimits) -> Self {
        Self::with(Setup { limits, ..Setup::default() }).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let authority = authority(&directory, setup.step_time).await;
        let signer = Arc::new(|_: &[u8]| Vec::new());
        let registry = Registry::builtin().clone();
        let gateway = Gateway::new(
            authority.clone(),
            registry,
            Face::default(),
            signer,
            capos_gateway::Limits { rest_time: Duration::from_secs(3), ..capos_gateway::Limits::default() },
        );
        let gate = Gate::new(GateLimits::default());
        let (node, serving) = serve_node(&gateway, &gate).await;
        let reach = Arc::new(Over { node, vats: Vats::start(1).unwrap(), place: setup.place });
        let workspace = Workspace::with_cookies(reach, setup.limits, setup.same_site);
        let browsers = workspace.browsers();
        let ranges = setup.proxies.iter().map(|range| Range::parse(range).unwrap());
        let site = Site::new(Names::default())
            .public_origin(setup.public.map(|origin| PublicOrigin::parse(origin).unwrap()))
            .proxies(Proxies::new(ranges))
            .otherwise(Arc::new(workspace));
        let limits = Limits { source_connections: setup.source_connections, ..Limits::default() };
        let listener = TcpListener::bind(&setup.listen).await.unwrap();
        let address = listener.local_addr().unwrap();
        let identity = Identity::ephemeral().unwrap();
        let (stop, stopped) = watch::channel(false);
        let tls = ServerTls::new(&identity).unwrap();
        let web = tokio::spawn(Server::new(site, limits).run(listener, Some(tls), stopped));
        Self {
            address,
            authority,
            gate,
            identity,
            browsers,
            running: [serving, web],
            _stop: stop,
            _directory: directory,
        }
    }

    /// A browser without a session.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// The same over TLS.
    pub(crate) fn browser_tls(&self) -> Browser {
        let tls = ClientTls::new(&Trust::Pinned(self.identity.fingerprint()), None).unwrap();
        Browser::over_tls(self.address, tls)
    }

    /// A browser of `ada`.
    pub(crate) async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.sign_in("ada").await;
        browser
    }

    /// A browser of `chief`, who runs the node.
    pub(crate) async fn operator(&self) -> Browser {
        let mut browser = self.browser();
        let body = format!(r#"{{"method":"password","account":"chief","password":"{PASSWORD}","profile":"operator"}}"#);
        assert_eq!(browser.enter("/api/sign-in", &body).await.status, 200);
        browser
    }

    /// Waits until so many sessions are live on the node.
    pub(crate) async fn sessions(&self, count: usize) {
        until(|| self.authority.sessions().len() == count, "sessions").await;
    }

    /// Waits until nobody is on the way to a session.
    pub(crate) async fn nobody_waits(&self) {
        until(|| self.gate.waiting() == 0, "places at the gate").await;
    }
}

pub(crate) async fn until(mut holds: impl FnMut() -> bool, what: &str) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what} are never as they should be");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

impl Drop for Den {
    fn drop(&mut self) {
        self.running.iter().for_each(JoinHandle::abort);
    }
}

async fn authority(directory: &TempDir, step_time: Duration) -> Authority {
    let store = Store::open(&directory.path().join("data"), capos_store::Limits::default()).unwrap();
    let limits =
        capos_authority::Limits { hash_memory_kib: 8, hash_passes: 1, step_time, ..capos_authority::Limits::default() };
    let methods = MethodSettings { anonymous: true, ..MethodSettings::default() };
    let settings = Settings { methods, limits, ..Settings::new([7; 32]) };
    let authority = Authority::open(store, settings, Arc::new(SystemClock)).await.unwrap();
    for (name, kind, password) in [
        ("ada", PrincipalKind::Human, Some((PASSWORD, false))),
        ("eve", PrincipalKind::Human, Some((PASSWORD, false))),
        ("novice", PrincipalKind::Human, Some((ONE_TIME, true))),
        ("chief", PrincipalKind::Operator, Some((PASSWORD, false))),
        ("guest", PrincipalKind::Guest, None),
    ] {
        account(&authority, name, kind, password).await;
    }
    authority
}

async fn account(authority: &Authority, name: &str, kind: PrincipalKind, password: Option<(&str, bool)>) {
    let (role, profile) = match kind {
        PrincipalKind::Guest => ("guest", "guest"),
        PrincipalKind::Operator => ("operator", "operator"),
        _ => ("user", "user"),
    };
    let draft = AccountDraft {
        display_name: name.to_uppercase(),
        kind,
        state: AccountState::Active,
        roles: vec![role.to_owned()],
        default_profile: profile.to_owned(),
        recovery_profile: String::new(),
    };
    let admin = authority.admin();
    admin.create(name, draft, &Actor::offline()).await.unwrap();
    if let Some((password, one_time)) = password {
        admin.set_password(name, password.into(), one_time, &Actor::offline()).await.unwrap();
    }
}

async fn serve_node(gateway: &Gateway, gate: &Gate) -> (SocketAddr, JoinHandle<()>) {
    let vats = Arc::new(Vats::start(1).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = Listener::new(listener, gate.clone(), None);
    let (gateway, served) = (gateway.clone(), vats.clone());
    let serve = move |arrival| {
        let (gateway, vats) = (gateway.clone(), served.clone());
        async move { gateway.serve(&vats, arrival).await }
    };
    (address, tokio::spawn(listener.run(vats.clone(), serve)))
}

/// The way to the node is a connection over loopback.
struct Over {
    node: SocketAddr,
    vats: Vats,
    place: Place,
}

impl Reach for Over {
    fn reach(&self, _: Peer, work: Work) -> Result<(), Refusal> {
        let endpoint = self.node.to_string().parse().unwrap();
        let placed = self.vats.place(move || async move {
            let options = capos_client::Options::new(Identify::Plain);
            work(connect(&endpoint, &options, &mut NoConfirm).await).await;
        });
        placed.map(drop).ok_or(Refusal::NOT_FOUND)
    }

    fn place(&self) -> Place {
        self.place
    }
}

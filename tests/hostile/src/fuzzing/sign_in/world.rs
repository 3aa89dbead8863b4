//! A gateway with accounts, in this process.

use std::sync::Arc;
use std::time::Duration;

use capos_authority::{
    AccountDraft, AccountState, Actor, Authority, Limits, MethodSettings, PrincipalKind, Settings, SystemClock,
};
use capos_gateway::{Face, Gateway};
use capos_rpc::{Peer, Vats};
use capos_schema::Registry;
use capos_store::Store;
use tempfile::TempDir;
use tokio::io::DuplexStream;
use tokio::runtime::Runtime;

use super::key::Key;

/// The one account that scripts may prove to be.
pub(super) const ACCOUNT: &str = "ada";
/// Its password.
pub(super) const PASSWORD: &str = "correct horse battery";
const PIPE: usize = 64 << 10;
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything that a script runs against.
pub struct World {
    pub(super) own_key: Key,
    pub(super) other_key: Key,
    // Dropped in this order: what serves, what it stands on, and the directory.
    vats: Arc<Vats>,
    gateway: Gateway,
    authority: Authority,
    runtime: Runtime,
    _directory: TempDir,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A world with an account that has a password and a key, a disabled one, and guests.
    #[must_use]
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let directory = TempDir::with_prefix("capos-sign-in-").expect("a directory");
        let store = Store::open(&directory.path().join("data"), capos_store::Limits::default()).expect("a store");
        let own_key = Key::new(7);
        let authority = runtime.block_on(async {
            let authority = Authority::open(store, settings(), Arc::new(SystemClock)).await.expect("an authority");
            populate(&authority, &own_key).await;
            authority
        });
        let face = Face { name: "world".to_owned(), ..Face::default() };
        let signer = Arc::new(|_: &[u8]| Vec::new());
        let registry = Registry::builtin().clone();
        let gateway = Gateway::new(authority.clone(), registry, face, signer, capos_gateway::Limits::default());
        let vats = Arc::new(Vats::start(1).expect("a thread"));
        Self { own_key, other_key: Key::new(8), vats, gateway, authority, runtime, _directory: directory }
    }

    /// Sign-ins that gave a session so far.
    #[must_use]
    pub fn granted(&self) -> u64 {
        self.gateway.figures().sign_ins.iter().map(|row| row.granted).sum()
    }

    pub(super) fn block_on<T>(&self, body: impl Future<Output = T>) -> T {
        self.runtime.block_on(body)
    }

    /// A connection, served on the vat thread, and its number.
    pub(super) fn connect(&self) -> (DuplexStream, u64) {
        let (near, far) = tokio::io::duplex(PIPE);
        let (gateway, vats) = (self.gateway.clone(), Arc::downgrade(&self.vats));
        let source = gateway.source_of(&Peer::internal());
        let number = source.connection;
        let placed = self.vats.place(move || async move {
            let Some(vats) = vats.upgrade() else { return };
            gateway.serve_stream(&vats, near, Peer::internal(), source).await;
        });
        placed.expect("the thread takes connections");
        (far, number)
    }

    /// Whether somebody who has proven who they are is signed in on the connection of that number.
    pub(super) fn has_account(&self, connection: u64) -> bool {
        let sessions = self.authority.sessions();
        let contexts = sessions.iter().map(|session| session.context());
        contexts.into_iter().any(|one| one.kind == PrincipalKind::Human && one.source.connection == connection)
    }

    /// Waits until nothing is left of the connection. It is asked again: others do it.
    pub(super) async fn is_at_rest(&self) {
        let at_rest = async {
            while self.gateway.figures().connections_open > 0 || !self.authority.sessions().is_empty() {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        };
        let outcome = tokio::time::timeout(PATIENCE, at_rest).await;
        assert!(outcome.is_ok(), "{:?}, {:?} are left", self.gateway.figures(), self.authority.sessions());
        assert_eq!(self.vats.panics(), 0, "a task panicked");
    }
}

/// Hashes that cost next to nothing, and no wait after failures: each script stands for itself.
fn settings() -> Settings {
    let limits = Limits {
        hash_memory_kib: 8,
        hash_passes: 1,
        failures: u32::MAX,
        visits: u32::MAX,
        visit_every: Duration::from_micros(1),
        ..Limits::default()
    };
    let methods = MethodSettings { anonymous: true, ..MethodSettings::default() };
    Settings { methods, limits, ..Settings::new([7; 32]) }
}

async fn populate(authority: &Authority, key: &Key) {
    let (admin, actor) = (authority.admin(), Actor::offline());
    let accounts = [
        (ACCOUNT, PrincipalKind::Human, AccountState::Active, "user"),
        ("disabled", PrincipalKind::Human, AccountState::Disabled, "user"),
        ("visitor", PrincipalKind::Guest, AccountState::Active, "guest"),
    ];
    for (name, kind, state, role) in accounts {
        let draft = AccountDraft {
            display_name: name.to_owned(),
            kind,
            state,
            roles: vec![role.to_owned()],
            default_profile: role.to_owned(),
            recovery_profile: String::new(),
        };
        admin.create(name, draft, &actor).await.expect("a new account");
        if kind == PrincipalKind::Human {
            admin.set_password(name, PASSWORD.into(), false, &actor).await.expect("a good password");
        }
    }
    admin.add_key(ACCOUNT, &key.line(), &actor).await.expect("a good key");
}

//! What the tests stand on: a store in a directory of its own, time that moves only when told, and cheap hashes.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use capos_authority::{
    Account, AccountDraft, AccountState, Actor, Admin, Authority, Clock, Limits, MethodKind, PrincipalKind, Profile,
    Secret, Selector, Session, Settings, Source, Start, Step,
};
use capos_schema::Denial;
use capos_store::{Row, Store};
use futures::future::BoxFuture;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::envelope::{Envelope, Holder};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const NODE: [u8; 32] = [9; 32];
/// Some moment of 2026.
pub(crate) const NOON: u64 = 1_790_000_000_000;

/// A clock of its own: steady time is moved, wall time is moved with it or apart.
#[derive(Clone)]
pub(crate) struct Hand(Arc<watch::Sender<(u64, u64)>>);

impl Hand {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new((1_000_000_000, NOON))))
    }

    pub(crate) fn advance(&self, by: Duration) {
        let (ns, ms) = (by.as_nanos() as u64, by.as_millis() as u64);
        self.0.send_modify(|now| *now = (now.0 + ns, now.1 + ms));
    }

    pub(crate) fn set_wall(&self, ms: u64) {
        self.0.send_modify(|now| now.1 = ms);
    }
}

impl Clock for Hand {
    fn wall_ms(&self) -> u64 {
        self.0.borrow().1
    }

    fn steady_ns(&self) -> u64 {
        self.0.borrow().0
    }

    fn wait_until(&self, steady_ns: u64) -> BoxFuture<'static, ()> {
        let mut time = self.0.subscribe();
        Box::pin(async move { drop(time.wait_for(|now| now.0 >= steady_ns).await) })
    }
}

pub(crate) struct Ground {
    pub(crate) authority: Authority,
    pub(crate) hand: Hand,
    pub(crate) directory: TempDir,
}

pub(crate) fn limits() -> Limits {
    Limits { hash_memory_kib: 8, hash_passes: 1, hash_threads: 1, ..Limits::default() }
}

pub(crate) fn settings(limits: Limits) -> Settings {
    let mut settings = Settings { limits, ..Settings::new(NODE) };
    settings.methods.anonymous = true;
    settings
}

impl Ground {
    pub(crate) async fn new() -> Self {
        Self::with(limits()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let hand = Hand::new();
        let authority = open(&directory, &hand, limits).await;
        Self { authority, hand, directory }
    }

    /// The store closed as by a process that ends without a word, and opened again.
    pub(crate) async fn reopen(self) -> Self {
        let Self { authority, hand, directory } = self;
        authority.store().close().await.unwrap();
        drop(authority);
        let authority = open(&directory, &hand, limits()).await;
        Self { authority, hand, directory }
    }

    pub(crate) fn admin(&self) -> Admin {
        self.authority.admin()
    }

    /// An account of a role, which is also its profile, with the usual password.
    pub(crate) async fn account(&self, name: &str, kind: PrincipalKind, role: &str) -> Account {
        self.admin().create(name, draft(kind, role), &root()).await.unwrap();
        self.admin().set_password(name, PASSWORD.into(), false, &root()).await.unwrap()
    }

    pub(crate) async fn user(&self, name: &str) -> Account {
        self.account(name, PrincipalKind::Human, "user").await
    }

    pub(crate) async fn operator(&self, name: &str) -> Account {
        self.account(name, PrincipalKind::Operator, "operator").await
    }

    pub(crate) async fn guest_account(&self) -> Account {
        self.admin().create("guest", draft(PrincipalKind::Guest, "guest"), &root()).await.unwrap()
    }

    pub(crate) async fn profile(&self, name: &str) -> Profile {
        let profiles = self.admin().profiles().await.unwrap();
        profiles.into_iter().find(|profile| profile.name == name).unwrap()
    }

    /// Changes a profile's definition in one place.
    pub(crate) async fn redefine(&self, name: &str, change: impl FnOnce(&mut Value)) -> Profile {
        let mut profile = self.profile(name).await;
        let mut definition = serde_json::from_str(&profile.definition).unwrap();
        change(&mut definition);
        profile.definition = definition.to_string();
        self.admin().put_profile(profile, &root()).await.unwrap()
    }

    pub(crate) async fn sign_in(&self, account: &str) -> Session {
        self.try_password(local(), account, PASSWORD, "").await.unwrap()
    }

    pub(crate) async fn try_password(
        &self,
        source: Source,
        account: &str,
        password: &str,
        profile: &str,
    ) -> Result<Session, Denial> {
        let mut flow = self.authority.begin(source, start(MethodKind::Password, account, profile))?;
        assert!(matches!(flow.next(Secret::from(Vec::new())).await?, Step::Ask(prompt) if prompt.redaction));
        match flow.next(password.into()).await? {
            Step::Done(session) => Ok(session),
            Step::Ask(prompt) => panic!("asked: {}", prompt.prompt),
        }
    }

    pub(crate) async fn try_key(&self, account: &str, holder: &Holder, profile: &str) -> Result<Session, Denial> {
        let mut flow = self.authority.begin(remote(1), start(MethodKind::PublicKey, account, profile))?;
        let Step::Ask(prompt) = flow.next(Secret::from(Vec::new())).await? else { panic!("no challenge") };
        match flow.next(signature(holder, &prompt.challenge)).await? {
            Step::Done(session) => Ok(session),
            Step::Ask(_) => panic!("asked again"),
        }
    }

    pub(crate) async fn rows(&self) -> Vec<Row> {
        self.authority.store().rows(1, 10_000).await.unwrap()
    }

    /// What rows of one kind tell.
    pub(crate) async fn told(&self, kind: &str) -> Vec<Value> {
        told(self.authority.store(), kind).await
    }

    /// Waits for so many rows of a kind that are written in the background.
    pub(crate) async fn awaited(&self, kind: &str, count: usize) -> Vec<Value> {
        let mut rows = self.authority.store().follow(1);
        let mut found = Vec::new();
        while found.len() < count {
            let row = futures::StreamExt::next(&mut rows).await.unwrap().unwrap();
            if row.entry.kind == kind {
                found.push(serde_json::from_slice(&row.entry.payload).unwrap());
            }
        }
        found
    }
}

pub(crate) async fn told(store: &Store, kind: &str) -> Vec<Value> {
    let rows = store.rows(1, 10_000).await.unwrap();
    let rows = rows.iter().filter(|row| row.entry.kind == kind);
    rows.map(|row| serde_json::from_slice(&row.entry.payload).unwrap()).collect()
}

async fn open(directory: &TempDir, hand: &Hand, limits: Limits) -> Authority {
    let store = Store::open(&directory.path().join("data"), capos_store::Limits::default()).unwrap();
    Authority::open(store, settings(limits), Arc::new(hand.clone())).await.unwrap()
}

pub(crate) fn root() -> Actor {
    Actor::offline()
}

pub(crate) fn draft(kind: PrincipalKind, role: &str) -> AccountDraft {
    AccountDraft {
        display_name: "Somebody".to_owned(),
        kind,
        state: AccountState::Active,
        roles: vec![role.to_owned()],
        default_profile: role.to_owned(),
        recovery_profile: String::new(),
    }
}

pub(crate) fn start(kind: MethodKind, account: &str, profile: &str) -> Start {
    let selector = Selector::Account(account.to_owned());
    Start { kind, selector, profile: profile.to_owned(), client_nonce: b"nonce".to_vec() }
}

pub(crate) fn local() -> Source {
    Source::local()
}

/// A source somewhere else.
pub(crate) fn remote(number: u32) -> Source {
    let address = std::net::Ipv4Addr::from_bits(0xc0_00_02_00 + number);
    Source { address: Some(address.into()), connection: u64::from(number), channel_binding: [3; 32], tls: true }
}

pub(crate) fn signature(holder: &Holder, message: &[u8]) -> Secret {
    let envelope = Envelope::of(holder.key());
    envelope.with(&holder.sign(&envelope.signed(message))).into()
}

pub(crate) fn line(holder: &Holder) -> String {
    let name = match holder {
        Holder::Ed25519(_) => "ssh-ed25519",
        Holder::P256(_) => "ecdsa-sha2-nistp256",
    };
    format!("{name} {} test", STANDARD.encode(holder.key()))
}

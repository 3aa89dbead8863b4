//! The authority: the one handle that everything begins with.

use std::fmt;
use std::sync::{Arc, PoisonError};

use capos_schema::{Code, Denial};
use capos_store::Store;
use futures::future::join_all;

use crate::admission::{Admitted, admit};
use crate::claim::{Claim, Proof, Whom};
use crate::core::Core;
use crate::directory::{Directory, seed};
use crate::policy::GUEST;
use crate::pseudonym::Pseudonyms;
use crate::{
    Actor, Admin, Audit, Clock, EndReason, Error, Event, Flow, Handle, Method, MethodKind, Session, Settings, Source,
    Start,
};

/// Accounts, sign-in, sessions and audit of one node. Clones are the same one.
///
/// Sessions end with the last clone, or before, with [`Authority::shut_down`]; they never outlive the process.
#[derive(Clone)]
pub struct Authority(Arc<Core>);

/// What an operator may watch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sessions that are live.
    pub sessions: usize,
    /// Passwords hashed so far.
    pub hashes: u64,
    /// Passwords that wait to be hashed.
    pub waiting: usize,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// Opens it over a store; the first time, the default roles and profiles are made. What works in the background
    /// runs on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read or written, or holds what this program does not understand.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn open(store: Store, settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let core = Self::load(store, settings, clock).await?;
        // Whatever session the journal has without an end has ended before this row.
        let node = hex::encode(core.settings().node);
        core.audit.record(Event::new("node.started").with("node", node)).await?;
        Ok(Self(core))
    }

    /// Opens it to administer a node that is stopped: the journal is not told that a node starts, nor that it stops.
    ///
    /// # Errors
    ///
    /// As [`Authority::open`].
    ///
    /// # Panics
    ///
    /// As [`Authority::open`].
    pub async fn open_offline(store: Store, settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let core = Self::load(store, settings, clock).await?;
        core.table.close();
        Ok(Self(core))
    }

    async fn load(store: Store, settings: Settings, clock: Arc<dyn Clock>) -> Result<Arc<Core>, Error> {
        seed(&store, clock.wall_ms()).await?;
        let directory = Directory::load(&store, &settings.limits).await?;
        let pseudonyms = Pseudonyms::open(&store).await?;
        let core = Arc::new(Core::new(store, settings, clock, directory, pseudonyms));
        core.watch_time();
        Ok(core)
    }

    /// Takes new methods and limits, except for the node, which is the same for life, and the number of threads that
    /// hash. Sessions that are live go on.
    pub fn reload(&self, settings: Settings) {
        let node = self.0.settings().node;
        self.0.reload(Settings { node, ..settings });
    }

    /// The store below it.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The clock it goes by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Every way of signing in, in the wire's order.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        let settings = self.0.settings();
        let hints = self.0.hints.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let method = |kind: MethodKind| {
            let on = settings.methods.allow(kind);
            let (enabled, profile_hints) = match kind {
                MethodKind::Password | MethodKind::PublicKey => (on, hints.account_profiles.clone()),
                MethodKind::Guest => (on && hints.guest, vec![GUEST.to_owned()]),
                MethodKind::Anonymous => (on && !hints.anonymous_profiles.is_empty(), hints.anonymous_profiles.clone()),
                _ => (on, Vec::new()),
            };
            let profile_hints = if enabled { profile_hints } else { Vec::new() };
            Method { kind, label: kind.label(), profile_hints, interactive: kind.is_interactive(), enabled }
        };
        MethodKind::ALL.into_iter().map(method).collect()
    }

    /// Begins a sign-in. That it is begun says nothing about whether the account exists.
    ///
    /// # Errors
    ///
    /// `disabledAuthMethod`, `badRequest`, `overloaded`.
    pub fn begin(&self, source: Source, start: Start) -> Result<Flow, Denial> {
        Flow::begin(self.0.clone(), source, start)
    }

    /// A session of the guest account.
    ///
    /// # Errors
    ///
    /// `disabledAuthMethod`, `authenticationDenied`, `tooManySessions`, `overloaded`.
    pub async fn guest(&self, source: Source, profile: &str) -> Result<Session, Denial> {
        self.visit(source, MethodKind::Guest, Whom::Guest, profile).await
    }

    /// A session without identity.
    ///
    /// # Errors
    ///
    /// As [`Authority::guest`].
    pub async fn anonymous(&self, source: Source, profile: &str) -> Result<Session, Denial> {
        self.visit(source, MethodKind::Anonymous, Whom::Nobody, profile).await
    }

    async fn visit(&self, source: Source, method: MethodKind, whom: Whom, profile: &str) -> Result<Session, Denial> {
        let core = &self.0;
        if !core.visits.admit(source.key(), &core.settings().limits, core.clock.steady_ns()) {
            return Err(core.limited(&source, "visits", Code::Overloaded));
        }
        let profile = profile.to_owned();
        let claim = Claim { source, method, profile, whom, proof: Proof::Needless, signed: [0; 32] };
        match admit(core, claim).await? {
            Admitted::Session(session) => Ok(session),
            Admitted::OneTime => Err(Code::Internal.into()),
        }
    }

    /// Administration.
    #[must_use]
    pub fn admin(&self) -> Admin {
        Admin::new(self.0.clone())
    }

    /// The sessions that are live, in the order of their handles.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        self.0.table.all()
    }

    /// A live session.
    #[must_use]
    pub fn session(&self, handle: &Handle) -> Option<Session> {
        self.0.table.get(handle)
    }

    /// Ends all sessions of an account, and tells how many.
    ///
    /// # Errors
    ///
    /// Where it could not be written down yet; they have ended all the same.
    pub async fn end_account(&self, account: &str, why: EndReason, actor: &Actor) -> Result<u32, Error> {
        self.end_account_noted(account, why, actor, "").await
    }

    /// The same with a note for the journal.
    ///
    /// # Errors
    ///
    /// As [`Authority::end_account`].
    pub async fn end_account_noted(
        &self,
        account: &str,
        why: EndReason,
        actor: &Actor,
        note: &str,
    ) -> Result<u32, Error> {
        let end = || {
            let mut sessions = self.sessions();
            sessions.retain(|session| session.context().account.as_deref() == Some(account));
            sessions.iter().map(|session| session.end_for(why, actor, note)).collect::<Vec<_>>()
        };
        // At once, though others may wait for a slow disk.
        let mut ended = end();
        {
            // And whoever is being let in meanwhile.
            let _alone = self.0.directory.write().await;
            ended.extend(end());
        }
        let count = ended.len();
        join_all(ended).await.into_iter().collect::<Result<(), Error>>()?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// The journal.
    #[must_use]
    pub fn audit(&self) -> &Audit {
        &self.0.audit
    }

    /// What an operator may watch.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let core = &self.0;
        Figures { sessions: core.table.len(), hashes: core.hashing.done(), waiting: core.hashing.waiting() }
    }

    /// Ends every session, writes that down, and begins none any more.
    pub async fn shut_down(&self) {
        if !self.0.table.close() {
            // It was closed before, or never open.
            return;
        }
        let end = || self.sessions().iter().map(|session| session.end(EndReason::NodeStopping)).collect::<Vec<_>>();
        let mut ended = end();
        // Sessions that were being begun are in the table by then.
        drop(self.0.directory.write().await);
        ended.extend(end());
        for ended in ended {
            ended.await;
        }
        self.0.close_refusals(true);
        let event = self.0.audit.entry(Event::new("node.stopped"));
        if let Err(error) = self.0.recorder.write(event).await {
            tracing::error!(%error, "that the node stops could not be written down");
        }
    }
}

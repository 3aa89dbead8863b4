//! What the parts of an authority share, and the task that ends what is over.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use capos_schema::Denial;
use capos_store::Store;
use tokio::runtime::Handle;
use tokio::sync::RwLock as Shared;

use crate::attempts::Attempts;
use crate::audit::recorder::Recorder;
use crate::audit::refusals::Refusals;
use crate::directory::Directory;
use crate::hashing::HashQueue;
use crate::places::{Places, Visits};
use crate::pseudonym::Pseudonyms;
use crate::session::table::Table;
use crate::{Audit, Clock, EndReason, Event, Settings, Source};

/// Everything.
///
/// **Invariant:** whoever begins or renews a session holds `directory` from the decision until the session is in the
/// table; whoever changes policy holds it alone until the sessions in the table have been looked at. So no session
/// rests on a policy that was changed meanwhile.
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: Handle,
    settings: RwLock<Arc<Settings>>,
    pub(crate) directory: Shared<Directory>,
    /// What `methods` tells of the directory, for those who cannot wait.
    pub(crate) hints: Mutex<Hints>,
    pub(crate) table: Table,
    pub(crate) pseudonyms: Arc<Pseudonyms>,
    pub(crate) attempts: Attempts,
    pub(crate) hashing: HashQueue,
    pub(crate) places: Places,
    pub(crate) visits: Visits,
    refusals: Mutex<Refusals>,
    pub(crate) recorder: Recorder,
    pub(crate) audit: Audit,
}

/// Profiles worth asking for.
#[derive(Clone, Default)]
pub(crate) struct Hints {
    pub(crate) guest: bool,
    pub(crate) account_profiles: Vec<String>,
    pub(crate) anonymous_profiles: Vec<String>,
}

impl Core {
    pub(crate) fn new(
        store: Store,
        settings: Settings,
        clock: Arc<dyn Clock>,
        directory: Directory,
        pseudonyms: Pseudonyms,
    ) -> Self {
        let runtime = Handle::current();
        Self {
            hashing: HashQueue::start(&settings.limits),
            recorder: Recorder::start(store.clone(), &runtime),
            audit: Audit::new(store.clone(), clock.clone()),
            hints: Mutex::new(Hints::of(&directory)),
            settings: RwLock::new(Arc::new(settings)),
            directory: Shared::new(directory),
            table: Table::default(),
            pseudonyms: Arc::new(pseudonyms),
            attempts: Attempts::new(),
            places: Places::default(),
            visits: Visits::default(),
            refusals: Mutex::default(),
            store,
            clock,
            runtime,
        }
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn reload(&self, settings: Settings) {
        self.hashing.reload(&settings.limits);
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    /// Writes a refusal down, or counts it where its source has had its rows.
    pub(crate) fn refused(&self, source: &Source, cause: &'static str, event: Event) {
        tracing::debug!(%source, connection = source.connection, cause, "a sign-in was refused");
        let limits = &self.settings().limits;
        let now = self.clock.steady_ns();
        let (first, admitted) = {
            let mut refusals = self.refusals();
            let first = refusals.ends_ns().is_none();
            (first, refusals.admit(source, cause, limits, now, self.recorder.has_plenty()))
        };
        if admitted {
            let event = event.with("cause", cause).with("source", source.to_string());
            self.recorder.push(self.audit.entry(event.with("connection", source.connection)));
        }
        if first {
            self.table.sooner().notify_one();
        }
    }

    /// Writes down what must be written before it may be.
    pub(crate) async fn audit_first(&self, event: Event) -> Result<(), Denial> {
        self.audit.record(event).await.map_err(|error| {
            tracing::warn!(%error, "nobody can sign in: the audit journal cannot be written");
            error.denial()
        })
    }

    /// A limit was reached: what the peer is told, and a row.
    pub(crate) fn limited(&self, source: &Source, cause: &'static str, denial: impl Into<Denial>) -> Denial {
        self.refused(source, cause, Event::new("limit.reached"));
        denial.into()
    }

    /// Writes down what refusals were counted.
    pub(crate) fn close_refusals(&self, at_once: bool) {
        let (limits, now) = (&self.settings().limits, self.clock.steady_ns());
        if !at_once && !self.recorder.has_plenty() {
            return self.refusals().go_on(now);
        }
        let events = self.refusals().close(now, at_once, limits);
        for event in events {
            self.recorder.push(self.audit.entry(event));
        }
    }

    fn refusals(&self) -> std::sync::MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends what is over, and tells when to look again.
    fn tick(&self) -> Option<u64> {
        let now = self.clock.steady_ns();
        for session in self.table.due(now) {
            if session.expire(now).is_some() {
                self.table.reschedule(&session);
            }
        }
        self.close_refusals(false);
        [self.table.next(), self.refusals().ends_ns()].into_iter().flatten().min()
    }

    /// One task for all sessions; it ends with this.
    pub(crate) fn watch_time(self: &Arc<Self>) {
        let core = Arc::downgrade(self);
        let clock = self.clock.clone();
        let sooner = self.table.sooner();
        self.runtime.spawn(async move {
            loop {
                let Some(next) = core.upgrade().map(|core| core.tick()) else { return };
                match next {
                    None => sooner.notified().await,
                    Some(at) => tokio::select! {
                        () = clock.wait_until(at) => {}
                        () = sooner.notified() => {}
                    },
                }
            }
        });
    }
}

impl Drop for Core {
    /// Nobody is left to end them in time.
    fn drop(&mut self) {
        for session in self.table.all() {
            drop(session.end(EndReason::NodeStopping));
        }
        self.table.sooner().notify_one();
    }
}

impl Hints {
    pub(crate) fn of(directory: &Directory) -> Self {
        use crate::PrincipalKind::{Anonymous, Human, Operator, Service};
        let open = || directory.profiles.iter().filter(|(_, facts)| !facts.profile.retired);
        let admitting = |kinds: &[crate::PrincipalKind]| {
            let fits = open().filter(|(_, facts)| facts.definition.admits.iter().any(|kind| kinds.contains(kind)));
            fits.map(|(name, _)| name.clone()).collect()
        };
        Self {
            guest: directory.guest().is_some(),
            account_profiles: admitting(&[Human, Operator, Service]),
            anonymous_profiles: admitting(&[Anonymous]),
        }
    }
}

//! What the node tells of itself on its pages for figures and health.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use capos_authority::Authority;
use capos_gateway::Gateway;
use capos_rpc::{Gate, Vats};
use capos_runner::Runner;
use capos_store::Store;
use capos_web::Count;
use futures::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::task::{AbortHandle, JoinHandle};

use super::Base;
use super::services::{Figures, Services};
use super::web::Http;
use crate::metrics::{Kind, Page, Pages, Process};

/// How long it is believed that the store can be written, once that was proven: each proof is a write.
const PROOF_HOLDS: Duration = Duration::from_secs(2);

/// Whether the node does its work.
pub(crate) struct Health {
    store: Store,
    doors: std::sync::Mutex<Vec<AbortHandle>>,
    stopping: AtomicBool,
    proven: Mutex<Option<Instant>>,
}

impl Health {
    /// The health of a node with this store and these doors.
    pub(crate) fn new(store: Store, doors: &[JoinHandle<()>]) -> Self {
        let doors = doors.iter().map(JoinHandle::abort_handle).collect();
        Self { store, doors: std::sync::Mutex::new(doors), stopping: AtomicBool::new(false), proven: Mutex::new(None) }
    }

    /// These doors are among those that have to be open.
    pub(crate) fn watch(&self, doors: impl Iterator<Item = AbortHandle>) {
        self.doors().extend(doors);
    }

    fn doors(&self) -> MutexGuard<'_, Vec<AbortHandle>> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is on its way out.
    pub(crate) fn stopping(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    pub(super) async fn check(&self) -> Result<(), &'static str> {
        if self.stopping.load(Ordering::Acquire) {
            return Err("stopping");
        }
        if self.doors().iter().any(AbortHandle::is_finished) {
            return Err("listener");
        }
        if self.can_write().await { Ok(()) } else { Err("store") }
    }

    async fn can_write(&self) -> bool {
        if self.store.trouble().is_some() {
            return false;
        }
        // One asks at a time, and the others take its answer.
        let mut proven = self.proven.lock().await;
        if proven.is_none_or(|at| at.elapsed() > PROOF_HOLDS) {
            *proven = self.store.prove().await.is_ok().then(Instant::now);
        }
        proven.is_some()
    }
}

/// The pages of a running node.
pub(crate) struct NodePages {
    authority: Authority,
    store: Store,
    gateway: Gateway,
    runner: Runner,
    services: Arc<Figures>,
    gate: Gate,
    /// Weakly: a slow scrape does not keep the threads.
    vats: Weak<Vats>,
    health: Arc<Health>,
    web: Http,
    started: Instant,
}

impl NodePages {
    /// The pages of these parts.
    pub(super) fn new(
        base: &Base,
        gateway: &Gateway,
        services: &Services,
        gate: Gate,
        vats: &Arc<Vats>,
        health: Arc<Health>,
        web: Http,
    ) -> Self {
        Self {
            authority: base.authority.clone(),
            store: base.store.clone(),
            gateway: gateway.clone(),
            runner: services.runner().clone(),
            services: services.figures().clone(),
            gate,
            vats: Arc::downgrade(vats),
            health,
            web,
            started: Instant::now(),
        }
    }

    fn gateway(&self, page: &mut Page) {
        let figures = self.gateway.figures();
        let total = Kind::Counter;
        page.one(Kind::Gauge, "capos_connections", "Connections being served.", figures.connections_open);
        page.one(total, "capos_connections_total", "Connections that were let in.", figures.connections_total);
        page.one(Kind::Gauge, "capos_gate_waiting", "Connections that nobody has signed in on.", self.gate.waiting());
        let granted = figures.sign_ins.iter().map(|row| (row.method.as_str(), row.granted));
        page.by(total, "capos_sign_ins_total", "Sign-ins that gave a session.", "method", granted);
        let denied = figures.sign_ins.iter().map(|row| (row.method.as_str(), row.denied));
        page.by(total, "capos_sign_ins_denied_total", "Sign-ins that were refused.", "method", denied);
        page.one(total, "capos_calls_total", "Calls of granted capabilities.", figures.calls);
        page.one(total, "capos_calls_denied_total", "Of these, refused ones.", figures.denied_calls);
        page.one(
            total,
            "capos_calls_unrecorded_total",
            "Records the journal had no place for.",
            figures.unrecorded_calls,
        );
    }

    fn authority(&self, page: &mut Page) {
        let figures = self.authority.figures();
        page.one(Kind::Gauge, "capos_sessions", "Live sessions.", figures.sessions);
        page.one(Kind::Counter, "capos_password_hashes_total", "Passwords that were hashed.", figures.hashes);
        page.one(Kind::Gauge, "capos_password_hashes_waiting", "Passwords that wait to be hashed.", figures.waiting);
    }

    fn store(&self, page: &mut Page) {
        let writable = u8::from(self.store.trouble().is_none());
        page.one(Kind::Gauge, "capos_store_writable", "Whether the last write to the store went well.", writable);
    }

    fn vats(&self, page: &mut Page) {
        let Some(vats) = self.vats.upgrade() else { return };
        let loads = vats.all().iter().enumerate().map(|(index, vat)| (index.to_string(), vat.load()));
        page.by(Kind::Gauge, "capos_vat_tasks", "Connections on each vat thread.", "vat", loads);
        page.one(Kind::Counter, "capos_vat_panics_total", "Connections that were lost to a panic.", vats.panics());
    }

    fn web(&self, page: &mut Page) {
        let figures = self.web.server.figures();
        page.one(Kind::Gauge, "capos_web_connections", "Connections for HTTP.", self.web.server.open());
        let browsers = &self.web.browsers;
        page.one(
            Kind::Gauge,
            "capos_web_sessions",
            "Browsers that are signed in, or about to be.",
            browsers.sessions(),
        );
        page.one(Kind::Gauge, "capos_web_streams", "Windows that are told of changes.", browsers.streams());
        let mut count = |name, help, count: &Count| page.one(Kind::Counter, name, help, count.get());
        count("capos_web_connections_total", "Connections for HTTP that were let in.", &figures.connections);
        count("capos_web_turned_away_total", "Connections for HTTP without a place.", &figures.turned_away);
        count("capos_web_requests_total", "Requests over HTTP.", &figures.requests);
        count("capos_web_refused_total", "Of these, refused by the listener.", &figures.refused);
        count("capos_web_stalled_total", "Answers over HTTP that nobody took.", &figures.stalled);
    }

    fn process(&self, page: &mut Page) {
        let process = Process::look(self.started);
        let version = [(env!("CARGO_PKG_VERSION"), 1)];
        page.by(Kind::Gauge, "capos_build_info", "The version that runs.", "version", version);
        let uptime = process.uptime.as_secs_f64();
        page.one(Kind::Gauge, "capos_uptime_seconds", "Time since the start.", format_args!("{uptime:.3}"));
        if let Some(bytes) = process.resident_bytes {
            page.one(Kind::Gauge, "process_resident_memory_bytes", "Resident memory.", bytes);
        }
        if let Some(files) = process.open_files {
            page.one(Kind::Gauge, "process_open_fds", "Open file descriptors.", files);
        }
        if let Some(threads) = process.threads {
            page.one(Kind::Gauge, "process_threads", "Threads.", threads);
        }
        if let Some(seconds) = process.cpu_seconds {
            page.one(Kind::Counter, "process_cpu_seconds_total", "Processor time.", seconds);
        }
    }
}

impl Pages for NodePages {
    fn figures(&self) -> Page {
        let mut page = Page::default();
        self.gateway(&mut page);
        self.authority(&mut page);
        self.store(&mut page);
        self.web(&mut page);
        self.vats(&mut page);
        self.services.show(&self.runner, &mut page);
        self.process(&mut page);
        page
    }

    fn health(&self) -> BoxFuture<'_, Result<(), &'static str>> {
        Box::pin(self.health.check())
    }
}

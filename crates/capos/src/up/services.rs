//! Services in the node: the helper that starts their processes, the runner, and who is told what becomes of them.

use std::env::current_exe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use capos_authority::{Authority, Event};
use capos_runner::{Event as Became, Happening, Profiles, Runner, Settings, Witness};
use capos_sandbox::Zygote;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::signals::Signals;
use crate::config::Config;
use crate::metrics::{Kind, Page};

/// Happenings that wait to be written down; services that fail all the time wait longer and longer between failures.
const WAITING: usize = 1024;
/// For services to put their things away once the node stops. A service manager waits longer.
const PARTING: Duration = Duration::from_secs(10);
/// For the last of what became of them to be written down.
const LAST_ROWS: Duration = Duration::from_secs(2);

/// The services of a running node.
pub(super) struct Services {
    runner: Runner,
    figures: Arc<Figures>,
    writer: JoinHandle<()>,
    /// Tells the writer that no more is coming.
    over: oneshot::Sender<()>,
}

/// What happened, counted.
#[derive(Debug, Default)]
pub(super) struct Figures {
    started: AtomicU64,
    restarted: AtomicU64,
    given_up: AtomicU64,
    unrecorded: AtomicU64,
}

/// Starts the helper: a process of this program without threads, so it comes before the runtime.
pub(super) fn start_helper() -> Result<Zygote> {
    let program = current_exe().context("this program does not find itself")?;
    Ok(Zygote::start(&program)?)
}

impl Services {
    /// A runner that runs nothing yet.
    pub(super) fn new(zygote: Zygote, config: &Config, profiles: Profiles, authority: &Authority) -> Result<Self> {
        let settings = Settings {
            data: config.node.data.join("services"),
            sockets: config.node.data.join("sockets"),
            bundled: current_exe().context("this program does not find itself")?,
            limits: config.limits.runner.clone(),
        };
        let figures = Arc::new(Figures::default());
        let (sender, happenings) = mpsc::channel(WAITING);
        let witness = Teller { sender, figures: figures.clone() };
        let runner = Runner::new(settings, zygote, profiles, Arc::new(witness)).context("the services")?;
        let (over, no_more) = oneshot::channel();
        let writer = tokio::spawn(write_down(authority.clone(), happenings, no_more));
        Ok(Self { runner, figures, writer, over })
    }

    pub(super) fn runner(&self) -> &Runner {
        &self.runner
    }

    pub(super) fn figures(&self) -> &Arc<Figures> {
        &self.figures
    }

    /// Ends all of them: what they have to put away is awaited, unless the node is told to stop again.
    pub(super) async fn stop(self, signals: &mut Signals) {
        tokio::select! {
            done = tokio::time::timeout(PARTING, self.runner.shut_down()) => if done.is_err() {
                tracing::warn!("some services did not end in time");
            },
            () = signals.stop() => {}
        }
        let Self { runner, mut writer, over, .. } = self;
        // With the last of it goes the helper, and with that every process that is left.
        drop(runner);
        // A writer that has failed is not there to be told.
        let _ = over.send(());
        if tokio::time::timeout(LAST_ROWS, &mut writer).await.is_err() {
            tracing::warn!("the last of what became of the services could not be recorded");
            writer.abort();
            let _ = writer.await;
        }
    }
}

impl Figures {
    /// Adds to the page of figures.
    pub(super) fn show(&self, runner: &Runner, page: &mut Page) {
        let statuses = runner.statuses();
        let processes = |status: &capos_runner::Status| {
            let all = status.instances.iter().flat_map(|instance| &instance.processes);
            all.filter(|process| process.running).count()
        };
        let running = statuses.iter().map(|status| (status.id.clone(), processes(status)));
        page.by(Kind::Gauge, "capos_service_processes", "Processes that run of each service.", "service", running);
        let given_up = statuses.iter().filter(|status| status.state == "givenUp").count();
        page.one(Kind::Gauge, "capos_services_given_up", "Services that fail too often and are left alone.", given_up);
        let mut count = |name, help, count: &AtomicU64| {
            page.one(Kind::Counter, name, help, count.load(Ordering::Relaxed));
        };
        count("capos_service_starts_total", "Processes of services that came up.", &self.started);
        count("capos_service_restarts_total", "Of these, ones after a failure.", &self.restarted);
        count("capos_service_given_up_total", "Times that a service was given up.", &self.given_up);
        count("capos_services_unrecorded_total", "Records the journal had no place for.", &self.unrecorded);
    }
}

/// Is told by the runner's thread, which must not wait.
struct Teller {
    sender: mpsc::Sender<Happening>,
    figures: Arc<Figures>,
}

impl Witness for Teller {
    fn tell(&self, happening: &Happening) {
        let Figures { started, restarted, given_up, unrecorded } = &*self.figures;
        let count = match &happening.event {
            Became::Started => Some(started),
            Became::Restarted => Some(restarted),
            Became::GivenUp(_) => Some(given_up),
            Became::Ended(_) | Became::Stopped => None,
        };
        if let Some(count) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if self.sender.try_send(happening.clone()).is_err() {
            unrecorded.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Each happening has a line in the log and a row in the journal.
async fn write_down(
    authority: Authority,
    mut happenings: mpsc::Receiver<Happening>,
    mut no_more: oneshot::Receiver<()>,
) {
    loop {
        let happening = tokio::select! {
            biased;
            happening = happenings.recv() => happening,
            _ = &mut no_more, if !happenings.is_closed() => {
                happenings.close();
                continue;
            }
        };
        let Some(happening) = happening else { return };
        log(&happening);
        if let Err(error) = authority.audit().record(row(&happening)).await {
            tracing::warn!(%error, service = happening.service, "what became of a service could not be recorded");
        }
    }
}

fn log(happening: &Happening) {
    let Happening { service, process, instance, event, .. } = happening;
    match event {
        Became::Started => tracing::info!(service, process, instance, "a service is ready"),
        Became::Ended(how) => tracing::warn!(service, process, instance, how, "a service has ended"),
        Became::Restarted => tracing::info!(service, process, instance, "a service was started again"),
        Became::GivenUp(why) => tracing::error!(service, process, instance, why, "a service was given up"),
        Became::Stopped => tracing::info!(service, process, instance, "a service was stopped"),
    }
}

fn row(happening: &Happening) -> Event {
    let Happening { service, process, instance, session, event } = happening;
    let (kind, about) = match event {
        Became::Started => ("service.started", None),
        Became::Ended(how) => ("service.ended", Some(("how", how))),
        Became::Restarted => ("service.restarted", None),
        Became::GivenUp(why) => ("service.givenUp", Some(("reason", why))),
        Became::Stopped => ("service.stopped", None),
    };
    let mut row = Event::new(kind).with("service", service.as_str()).with("process", process.as_str());
    row = row.with("instance", *instance);
    if let Some(session) = session {
        row = row.with("session", hex::encode(session.0));
    }
    if let Some((key, text)) = about {
        row = row.with(key, text.as_str());
    }
    row
}

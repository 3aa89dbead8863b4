//! What stands behind one browser's session, on a thread for capabilities.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use capos_client::{CapEntry, Connection, Session, SessionInfo};
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use hyper::StatusCode;
use tokio::sync::{mpsc, oneshot, watch};

use crate::workspace::areas;
use crate::workspace::board::Board;
use crate::workspace::command::{Command, Outcome};
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::parcels::{Downloads, Uploads};
use crate::workspace::problem::Problem;

/// One part of the workspace: what it shows on the board, and the commands it takes.
pub(crate) trait Area {
    /// Does what a window asks for.
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome>;

    /// Looks anew at what the session was granted. Told once at the beginning, and after every change.
    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

/// What the areas of one desk have in common.
pub(crate) struct Core {
    /// The session.
    pub(crate) session: Session,
    /// What is shown.
    pub(crate) board: Board,
    /// Bounds.
    pub(crate) limits: Arc<WorkspaceLimits>,
    /// Files that a page has sent, by the key it was told for each.
    pub(crate) uploads: Uploads,
    /// Files for a page to fetch by the key it is told.
    pub(crate) downloads: Downloads,
    /// Its grants, as they were last seen.
    caps: RefCell<Vec<CapEntry>>,
    /// Told after every change of them.
    changed: watch::Sender<u64>,
}

impl Core {
    /// The session's grants.
    pub(crate) fn caps(&self) -> Vec<CapEntry> {
        self.caps.borrow().clone()
    }

    /// The first grant with that interface.
    pub(crate) fn grant_of(&self, interface_id: u64) -> Option<CapEntry> {
        self.caps.borrow().iter().find(|entry| entry.interface_id == interface_id).cloned()
    }

    /// Has every area look anew, where something was done that may have changed the grants.
    pub(crate) fn look_again(&self) {
        self.changed.send_modify(|turn| *turn += 1);
    }

    async fn look(&self) -> Result<(), Problem> {
        let caps = self.session.caps().await?;
        self.caps.replace(caps);
        Ok(())
    }
}

/// A command on its way to a desk.
struct Job {
    area: String,
    command: Command,
    reply: oneshot::Sender<Outcome>,
}

/// A desk as the threads of HTTP know it. The desk is given up when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct DeskHandle {
    jobs: mpsc::Sender<Job>,
    /// What it shows.
    pub(crate) board: Board,
    /// Where pages put files.
    pub(crate) uploads: Uploads,
    /// Where pages fetch files from.
    pub(crate) downloads: Downloads,
}

impl DeskHandle {
    /// Has the desk do something.
    pub(crate) async fn ask(&self, area: String, command: Command) -> Outcome {
        let (reply, outcome) = oneshot::channel();
        self.jobs.try_send(Job { area, command, reply }).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => crowded(),
            mpsc::error::TrySendError::Closed(_) => over(),
        })?;
        outcome.await.map_err(|_| over())?
    }

    /// A desk that does nothing, until what is beside it is dropped.
    #[cfg(test)]
    pub(crate) fn of_nothing(limits: &WorkspaceLimits) -> (Self, impl Sized + use<>) {
        let (jobs, taken) = mpsc::channel(1);
        let (uploads, downloads) = (Uploads::new(limits), Downloads::new(limits));
        (Self { jobs, board: Board::new(limits), uploads, downloads }, taken)
    }

    /// Whether it is over.
    pub(crate) fn is_closed(&self) -> bool {
        self.jobs.is_closed()
    }

    /// Waits until it is over.
    pub(crate) async fn closed(&self) {
        self.jobs.closed().await;
    }
}

/// There is more to do than there may be.
pub(crate) fn crowded() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "tooManyCalls",
        "Too much is being done in this session already.",
        "Wait for some of it to end, then try again.",
    )
}

/// The session is over.
pub(crate) fn over() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "staleSession", "This session is over.", "Sign in again.")
}

/// A desk, on its thread.
pub(crate) struct Desk {
    core: Rc<Core>,
    areas: BTreeMap<&'static str, Rc<dyn Area>>,
    connection: Connection,
    jobs: mpsc::Receiver<Job>,
    changed: watch::Receiver<u64>,
}

impl Desk {
    /// A desk for a session that was just signed in.
    pub(crate) async fn begin(
        connection: Connection,
        session: Session,
        limits: Arc<WorkspaceLimits>,
    ) -> Result<(Self, DeskHandle, SessionInfo), Problem> {
        let info = session.info().await?;
        let board = Board::new(&limits);
        let (jobs, taken) = mpsc::channel(limits.commands.max(1));
        let changed = watch::Sender::new(0);
        let seen = changed.subscribe();
        let (uploads, downloads) = (Uploads::new(&limits), Downloads::new(&limits));
        let handle = DeskHandle { jobs, board: board.clone(), uploads: uploads.clone(), downloads: downloads.clone() };
        let core = Rc::new(Core { session, board, limits, uploads, downloads, caps: RefCell::default(), changed });
        core.look().await?;
        let areas = areas::all(&core);
        Ok((Self { core, areas, connection, jobs: taken, changed: seen }, handle, info))
    }

    /// Works until the session is over or given up. What it shows last says why.
    pub(crate) async fn work(mut self) {
        let mut under_way = FuturesUnordered::new();
        under_way.push(self.look_around());
        let why = loop {
            tokio::select! {
                job = self.jobs.recv() => match job {
                    Some(job) => under_way.push(self.take(job)),
                    None => break None,
                },
                Some(()) = under_way.next() => {}
                Ok(()) = self.changed.changed() => under_way.push(self.look_around()),
                _ = self.connection.closed() => break Some(gone()),
            }
        };
        drop(under_way);
        if let Some(why) = why {
            self.core.board.end(&why);
        }
        // Whoever gave it up does not wait for this; the node notices by the connection's end at the latest.
        let _ = self.core.session.logout().await;
        self.connection.close();
    }

    fn take(&self, job: Job) -> LocalBoxFuture<'static, ()> {
        let area = self.areas.get(job.area.as_str()).cloned();
        Box::pin(async move {
            let Job { command, mut reply, .. } = job;
            let work = async {
                match area {
                    Some(area) => area.act(command).await,
                    None => Err(Problem::not_found("There is no such part of the workspace.")),
                }
            };
            tokio::select! {
                outcome = work => drop(reply.send(outcome)),
                () = reply.closed() => {}
            }
        })
    }

    fn look_around(&self) -> LocalBoxFuture<'static, ()> {
        let (core, areas): (_, Vec<_>) = (self.core.clone(), self.areas.values().cloned().collect());
        Box::pin(async move {
            // Where it cannot be looked at, the end is near and says why itself.
            if core.look().await.is_ok() {
                futures::future::join_all(areas.into_iter().map(Area::look)).await;
            }
        })
    }
}

fn gone() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "gatewayDisconnected",
        "The connection to the node is gone.",
        "Sign in again once the node answers.",
    )
}

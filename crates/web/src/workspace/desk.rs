//! What stands behind one browser's session, on a thread for capabilities.
//!
//! However the session ends, the board says why, and what to do.

mod ending;
mod presence;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use capos_client::{CapEntry, Connection, News, Session, Watch};
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use hyper::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::{sleep_until, timeout};

use crate::workspace::areas;
use crate::workspace::board::Board;
use crate::workspace::command::{Command, Outcome};
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::parcels::{Downloads, Uploads};
use crate::workspace::problem::Problem;
use presence::{Presence, Stopping};

pub(crate) use ending::over;

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
    /// The way to the node.
    pub(crate) connection: Connection,
    /// The session.
    pub(crate) session: Session,
    /// What is shown.
    pub(crate) board: Board,
    /// Bounds.
    pub(crate) limits: Arc<WorkspaceLimits>,
    /// Whether somebody is there, and for how long it may last.
    presence: Arc<Presence>,
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

    /// Shows until when the session lasts where nothing is done, and at most.
    pub(crate) fn tell_times(&self) {
        let session = self.session.view().info.map(|info| info.expires_at_ms);
        self.board.put("session/times", self.presence.times(session));
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
    /// Its place among those under way.
    place: OwnedSemaphorePermit,
}

/// A desk as the threads of HTTP know it. The desk is given up when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct DeskHandle {
    jobs: mpsc::UnboundedSender<Job>,
    /// Bounds the commands under way, and by that the queue.
    places: Arc<Semaphore>,
    presence: Arc<Presence>,
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
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| crowded())?;
        let (reply, outcome) = oneshot::channel();
        self.jobs.send(Job { area, command, reply, place }).map_err(|_| self.over())?;
        outcome.await.map_err(|_| self.over())?
    }

    /// Notes that somebody is there.
    pub(crate) fn touch(&self) {
        self.presence.touch();
    }

    /// A desk that does nothing, until what is beside it is dropped.
    #[cfg(test)]
    pub(crate) fn of_nothing(limits: &WorkspaceLimits) -> (Self, impl Sized + use<>) {
        let (jobs, taken) = mpsc::unbounded_channel::<Job>();
        let (uploads, downloads) = (Uploads::new(limits), Downloads::new(limits));
        let (places, presence) = (Arc::new(Semaphore::new(2)), Arc::new(Presence::new(limits)));
        (Self { jobs, places, presence, board: Board::new(limits), uploads, downloads }, taken)
    }

    /// Commands that a desk that does nothing was asked for.
    #[cfg(test)]
    pub(crate) fn begun(&self) -> usize {
        2 - self.places.available_permits()
    }

    /// Whether it is over.
    pub(crate) fn is_closed(&self) -> bool {
        self.jobs.is_closed()
    }

    /// Waits until it is over.
    pub(crate) async fn closed(&self) {
        self.jobs.closed().await;
    }

    /// Why it is over, where it is.
    pub(crate) fn over(&self) -> Problem {
        self.board.ended().unwrap_or_else(over)
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

/// A desk, on its thread.
pub(crate) struct Desk {
    core: Rc<Core>,
    areas: BTreeMap<&'static str, Rc<dyn Area>>,
    /// What the node tells of the session; nothing where it cannot.
    watch: Option<Watch>,
    jobs: mpsc::UnboundedReceiver<Job>,
    changed: watch::Receiver<u64>,
}

impl Desk {
    /// A desk for a session that was just signed in.
    pub(crate) async fn begin(
        connection: Connection,
        session: Session,
        limits: Arc<WorkspaceLimits>,
    ) -> Result<(Self, DeskHandle), Problem> {
        session.info().await?;
        let (board, presence) = (Board::new(&limits), Arc::new(Presence::new(&limits)));
        let (jobs, taken) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(limits.commands.clamp(1, Semaphore::MAX_PERMITS)));
        let changed = watch::Sender::new(0);
        let seen = changed.subscribe();
        let (uploads, downloads) = (Uploads::new(&limits), Downloads::new(&limits));
        let handle = DeskHandle {
            jobs,
            places,
            presence: presence.clone(),
            board: board.clone(),
            uploads: uploads.clone(),
            downloads: downloads.clone(),
        };
        let caps = RefCell::default();
        let core = Rc::new(Core { connection, session, board, limits, presence, uploads, downloads, caps, changed });
        // First, so that nothing changes between it and the look.
        let watch = core.session.watch().await.ok();
        core.look().await?;
        core.tell_times();
        let areas = areas::all(&core);
        Ok((Self { core, areas, watch, jobs: taken, changed: seen }, handle))
    }

    /// Works until the session is over or given up. What it shows last says why.
    pub(crate) async fn work(mut self) {
        if let Some(why) = self.until_the_end().await {
            self.core.board.end(&why);
        }
        // Whoever gave it up does not wait for this; the node notices by the connection's end at the latest.
        let _ = self.core.session.logout().await;
        self.core.connection.close();
    }

    /// Why it ends; nothing where that was said already, or is nobody's business any more.
    async fn until_the_end(&mut self) -> Option<Problem> {
        let mut under_way = FuturesUnordered::new();
        let mut looking = self.look_around();
        let (mut is_looking, mut again) = (true, false);
        loop {
            tokio::select! {
                job = self.jobs.recv() => under_way.push(self.take(job?)),
                Some(()) = under_way.next() => {}
                () = &mut looking, if is_looking => {
                    (is_looking, looking) = (again, self.look_around());
                    again = false;
                }
                Ok(()) = self.changed.changed() => (again, is_looking) = (is_looking, true),
                why = hear(&self.core, self.watch.as_ref()) => return Some(why),
                () = sleep_until(self.core.presence.next()) => self.core.tell_times(),
            }
        }
    }

    fn take(&self, job: Job) -> LocalBoxFuture<'static, ()> {
        let area = self.areas.get(job.area.as_str()).cloned();
        Box::pin(async move {
            let Job { command, mut reply, place, .. } = job;
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
            drop(place);
        })
    }

    /// One look at a time, and none for ever: an area that hangs does not blind the others.
    fn look_around(&self) -> LocalBoxFuture<'static, ()> {
        let (core, areas): (_, Vec<_>) = (self.core.clone(), self.areas.values().cloned().collect());
        Box::pin(async move {
            let most = core.limits.look_time;
            let look = async {
                // Where it cannot be looked at, the end is near and says why itself.
                if core.look().await.is_ok() {
                    core.tell_times();
                    futures::future::join_all(areas.into_iter().map(Area::look)).await;
                }
            };
            if timeout(most, look).await.is_err() {
                tracing::debug!("a look at a session's grants was given up");
            }
        })
    }
}

/// Listens to the node until the session is over.
async fn hear(core: &Core, watch: Option<&Watch>) -> Problem {
    let Some(watch) = watch else {
        core.connection.closed().await;
        return ending::lost();
    };
    loop {
        match watch.next().await {
            Ok(News::Changed { .. }) => core.look_again(),
            Ok(News::Stopping { within }) => core.board.put("session/stopping", Stopping::within(within)),
            Ok(News::Ended(why)) => return ending::told(&why),
            Err(_) => return ending::lost(),
        }
    }
}

impl Drop for Desk {
    /// Whatever took it away: no window is left to believe that it is there.
    fn drop(&mut self) {
        self.core.board.end(&ending::stopped());
    }
}

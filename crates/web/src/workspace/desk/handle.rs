//! A desk as the threads of HTTP know it: commands go in, and outcomes come back.

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::ending::over;
use super::presence::Presence;
use crate::workspace::areas::now_ms;
use crate::workspace::board::Board;
use crate::workspace::command::{Command, Outcome};
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::parcels::{Downloads, Uploads};
use crate::workspace::problem::Problem;

/// How long the reason of an end may take to come after the end itself.
const HEARING: Duration = Duration::from_secs(2);

/// A command on its way to a desk.
pub(super) struct Job {
    pub(super) area: String,
    pub(super) command: Command,
    pub(super) reply: oneshot::Sender<Outcome>,
    /// Its place among those under way.
    pub(super) place: OwnedSemaphorePermit,
}

/// A desk as the threads of HTTP know it. The desk is given up when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct DeskHandle {
    jobs: mpsc::UnboundedSender<Job>,
    /// Bounds the commands under way, and by that the queue.
    places: Arc<Semaphore>,
    pub(super) presence: Arc<Presence>,
    /// What it shows.
    pub(crate) board: Board,
    /// Where pages put files.
    pub(crate) uploads: Uploads,
    /// Where pages fetch files from.
    pub(crate) downloads: Downloads,
}

impl DeskHandle {
    /// The handle of a desk that is about to begin, and where its commands arrive.
    pub(super) fn new(limits: &WorkspaceLimits) -> (Self, mpsc::UnboundedReceiver<Job>) {
        let (jobs, taken) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(limits.commands.clamp(1, Semaphore::MAX_PERMITS)));
        let (board, presence) = (Board::new(limits), Arc::new(Presence::new(limits, now_ms())));
        let (uploads, downloads) = (Uploads::new(limits), Downloads::new(limits));
        (Self { jobs, places, presence, board, uploads, downloads }, taken)
    }

    /// Has the desk do something.
    pub(crate) async fn ask(&self, area: String, command: Command) -> Outcome {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| crowded())?;
        let (reply, outcome) = oneshot::channel();
        self.jobs.send(Job { area, command, reply, place }).map_err(|_| self.over())?;
        match outcome.await.map_err(|_| self.over())? {
            Err(problem) if problem.code.as_str() == over().code.as_str() => Err(self.why(problem).await),
            outcome => outcome,
        }
    }

    /// A call may find the session over before the desk has heard why: whoever asked is told that.
    async fn why(&self, otherwise: Problem) -> Problem {
        // Where nothing is heard, the node has said all that it knows.
        let _ = timeout(HEARING, self.closed()).await;
        self.board.ended().unwrap_or(otherwise)
    }

    /// Notes that somebody is there.
    pub(crate) fn touch(&self) {
        self.presence.touch();
    }

    /// A desk that does nothing, until what is beside it is dropped.
    #[cfg(test)]
    pub(crate) fn of_nothing(limits: &WorkspaceLimits) -> (Self, impl Sized + use<>) {
        let (handle, taken) = Self::new(limits);
        (Self { places: Arc::new(Semaphore::new(2)), ..handle }, taken)
    }

    /// Commands that a desk that does nothing was asked for.
    #[cfg(test)]
    pub(crate) fn begun(&self) -> usize {
        2 - self.places.available_permits()
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

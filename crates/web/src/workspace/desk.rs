//! What stands behind one browser's session, on a thread for capabilities.
//!
//! However the session ends, the board says why, and what to do.

mod core;
mod ending;
mod handle;
mod presence;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use capos_client::{Connection, News, Session, Watch};
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep_until, timeout};

use crate::workspace::areas;
use crate::workspace::command::{Command, Outcome};
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
use handle::Job;
use presence::Stopping;

pub(crate) use self::core::Core;
pub(crate) use ending::over;
pub(crate) use handle::{DeskHandle, crowded};

/// One part of the workspace: what it shows on the board, and the commands it takes.
pub(crate) trait Area {
    /// Does what a window asks for.
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome>;

    /// Looks anew at what the session was granted. Told once at the beginning, and after every change.
    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
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
        let (handle, jobs) = DeskHandle::new(&limits);
        let changed = watch::Sender::new(0);
        let seen = changed.subscribe();
        let core = Rc::new(Core {
            connection,
            session,
            board: handle.board.clone(),
            limits,
            presence: handle.presence.clone(),
            uploads: handle.uploads.clone(),
            downloads: handle.downloads.clone(),
            caps: RefCell::default(),
            changed,
        });
        // First, so that nothing changes between it and the look.
        let watch = core.session.watch().await.ok();
        core.look().await?;
        core.tell_times();
        let areas = areas::all(&core);
        Ok((Self { core, areas, watch, jobs, changed: seen }, handle))
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
            Ok(News::Stopping { within }) => {
                core.board.put("session/stopping", Stopping::within(within, areas::now_ms()))
            }
            Ok(News::Ended(why)) => return ending::told(&why),
            Err(_) => return ending::lost(),
        }
    }
}

impl Drop for Desk {
    /// Whatever took it away: no window is left to believe that it is there, and nothing is left on the node.
    fn drop(&mut self) {
        let why = if std::thread::panicking() { ending::broken() } else { ending::stopped() };
        self.core.board.end(&why);
        self.core.connection.close();
    }
}

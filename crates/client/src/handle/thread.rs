//! The thread on which a handle's capabilities live.

use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use futures::future::LocalBoxFuture;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{LocalSet, spawn_local};

use super::world::{Shared, World};
use crate::error::Error;
use crate::limits::Limits;

type Job = Box<dyn FnOnce(Shared) -> LocalBoxFuture<'static, ()> + Send>;

/// A thread that does jobs until its handles are gone.
pub(super) struct Thread {
    jobs: mpsc::UnboundedSender<Job>,
    /// Bounds the jobs under way, and by that the queue.
    places: Arc<Semaphore>,
}

impl Thread {
    pub(super) fn start(limits: &Limits) -> Result<Self, Error> {
        let refused = |_| Error::System("this machine gives no thread for the connection");
        let runtime = Builder::new_current_thread().enable_all().build().map_err(refused)?;
        let (jobs, queue) = mpsc::unbounded_channel();
        let limits = limits.clone();
        let places = Arc::new(Semaphore::new(limits.calls.min(Semaphore::MAX_PERMITS)));
        let main = move || serve(&runtime, queue, &limits);
        thread::Builder::new().name("capos-client".to_owned()).spawn(main).map_err(refused)?;
        Ok(Self { jobs, places })
    }

    /// Has the thread do some work, and waits for it; work that nobody waits for any more is dropped.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: AsyncFnOnce(Shared) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| gone())?;
        let (mut answer, outcome) = oneshot::channel();
        let job: Job = Box::new(move |world| {
            Box::pin(async move {
                let done = tokio::select! {
                    done = work(world) => done,
                    () = answer.closed() => return,
                };
                drop(place);
                // Whoever has stopped waiting by now does not want it.
                let _ = answer.send(done);
            })
        });
        self.jobs.send(job).map_err(|_| gone())?;
        outcome.await.map_err(|_| gone())?
    }
}

fn serve(runtime: &Runtime, mut queue: mpsc::UnboundedReceiver<Job>, limits: &Limits) {
    LocalSet::new().block_on(runtime, async {
        let world = Rc::new(World::new(limits));
        while let Some(job) = queue.recv().await {
            spawn_local(job(Rc::clone(&world)));
        }
        world.close().await;
    });
}

fn gone() -> Error {
    Error::System("the connection's thread is gone")
}

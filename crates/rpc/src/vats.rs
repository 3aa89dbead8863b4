//! Vat threads: capability objects belong to one thread for life, so each thread has a single-threaded
//! runtime, and a connection stays where it was placed.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use capos_schema::Denial;
use tokio::sync::{mpsc, watch};
use tokio::task::LocalSet;

use crate::handle::ConnectionHandle;

/// `capnp-rpc` recurses over chains of promises, and so does what wraps them.
const STACK: usize = 8 << 20;

type Job = Box<dyn FnOnce() + Send>;

thread_local! {
    static CURRENT: RefCell<Option<Vat>> = const { RefCell::new(None) };
}

/// One vat thread, from any thread.
#[derive(Clone)]
pub struct Vat {
    jobs: mpsc::UnboundedSender<Job>,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    thread: Mutex<Option<ThreadId>>,
    load: AtomicUsize,
    pool: Arc<Pool>,
}

/// What the threads of one pool share.
#[derive(Debug)]
struct Pool {
    live: watch::Sender<usize>,
    panics: AtomicU64,
    draining: AtomicBool,
}

impl Vat {
    /// The vat this code runs on, if it runs on one.
    #[must_use]
    pub fn current() -> Option<Vat> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Whether this code runs on that vat's thread.
    #[must_use]
    pub fn is_current(&self) -> bool {
        *self.state.thread.lock().unwrap_or_else(PoisonError::into_inner) == Some(thread::current().id())
    }

    /// Runs `job` on the vat's thread, within its `LocalSet`. False where the vat is gone; a job accepted
    /// just before a stop may be dropped without running.
    pub fn post(&self, job: Box<dyn FnOnce() + Send>) -> bool {
        self.jobs.send(job).is_ok()
    }

    /// Tasks placed on it that have not ended.
    #[must_use]
    pub fn load(&self) -> usize {
        self.state.load.load(Ordering::Relaxed)
    }

    fn place<F, T>(&self, start: F) -> bool
    where
        F: FnOnce() -> T + Send + 'static,
        T: Future<Output = ()> + 'static,
    {
        let task = LiveTask::new(self.state.clone());
        self.post(Box::new(move || {
            let pool = task.state.pool.clone();
            let running = tokio::task::spawn_local(async move {
                start().await;
                drop(task);
            });
            tokio::task::spawn_local(async move {
                if running.await.is_err_and(|error| error.is_panic()) {
                    pool.panics.fetch_add(1, Ordering::Relaxed);
                }
            });
        }))
    }
}

impl fmt::Debug for Vat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vat").field("load", &self.load()).finish_non_exhaustive()
    }
}

/// Counts a task for as long as it exists, however it ends.
struct LiveTask {
    state: Arc<State>,
}

impl LiveTask {
    fn new(state: Arc<State>) -> Self {
        state.load.fetch_add(1, Ordering::Relaxed);
        state.pool.live.send_modify(|live| *live += 1);
        Self { state }
    }
}

impl Drop for LiveTask {
    fn drop(&mut self) {
        self.state.load.fetch_sub(1, Ordering::Relaxed);
        self.state.pool.live.send_modify(|live| *live -= 1);
    }
}

/// A pool of vat threads.
///
/// Dropping it stops the threads without waiting; [`Vats::drain`] and then [`Vats::stop`] is the clean way.
#[derive(Debug)]
pub struct Vats {
    vats: Vec<Vat>,
    stops: Vec<watch::Sender<bool>>,
    threads: Vec<JoinHandle<()>>,
    pool: Arc<Pool>,
    connections: Mutex<Vec<ConnectionHandle>>,
}

impl Vats {
    /// Starts that many threads, at least one.
    pub fn start(count: usize) -> io::Result<Self> {
        let pool =
            Arc::new(Pool { live: watch::channel(0).0, panics: AtomicU64::new(0), draining: AtomicBool::new(false) });
        let mut vats =
            Self { vats: Vec::new(), stops: Vec::new(), threads: Vec::new(), pool, connections: Mutex::default() };
        for index in 0..count.max(1) {
            vats.add(index)?;
        }
        Ok(vats)
    }

    fn add(&mut self, index: usize) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (jobs, queue) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let state = State { thread: Mutex::new(None), load: AtomicUsize::new(0), pool: self.pool.clone() };
        let vat = Vat { jobs, state: Arc::new(state) };
        let own = vat.clone();
        let thread = thread::Builder::new().name(format!("vat-{index}")).stack_size(STACK).spawn(move || {
            CURRENT.set(Some(own.clone()));
            let pool = own.state.pool.clone();
            drop(own);
            LocalSet::new().block_on(&runtime, run(queue, stopped, pool));
            CURRENT.set(None);
        })?;
        *vat.state.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread.thread().id());
        self.vats.push(vat);
        self.stops.push(stop);
        self.threads.push(thread);
        Ok(())
    }

    /// Every vat.
    #[must_use]
    pub fn all(&self) -> &[Vat] {
        &self.vats
    }

    /// Starts a task on the vat with the least to do: `start` runs there, and so does what it gives back.
    /// None where the pool is draining or gone.
    pub fn place<F, T>(&self, start: F) -> Option<Vat>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Future<Output = ()> + 'static,
    {
        if self.pool.draining.load(Ordering::Acquire) {
            return None;
        }
        let vat = self.vats.iter().min_by_key(|vat| vat.load())?;
        vat.place(start).then(|| vat.clone())
    }

    /// Makes a connection known, so that a drain can end it.
    pub fn watch(&self, connection: ConnectionHandle) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if connections.len() == connections.capacity() {
            connections.retain(|connection| connection.ending().is_none());
        }
        connections.push(connection);
    }

    /// Tasks that panicked since the start. Each lost its own connection only.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.pool.panics.load(Ordering::Relaxed)
    }

    /// Takes no more tasks, waits until those placed have ended, aborts what is left after `patience` with
    /// `denial`, and waits as long again. True where everything ended.
    pub async fn drain(&self, patience: Duration, denial: Denial) -> bool {
        self.pool.draining.store(true, Ordering::Release);
        let mut live = self.pool.live.subscribe();
        if tokio::time::timeout(patience, live.wait_for(|&live| live == 0)).await.is_ok() {
            return true;
        }
        for connection in self.connections.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            connection.abort(denial.clone());
        }
        tokio::time::timeout(patience, live.wait_for(|&live| live == 0)).await.is_ok()
    }

    /// Stops the threads, dropping what still runs, and waits for them. It blocks: not for a runtime's thread.
    /// True where no thread had to end by a panic.
    pub fn stop(mut self) -> bool {
        self.tell_to_stop();
        self.threads.drain(..).all(|thread| thread.join().is_ok())
    }

    fn tell_to_stop(&self) {
        self.pool.draining.store(true, Ordering::Release);
        for stop in &self.stops {
            let _ = stop.send(true);
        }
    }
}

impl Drop for Vats {
    fn drop(&mut self) {
        self.tell_to_stop();
    }
}

async fn run(mut queue: mpsc::UnboundedReceiver<Job>, mut stopped: watch::Receiver<bool>, pool: Arc<Pool>) {
    loop {
        tokio::select! {
            job = queue.recv() => match job {
                Some(job) => {
                    if catch_unwind(AssertUnwindSafe(job)).is_err() {
                        pool.panics.fetch_add(1, Ordering::Relaxed);
                    }
                }
                None => return,
            },
            _ = stopped.wait_for(|&stop| stop) => return,
        }
    }
}

//! What all objects of one session's files share: the bounds, and the threads that wait for the disk.

use std::path::Path;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fault::{Fault, Result};
use super::limits::FileLimits;
use super::place::Place;

/// One session's files.
pub(crate) struct Desk {
    limits: Arc<FileLimits>,
    home: Place,
    threads: Arc<Semaphore>,
    under_way: Arc<Semaphore>,
    writers: Arc<Semaphore>,
    directories: Arc<Semaphore>,
}

impl Desk {
    /// The files of a home.
    pub(crate) fn open(home: &Path, limits: FileLimits) -> std::io::Result<Self> {
        ignore_file_size_signal()?;
        Ok(Self {
            home: Place::at(home)?,
            threads: Arc::new(Semaphore::new(limits.threads)),
            under_way: Arc::new(Semaphore::new(limits.under_way)),
            writers: Arc::new(Semaphore::new(limits.writers)),
            directories: Arc::new(Semaphore::new(limits.directories)),
            limits: Arc::new(limits),
        })
    }

    pub(super) fn home(&self) -> &Place {
        &self.home
    }

    pub(super) fn limits(&self) -> &Arc<FileLimits> {
        &self.limits
    }

    /// Does what waits for the disk on another thread. Nobody waits longer for a thread than for what came before; what
    /// nobody wants any more is done to its end all the same, and has its thread until then.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(&FileLimits) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let thread = self.threads.clone().acquire_owned().await.map_err(|_| lost())?;
        let limits = self.limits.clone();
        let done = tokio::task::spawn_blocking(move || {
            let outcome = job(&limits);
            drop(thread);
            outcome
        });
        done.await.map_err(|_| lost())?
    }

    /// A call that goes on for a while.
    pub(super) fn begin(&self) -> Result<OwnedSemaphorePermit> {
        take(&self.under_way, "too much is done with files at once")
    }

    /// A file that is to be written.
    pub(super) fn begin_writing(&self) -> Result<OwnedSemaphorePermit> {
        take(&self.writers, "too many files are written at once")
    }

    /// A directory that is to be held.
    pub(super) fn hold(&self) -> Result<OwnedSemaphorePermit> {
        take(&self.directories, "too many directories are held")
    }
}

/// What would end the process where a file grows past what it may have, is an error of that write instead.
fn ignore_file_size_signal() -> std::io::Result<()> {
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())).map(drop)
}

fn take(places: &Arc<Semaphore>, sentence: &str) -> Result<OwnedSemaphorePermit> {
    places.clone().try_acquire_owned().map_err(|_| Fault::too_much(sentence))
}

fn lost() -> Fault {
    Fault::bad("the file could not be worked with")
}

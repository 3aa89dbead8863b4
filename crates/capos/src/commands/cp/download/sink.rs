//! What takes a file's bytes: no more than were said to come, and not for ever.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use capos_schema::files_capnp::file_reader;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::commands::cp::home::silent;
use crate::commands::cp::local::{Target, Worker, trouble};
use crate::commands::cp::progress::Progress;
use crate::commands::cp::{Copy, DIFFERS};
use crate::failure::Failure;

/// Takes a file's bytes. The library has the next come when those before are written.
pub(super) struct Sink {
    to: PathBuf,
    /// Away while something is written to it.
    target: RefCell<Option<Target>>,
    /// Bytes that are yet to come.
    missing: Cell<u64>,
    /// When something came, or was written, at last.
    last: Cell<Instant>,
    /// What went wrong here, which the node need not know.
    failure: RefCell<Option<Failure>>,
    failed: Notify,
    worker: Rc<Worker>,
    progress: Rc<Progress>,
}

impl Sink {
    pub(super) fn new(copy: &Copy<'_>, (to, target): (&Path, Target), length: u64) -> Rc<Self> {
        Rc::new(Self {
            to: to.to_owned(),
            target: RefCell::new(Some(target)),
            missing: Cell::new(length),
            last: Cell::new(Instant::now()),
            failure: RefCell::default(),
            failed: Notify::new(),
            worker: copy.worker.clone(),
            progress: copy.progress.clone(),
        })
    }

    /// Waits until something goes wrong here, or nothing has come for so long. Who waits for the disk or for a pipe does
    /// not wait for the node.
    pub(super) async fn failed(&self, patience: Duration) -> Failure {
        loop {
            if let Some(failure) = self.failure.take() {
                return failure;
            }
            let is_writing = self.target.borrow().is_none();
            let since = if is_writing { Instant::now() } else { self.last.get() };
            if since.elapsed() >= patience {
                return silent(patience);
            }
            tokio::select! {
                () = sleep_until(since + patience) => {}
                () = self.failed.notified() => {}
            }
        }
    }

    /// What all was written to; nothing where not all came.
    pub(super) fn finish(&self) -> Result<Option<Target>, Failure> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(self.target.take().filter(|_| self.missing.get() == 0)),
        }
    }

    fn fail(&self, failure: Failure) -> capnp::Error {
        self.failure.borrow_mut().get_or_insert(failure);
        self.failed.notify_one();
        gone()
    }
}

fn gone() -> capnp::Error {
    capnp::Error::failed("nobody takes any more".into())
}

impl file_reader::Server for Sink {
    async fn chunk(self: Rc<Self>, params: file_reader::ChunkParams) -> Result<(), capnp::Error> {
        let bytes = params.get()?.get_data()?.to_vec();
        let length = bytes.len();
        let mut target = self.target.take().ok_or_else(gone)?;
        let missing = u64::try_from(length).ok().and_then(|length| self.missing.get().checked_sub(length));
        let Some(missing) = missing else {
            let failure = Failure::failed("more came of the file than there was said to be");
            return Err(self.fail(failure.coded(DIFFERS).advise("Copy it again, if it was being written.")));
        };
        match self.worker.does(move || target.write(&bytes).map(|()| target)).await {
            Ok(target) => {
                *self.target.borrow_mut() = Some(target);
                self.missing.set(missing);
                self.last.set(Instant::now());
                self.progress.add(length);
                Ok(())
            }
            Err(error) => Err(self.fail(trouble(&self.to, &error))),
        }
    }

    async fn done(self: Rc<Self>, _: file_reader::DoneParams, _: file_reader::DoneResults) -> Result<(), capnp::Error> {
        Ok(())
    }
}

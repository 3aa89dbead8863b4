//! Threads that read, each with a connection: beside each other, and beside the writer.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use futures::{FutureExt as _, future};
use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::schema;
use crate::engine::Answer;
use crate::{Error, Limits};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// What asks the readers; as many as there are watchers.
#[derive(Clone)]
pub(super) struct Reads {
    queue: Arc<Queue>,
    most: usize,
}

struct Queue {
    jobs: Mutex<Jobs>,
    ready: Condvar,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Job> {
        let mut jobs = self.jobs();
        loop {
            if let Some(job) = jobs.waiting.pop_front() {
                return Some(job);
            }
            if jobs.closed {
                return None;
            }
            jobs = self.ready.wait(jobs).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Reads {
    /// Starts the threads.
    pub(super) fn start(path: &Path, limits: &Limits) -> Result<(Self, Vec<JoinHandle<()>>), Error> {
        let queue = Arc::new(Queue { jobs: Mutex::default(), ready: Condvar::new() });
        let reads = Self { queue, most: limits.queued_reads };
        let mut threads = Vec::new();
        for _ in 0..limits.readers.max(1) {
            let mut connection = schema::open_reader(path, limits)?;
            let queue = reads.queue.clone();
            let work = move || {
                while let Some(job) = queue.next() {
                    job(&mut connection);
                }
            };
            let thread = thread::Builder::new().name("store-read".to_owned()).spawn(work);
            threads.push(thread.map_err(|error| Error::Io(path.to_path_buf(), error))?);
        }
        Ok((reads, threads))
    }

    /// Asks at once; the answer comes when a reader is free. All that is read is of one moment.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(move |connection: &mut Connection| {
            let answer = connection.transaction().map_err(Error::from).and_then(|transaction| read(&transaction));
            // Nobody may be waiting any more.
            let _ = reply.send(answer);
        });
        let mut jobs = self.queue.jobs();
        if jobs.closed {
            return future::ready(Err(Error::Closed)).boxed();
        }
        if jobs.waiting.len() >= self.most {
            return future::ready(Err(Error::Overloaded)).boxed();
        }
        jobs.waiting.push_back(job);
        drop(jobs);
        self.queue.ready.notify_one();
        answer.map(|answer| answer.unwrap_or(Err(Error::Closed))).boxed()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.queue.jobs().closed
    }

    /// Answers what was asked, and nothing more.
    pub(super) fn close(&self) {
        self.queue.jobs().closed = true;
        self.queue.ready.notify_all();
    }
}

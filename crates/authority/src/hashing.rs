//! The hash queue: passwords are hashed by a few threads, in an order that nobody can take for themselves.
//!
//! Accounts fall into buckets by a keyed hash of their names, and the buckets take turns: a thousand attempts on one
//! account are one bucket's. Attempts from sources that have signed in to the account before have a lane of their
//! own, which gets every other turn: strangers, however many names they try, cannot fill it.
//! Within a bucket, attempts are served as they come; one account and source has one at a time
//! ([`crate::attempts`]), so its sources take turns too.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, VecDeque};
use std::hash::BuildHasher as _;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use crate::password::Memory;
use crate::{Error, Limits};

const BUCKETS: u64 = 256;

/// Does work one hash at a time. Its threads end with it.
pub(crate) struct HashQueue {
    shared: Arc<Shared>,
    keyed: RandomState,
}

struct Shared {
    line: Mutex<Line>,
    wake: Condvar,
    done: AtomicU64,
}

struct Line {
    lanes: [Lane; 2],
    /// The lane whose turn is next.
    turn: usize,
    bounds: Bounds,
    closed: bool,
}

#[derive(Clone, Copy)]
struct Bounds {
    queue: usize,
    bucket: usize,
}

/// Buckets that have something to do.
#[derive(Default)]
struct Lane {
    buckets: BTreeMap<u64, VecDeque<Job>>,
    waiting: usize,
    /// The bucket that was served last.
    last: u64,
}

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// Whose hash it is.
#[derive(Clone, Copy)]
pub(crate) struct Whose<'a> {
    pub(crate) account: &'a str,
    /// Whether its source has signed in to that account before.
    pub(crate) known: bool,
}

impl HashQueue {
    pub(crate) fn start(limits: &Limits) -> Self {
        let line = Line { lanes: Default::default(), turn: 0, bounds: bounds(limits), closed: false };
        let shared = Arc::new(Shared { line: Mutex::new(line), wake: Condvar::new(), done: AtomicU64::new(0) });
        for _ in 0..threads(limits) {
            let shared = shared.clone();
            // Without a thread nobody signs in by password; the others work on.
            let started = thread::Builder::new().name("hash".to_owned()).spawn(move || shared.work());
            if let Err(error) = started {
                tracing::error!(%error, "a thread to hash passwords could not be started");
            }
        }
        Self { shared, keyed: RandomState::new() }
    }

    pub(crate) fn reload(&self, limits: &Limits) {
        self.shared.line().bounds = bounds(limits);
    }

    /// Hashes done so far.
    pub(crate) fn done(&self) -> u64 {
        self.shared.done.load(Ordering::Relaxed)
    }

    /// Hashes that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.line().lanes.iter().map(|lane| lane.waiting).sum()
    }

    /// Has something hashed in its turn. Whoever does not wait for the answer gives its turn up.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        whose: Whose<'_>,
        hash: impl FnOnce(&mut Memory) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let shared = self.shared.clone();
        let job = move |memory: &mut Memory| {
            if !reply.is_closed() {
                let before = memory.hashes();
                let hashed = hash(memory);
                shared.done.fetch_add(memory.hashes() - before, Ordering::Relaxed);
                let _ = reply.send(hashed);
            }
        };
        let bucket = self.keyed.hash_one(whose.account) % BUCKETS;
        self.shared.line().push(usize::from(!whose.known), bucket, Box::new(job))?;
        self.shared.wake.notify_one();
        answer.await.unwrap_or(Err(Error::Stopped))
    }
}

impl Drop for HashQueue {
    fn drop(&mut self) {
        self.shared.line().closed = true;
        self.shared.wake.notify_all();
    }
}

fn bounds(limits: &Limits) -> Bounds {
    Bounds { queue: limits.hash_queue, bucket: limits.hash_bucket }
}

fn threads(limits: &Limits) -> usize {
    if limits.hash_threads > 0 {
        return limits.hash_threads;
    }
    (thread::available_parallelism().map_or(1, NonZero::get) / 2).max(1)
}

impl Shared {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut memory = Memory::default();
        while let Some(job) = self.next(&mut memory) {
            job(&mut memory);
        }
    }

    fn next(&self, memory: &mut Memory) -> Option<Job> {
        let mut line = self.line();
        loop {
            if line.closed {
                return None;
            }
            if let Some(job) = line.pop() {
                return Some(job);
            }
            // A node at rest keeps no memory for this.
            memory.rest();
            line = self.wake.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Line {
    fn push(&mut self, lane: usize, bucket: u64, job: Job) -> Result<(), Error> {
        let Bounds { queue, bucket: of_bucket } = self.bounds;
        // Each lane has room of its own: a full one keeps nobody out of the other.
        let lane = self.lanes.get_mut(lane).filter(|lane| lane.waiting < queue).ok_or(Error::Overloaded)?;
        let bucket = lane.buckets.entry(bucket).or_default();
        if bucket.len() >= of_bucket {
            return Err(Error::Overloaded);
        }
        bucket.push_back(job);
        lane.waiting += 1;
        Ok(())
    }

    fn pop(&mut self) -> Option<Job> {
        let turns = [self.turn, 1 - self.turn];
        let (lane, job) = turns.into_iter().find_map(|lane| Some((lane, self.lanes.get_mut(lane)?.pop()?)))?;
        self.turn = 1 - lane;
        Some(job)
    }
}

impl Lane {
    /// The oldest of the next bucket in turn.
    fn pop(&mut self) -> Option<Job> {
        let after = self.buckets.range(self.last.saturating_add(1)..).next();
        let bucket = *after.or_else(|| self.buckets.iter().next())?.0;
        self.last = bucket;
        let waiting = self.buckets.get_mut(&bucket)?;
        let job = waiting.pop_front();
        if waiting.is_empty() {
            self.buckets.remove(&bucket);
        }
        self.waiting -= usize::from(job.is_some());
        job
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(queue: usize, bucket: usize) -> Line {
        Line { lanes: Default::default(), turn: 0, bounds: Bounds { queue, bucket }, closed: false }
    }

    fn job(name: &'static str, log: &Arc<Mutex<Vec<&'static str>>>) -> Job {
        let log = log.clone();
        Box::new(move |_| log.lock().unwrap().push(name))
    }

    #[test]
    fn buckets_take_turns_and_the_known_have_every_other_one() {
        let (mut line, log) = (line(16, 16), Arc::default());
        for (lane, bucket, name) in
            [(1, 7, "a1"), (1, 7, "a2"), (1, 7, "a3"), (1, 9, "b1"), (0, 7, "known1"), (0, 7, "known2")]
        {
            line.push(lane, bucket, job(name, &log)).unwrap();
        }
        while let Some(job) = line.pop() {
            job(&mut Memory::default());
        }
        assert_eq!(*log.lock().unwrap(), ["known1", "a1", "known2", "b1", "a2", "a3"]);
    }

    #[test]
    fn a_bucket_and_a_lane_hold_so_many_and_no_more() {
        let (mut line, log) = (line(3, 2), Arc::default());
        assert!(line.push(1, 7, job("", &log)).is_ok());
        assert!(line.push(1, 7, job("", &log)).is_ok());
        assert!(matches!(line.push(1, 7, job("", &log)), Err(Error::Overloaded)), "the bucket is full");
        assert!(line.push(1, 8, job("", &log)).is_ok());
        assert!(matches!(line.push(1, 9, job("", &log)), Err(Error::Overloaded)), "the lane is full");
        assert!(line.push(0, 9, job("", &log)).is_ok(), "the other one is not");
        drop(line.pop().unwrap());
        drop(line.pop().unwrap());
        assert!(line.push(1, 9, job("", &log)).is_ok());
    }
}

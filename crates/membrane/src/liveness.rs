//! Whether an authority still stands, shared by every thread that acts on it.
//!
//! Livenesses form a tree: a session's has its grants' below it.
//! Ending one ends all below; asking is one load, however deep the tree.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll};
use std::thread::ThreadId;

use capos_schema::{Code, Denial};
use futures::channel::oneshot;

use crate::membrane;

/// The thread that capability objects live on, as an end that comes from elsewhere reaches it.
pub trait Vat: Send + Sync {
    /// Whether the caller runs on this vat's thread.
    fn is_current(&self) -> bool;

    /// Has `job` run on the vat's thread between two turns of its tasks; `false` where the vat is gone.
    fn post(&self, job: Box<dyn FnOnce() + Send>) -> bool;
}

/// A vat that nobody posts to: everything that acts on it runs on the thread that made it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SingleThread(ThreadId);

impl SingleThread {
    /// The current thread.
    pub(crate) fn current() -> Self {
        Self(std::thread::current().id())
    }
}

impl Vat for SingleThread {
    fn is_current(&self) -> bool {
        std::thread::current().id() == self.0
    }

    fn post(&self, _job: Box<dyn FnOnce() + Send>) -> bool {
        false
    }
}

/// One authority's state of being: live, until it is ended for a reason, once.
#[derive(Clone)]
pub struct Liveness(Arc<Node>);

struct Node {
    ended: AtomicBool,
    why: OnceLock<Denial>,
    below: Mutex<Vec<Weak<Node>>>,
    membranes: Mutex<Vec<Standing>>,
}

/// A membrane that lives by a node, and where.
#[derive(Clone)]
struct Standing {
    vat: Arc<dyn Vat>,
    membrane: u64,
}

impl Default for Liveness {
    fn default() -> Self {
        Self::new()
    }
}

impl Liveness {
    /// A live one with nothing above it.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Node {
            ended: AtomicBool::new(false),
            why: OnceLock::new(),
            below: Mutex::default(),
            membranes: Mutex::default(),
        }))
    }

    /// One that ends with this one, or before.
    #[must_use]
    pub fn child(&self) -> Self {
        let child = Self::new();
        {
            let mut below = locked(&self.0.below);
            // Tidied when it would have to grow, so that many children cost no more each than few.
            if below.len() == below.capacity() {
                below.retain(|weak| weak.strong_count() > 0);
            }
            below.push(Arc::downgrade(&child.0));
        }
        // An end that ran before the push has not seen the child.
        if let Err(why) = self.check() {
            child.0.mark(&why);
        }
        child
    }

    /// Whether it still stands.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !self.0.ended.load(Ordering::Acquire)
    }

    /// Why it does not stand any more.
    pub fn check(&self) -> Result<(), Denial> {
        if self.is_live() {
            return Ok(());
        }
        Err(self.0.why.get().cloned().unwrap_or_else(|| Code::Revoked.into()))
    }

    /// Ends it and all below, for the reason that later callers will be told; the first reason stays.
    ///
    /// From this moment no thread starts a call on it.
    /// A thread that is handing over a result right now may finish that one hand-over; the returned [`Ended`]
    /// completes when none can any more, at once if every object concerned lives on the caller's thread.
    pub fn end(&self, why: impl Into<Denial>) -> Ended {
        let why = why.into();
        let mut standing = Vec::new();
        let mut next = vec![self.0.clone()];
        while let Some(node) = next.pop() {
            node.mark(&why);
            next.extend(locked(&node.below).iter().filter_map(Weak::upgrade));
            standing.extend(locked(&node.membranes).iter().cloned());
        }
        // Only here does anybody else's code run: all is marked, and no lock is held.
        Ended { waiting: standing.into_iter().filter_map(Standing::tell).collect() }
    }

    pub(crate) fn join(&self, vat: Arc<dyn Vat>, membrane: u64) {
        locked(&self.0.membranes).push(Standing { vat, membrane });
    }

    pub(crate) fn leave(&self, membrane: u64) {
        locked(&self.0.membranes).retain(|standing| standing.membrane != membrane);
    }
}

impl Node {
    fn mark(&self, why: &Denial) {
        // A second end keeps the first reason.
        let _ = self.why.set(why.clone());
        self.ended.store(true, Ordering::Release);
    }
}

impl Standing {
    /// Wakes the membrane's calls, here or on its own thread, whose answer is what is returned.
    fn tell(self) -> Option<oneshot::Receiver<()>> {
        let membrane = self.membrane;
        if self.vat.is_current() {
            membrane::wake(membrane);
            return None;
        }
        let (done, told) = oneshot::channel();
        let posted = self.vat.post(Box::new(move || {
            membrane::wake(membrane);
            let _ = done.send(());
        }));
        posted.then_some(told)
    }
}

/// Completes when no thread can hand over anything of what was ended.
#[must_use = "an end from another thread is complete only when this is"]
pub struct Ended {
    waiting: Vec<oneshot::Receiver<()>>,
}

impl Ended {
    /// Whether nothing is waited for.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl Future for Ended {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // A vat that is gone hands over nothing either: a dropped sender is an answer.
        self.waiting.retain_mut(|told| Pin::new(told).poll(cx).is_pending());
        if self.waiting.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// A lock whose data is whole even if another holder panicked: every critical section here is one push or scan.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_reaches_all_below_and_nothing_beside() {
        let session = Liveness::new();
        let (one, two) = (session.child(), session.child());
        let below = one.child();
        assert!(one.end(Code::Revoked).is_complete());
        assert_eq!(below.check(), Err(Code::Revoked.into()));
        assert!(two.is_live() && session.is_live());
        assert!(session.end(Code::StaleSession).is_complete());
        assert_eq!(two.check(), Err(Code::StaleSession.into()));
        assert_eq!(one.check(), Err(Code::Revoked.into()), "the first reason stays");
    }

    #[test]
    fn a_child_of_an_ended_one_is_born_ended() {
        let session = Liveness::new();
        drop(session.end(Code::StaleSession));
        assert_eq!(session.child().check(), Err(Code::StaleSession.into()));
    }
}

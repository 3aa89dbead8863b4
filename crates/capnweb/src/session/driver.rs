//! The work of a session: what was called and is not done, and what of it the peer pays for.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures::task::AtomicWaker;
use slab::Slab;

use crate::error::{Error, Thrown};
use crate::hook::{self, Hook};
use crate::limits::Limits;
use crate::stream::Custody;

/// Work polled in a row before others of the thread get their turn.
const AT_ONCE: usize = 256;

/// Work done in a row before others of the thread get theirs, counted like that of a message. What follows from one
/// message may be more, and is done without a break.
const SLICE: u64 = 65_536;

/// Bytes of a message whose reading costs about as much as a value.
const BYTES_A_UNIT: usize = 16;

/// So many hooks are not looked through for circles before a session ends.
const SUSPECTS: usize = 4_096;

/// Work without a result.
type Chore = Pin<Box<dyn Future<Output = ()>>>;

/// What goes on with the work of one session, and counts what its peer makes it hold.
pub(crate) struct Driver {
    limits: Cell<Limits>,
    /// What waits in streams for who reads it.
    pub(crate) custody: Rc<Custody>,
    pub(super) tasks: RefCell<Slab<Task>>,
    ready: Arc<Ready>,
    pub(super) unanswered: Cell<usize>,
    queued: Cell<usize>,
    kept: Cell<usize>,
    /// All the work that was done, and how much of it when what is being done began.
    worked: Cell<u64>,
    worked_before: Cell<u64>,
    /// Streams that wait until less is queued.
    crowd: RefCell<Vec<Waker>>,
    failure: RefCell<Option<Error>>,
    /// What a circle may go through. Those that are gone are forgotten when the list has doubled.
    suspects: RefCell<Vec<Weak<Hook>>>,
    sweep_at: Cell<usize>,
}

pub(super) struct Task {
    pub(super) waker: Waker,
    pub(super) what: What,
}

pub(super) enum What {
    /// Of somebody else; dropped by them.
    Hook(Weak<Hook>),
    /// Taken out while it is polled.
    Chore(Option<Chore>),
}

/// A turn of the thread, for one session.
#[derive(Clone, Copy)]
pub(crate) struct Slice {
    until: u64,
}

/// What can go on. Wakers may be used by any thread.
struct Ready {
    keys: Mutex<VecDeque<usize>>,
    waker: AtomicWaker,
}

struct TaskWaker {
    ready: Arc<Ready>,
    key: usize,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.keys().push_back(self.key);
        self.ready.waker.wake();
    }
}

impl Ready {
    fn keys(&self) -> MutexGuard<'_, VecDeque<usize>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Driver {
    pub(crate) fn new(limits: Limits) -> Rc<Self> {
        let ready = Arc::new(Ready { keys: Mutex::default(), waker: AtomicWaker::new() });
        Rc::new(Self {
            custody: Custody::new(limits.held_bytes),
            limits: Cell::new(limits),
            tasks: RefCell::default(),
            ready,
            unanswered: Cell::new(0),
            queued: Cell::new(0),
            kept: Cell::new(0),
            worked: Cell::new(0),
            worked_before: Cell::new(0),
            crowd: RefCell::default(),
            failure: RefCell::new(None),
            suspects: RefCell::default(),
            sweep_at: Cell::new(SUSPECTS),
        })
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits.get()
    }

    /// Has other bounds from now on. What they leave room for again goes on.
    pub(super) fn set_limits(&self, limits: Limits) {
        self.limits.set(limits);
        self.custody.set_limit(limits.held_bytes);
        if self.has_room() {
            self.let_in();
        }
    }

    /// Goes on with what can go on: whether there is more of it.
    pub(crate) fn poll(&self, context: &Context<'_>) -> bool {
        self.ready.waker.register(context.waker());
        let slice = self.slice();
        for _ in 0..AT_ONCE {
            let Some(key) = self.ready.keys().pop_front() else { return false };
            self.begin();
            self.poll_task(key);
            if self.is_over(slice) {
                break;
            }
        }
        true
    }

    fn poll_task(&self, key: usize) {
        let (waker, hook, chore) = match self.tasks.borrow_mut().get_mut(key) {
            None => return,
            Some(Task { waker, what: What::Hook(hook) }) => (waker.clone(), hook.upgrade(), None),
            Some(Task { waker, what: What::Chore(chore) }) => (waker.clone(), None, chore.take()),
        };
        let mut context = Context::from_waker(&waker);
        if let Some(hook) = hook {
            hook::poll(&hook, &mut context);
        }
        if let Some(mut chore) = chore {
            let is_done = chore.as_mut().poll(&mut context).is_ready();
            self.after_chore(key, chore, is_done);
        }
    }

    fn after_chore(&self, key: usize, chore: Chore, is_done: bool) {
        let done = {
            let mut tasks = self.tasks.borrow_mut();
            match tasks.get_mut(key) {
                Some(Task { what: What::Chore(place), .. }) if !is_done => {
                    *place = Some(chore);
                    return;
                }
                _ => (chore, tasks.try_remove(key)),
            }
        };
        drop(done);
    }

    /// Does that beside the calls, until the session ends.
    pub(crate) fn spawn(&self, chore: impl Future<Output = ()> + 'static) {
        let key = self.add(What::Chore(Some(Box::pin(chore))));
        self.ready.keys().push_back(key);
        self.ready.waker.wake();
    }

    /// Drops the work that is nobody else's.
    pub(super) fn clear(&self) {
        let chores: Vec<Task> = {
            let mut tasks = self.tasks.borrow_mut();
            let keys: Vec<usize> =
                tasks.iter().filter(|(_, task)| matches!(task.what, What::Chore(_))).map(|(key, _)| key).collect();
            keys.into_iter().filter_map(|key| tasks.try_remove(key)).collect()
        };
        drop(chores);
    }

    pub(super) fn add(&self, what: What) -> usize {
        let mut tasks = self.tasks.borrow_mut();
        let place = tasks.vacant_entry();
        let key = place.key();
        place.insert(Task { waker: Waker::from(Arc::new(TaskWaker { ready: self.ready.clone(), key })), what });
        key
    }

    /// A circle may go through that.
    pub(crate) fn suspect(&self, hook: &Rc<Hook>) {
        self.suspects.borrow_mut().push(Rc::downgrade(hook));
    }

    /// Looks for circles, where enough has come together.
    pub(super) fn sweep(&self) {
        if self.suspects.borrow().len() < self.sweep_at.get() {
            return;
        }
        self.suspects.borrow_mut().retain(|hook| hook.strong_count() > 0);
        if self.suspects.borrow().len() >= self.sweep_at.get() / 2 {
            hook::break_circles(self.suspected());
        }
        self.suspects.borrow_mut().retain(|hook| hook.strong_count() > 0);
        self.sweep_at.set(self.suspects.borrow().len().saturating_mul(2).max(SUSPECTS));
    }

    fn suspected(&self) -> Vec<Rc<Hook>> {
        self.suspects.borrow().iter().filter_map(Weak::upgrade).collect()
    }

    /// Gives up all that the peer asked for, and the circles.
    pub(super) fn abandon(&self, reason: &Thrown) {
        let left = self.suspected();
        left.iter().for_each(|hook| hook::abandon(hook, reason));
        hook::break_circles(left);
        drop(self.suspects.take());
    }

    /// A message is going to be read.
    pub(super) fn begin_message(&self, bytes: usize) {
        self.count(bytes / BYTES_A_UNIT);
        self.begin();
    }

    /// Something else is going to be done: what follows from it at once is bounded anew.
    fn begin(&self) {
        self.worked_before.set(self.worked.get());
    }

    /// Work is going to be done: whether what is done at once stays within bounds, whichever messages it was for. Many may
    /// wait for the same thing.
    pub(crate) fn work(&self, work: usize) -> bool {
        self.count(work);
        let at_once = self.worked.get() - self.worked_before.get();
        usize::try_from(at_once).is_ok_and(|work| work <= self.limits().message_work)
    }

    fn count(&self, work: usize) {
        self.worked.set(self.worked.get().saturating_add(u64::try_from(work).unwrap_or(u64::MAX)));
    }

    /// A turn that begins now.
    pub(super) fn slice(&self) -> Slice {
        Slice { until: self.worked.get().saturating_add(SLICE) }
    }

    /// Whether so much was done in that turn that it is for others of the thread.
    pub(super) fn is_over(&self, slice: Slice) -> bool {
        self.worked.get() > slice.until
    }

    /// There is something for whoever polls the session.
    pub(super) fn wake(&self) {
        self.ready.waker.wake();
    }

    /// The peer went too far. The session ends with the first reason, when nothing of it is being done.
    pub(crate) fn fail(&self, error: Error) {
        self.failure.borrow_mut().get_or_insert(error);
        self.wake();
    }

    /// Whether the session is about to end: nothing more is done for it.
    pub(crate) fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    pub(super) fn failure(&self) -> Option<Error> {
        self.failure.borrow_mut().take()
    }

    /// Bytes wait for the peer to read them.
    pub(super) fn queue(&self, bytes: usize) {
        self.queued.set(self.queued.get() + bytes);
        if self.queued.get() > self.limits().held_bytes {
            self.fail(Error::range_error("Too much waits to be read."));
        }
    }

    pub(super) fn unqueue(&self, bytes: usize) {
        self.queued.set(self.queued.get().saturating_sub(bytes));
        if self.has_room() {
            self.let_in();
        }
    }

    /// Lets go on what waits for room.
    pub(super) fn let_in(&self) {
        let crowd = std::mem::take(&mut *self.crowd.borrow_mut());
        crowd.into_iter().for_each(Waker::wake);
    }

    pub(super) fn is_overfull(&self) -> bool {
        self.queued.get() > self.limits().held_bytes
    }

    /// Whether so little waits for the peer that more may be made for it.
    pub(super) fn has_room(&self) -> bool {
        self.queued.get() < self.limits().held_bytes / 4
    }

    pub(super) fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        if self.has_room() {
            return Poll::Ready(());
        }
        self.crowd.borrow_mut().push(context.waker().clone());
        Poll::Pending
    }

    /// Bytes are kept because the peer may ask for them.
    pub(crate) fn hold(&self, bytes: usize) {
        self.kept.set(self.kept.get() + bytes);
        if self.kept.get() > self.limits().held_bytes {
            self.fail(Error::range_error("Too much is held."));
        }
    }

    pub(super) fn kept(&self) -> usize {
        self.kept.get()
    }

    pub(crate) fn let_go(&self, bytes: usize) {
        self.kept.set(self.kept.get().saturating_sub(bytes));
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        for (_, task) in self.tasks.get_mut().iter() {
            if let What::Hook(hook) = &task.what
                && let Some(hook) = hook.upgrade()
            {
                hook::orphaned(&hook);
            }
        }
    }
}

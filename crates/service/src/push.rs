//! Tells a listener what happens, at the listener's pace.
//!
//! A listener is a capability of a client, so it may be slow, silent or gone. A [`Queue`] keeps a bounded number of
//! items for one listener, makes one call at a time, and counts what it had to drop:
//!
//! ```no_run
//! # use capos_service::push::{Bounds, Queue};
//! # use capos_schema::chat_capnp::chat_listener;
//! fn tell(listener: chat_listener::Client) -> Queue<String> {
//!     Queue::start(Bounds::default(), move |batch| {
//!         let mut request = listener.events_request();
//!         request.get().set_missed(batch.missed);
//!         let mut events = request.get().init_events(batch.len());
//!         for (index, text) in (0..).zip(&batch.items) {
//!             events.reborrow().get(index).set_text(text);
//!         }
//!         let sent = request.send();
//!         async move { sent.promise.await.map(drop) }
//!     })
//! }
//! ```

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use capnp::{Error, ErrorKind};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

/// What is kept for one listener, and told at once.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Items that wait while the listener is busy. Past it the oldest go.
    pub waiting: usize,
    /// Items in one call.
    pub batch: usize,
    /// How long to leave a listener alone that says it has too much to do.
    pub rest: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { waiting: 1024, batch: 128, rest: Duration::from_secs(1) }
    }
}

/// What one call tells.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch<T> {
    /// Oldest first; never empty.
    pub items: Vec<T>,
    /// How many were dropped before them.
    pub missed: u32,
}

impl<T> Batch<T> {
    /// How many items it has, as lists of Cap'n Proto count them.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.items.len()).unwrap_or(u32::MAX)
    }

    /// Whether it has none, which does not happen to those that are told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// What waits for one listener. Dropping it ends the telling, and a call under way with it.
pub struct Queue<T> {
    shared: Rc<Shared<T>>,
    teller: AbortHandle,
}

struct Shared<T> {
    waiting: RefCell<Waiting<T>>,
    news: Notify,
    over: watch::Sender<bool>,
}

struct Waiting<T> {
    items: VecDeque<T>,
    missed: u32,
    bounds: Bounds,
}

impl<T: 'static> Queue<T> {
    /// Calls `tell` with what is pushed from here on, once more only when the last call has been answered.
    ///
    /// An error ends it, but for `overloaded`: that batch counts as missed, and the listener gets a rest.
    pub fn start<F, A>(bounds: Bounds, tell: F) -> Self
    where
        F: FnMut(Batch<T>) -> A + 'static,
        A: Future<Output = Result<(), Error>> + 'static,
    {
        let waiting = RefCell::new(Waiting { items: VecDeque::new(), missed: 0, bounds });
        let shared = Rc::new(Shared { waiting, news: Notify::new(), over: watch::channel(false).0 });
        let teller = tokio::task::spawn_local(tell_all(shared.clone(), tell)).abort_handle();
        Self { shared, teller }
    }

    /// Puts an item in. False where nobody listens any more.
    pub fn push(&self, item: T) -> bool {
        if self.is_over() {
            return false;
        }
        self.shared.waiting.borrow_mut().put(item);
        self.shared.news.notify_one();
        true
    }

    /// Whether the listener has gone.
    #[must_use]
    pub fn is_over(&self) -> bool {
        *self.shared.over.borrow()
    }

    /// Waits until the listener has gone.
    pub fn over(&self) -> impl Future<Output = ()> + 'static {
        let mut over = self.shared.over.subscribe();
        async move {
            let _ = over.wait_for(|over| *over).await;
        }
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        self.teller.abort();
    }
}

impl<T> Waiting<T> {
    fn put(&mut self, item: T) {
        if self.items.len() >= self.bounds.waiting.max(1) {
            self.items.pop_front();
            self.missed = self.missed.saturating_add(1);
        }
        self.items.push_back(item);
    }

    fn take(&mut self) -> Option<Batch<T>> {
        let count = self.items.len().min(self.bounds.batch.max(1));
        let items: Vec<T> = self.items.drain(..count).collect();
        (!items.is_empty()).then(|| Batch { items, missed: std::mem::take(&mut self.missed) })
    }
}

async fn tell_all<T, F, A>(shared: Rc<Shared<T>>, mut tell: F)
where
    F: FnMut(Batch<T>) -> A,
    A: Future<Output = Result<(), Error>>,
{
    loop {
        let Some(batch) = shared.next() else {
            shared.news.notified().await;
            continue;
        };
        let lost = batch.len().saturating_add(batch.missed);
        match tell(batch).await {
            Ok(()) => {}
            Err(error) if error.kind == ErrorKind::Overloaded => shared.rest(lost).await,
            Err(_) => break,
        }
    }
    shared.waiting.borrow_mut().items.clear();
    shared.over.send_replace(true);
}

impl<T> Shared<T> {
    fn next(&self) -> Option<Batch<T>> {
        self.waiting.borrow_mut().take()
    }

    async fn rest(&self, lost: u32) {
        let rest = {
            let mut waiting = self.waiting.borrow_mut();
            waiting.missed = waiting.missed.saturating_add(lost);
            waiting.bounds.rest
        };
        tokio::time::sleep(rest).await;
    }
}

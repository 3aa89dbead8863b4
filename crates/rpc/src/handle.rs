//! What the owner of a connection holds, from any thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use capos_schema::Denial;
use futures::task::AtomicWaker;
use tokio::sync::{Notify, watch};

use crate::account::{Account, Figures};
use crate::peer::Peer;

/// How a connection came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The peer closed it between messages.
    PeerClosed,
    /// The peer ended it with an Abort message of this reason, cut to a reasonable length.
    PeerAborted(String),
    /// The peer broke a rule, or the owner turned it away; the peer was told.
    Denied(Denial),
    /// The stream broke.
    Lost,
    /// This side closed it.
    Closed,
}

/// Requests of the owner, picked up by the vat thread.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    pub(crate) deadline: Option<Instant>,
    pub(crate) abort: Option<Denial>,
    pub(crate) close: bool,
}

#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) account: Account,
    pub(crate) waker: AtomicWaker,
    orders: Mutex<Orders>,
    news: AtomicBool,
    peer: Peer,
    bootstrapped: AtomicBool,
    bootstrap: Notify,
    ending: watch::Sender<Option<Ending>>,
}

impl Control {
    pub(crate) fn new(peer: Peer) -> Arc<Self> {
        Arc::new(Self {
            account: Account::default(),
            waker: AtomicWaker::new(),
            orders: Mutex::default(),
            news: AtomicBool::new(false),
            peer,
            bootstrapped: AtomicBool::new(false),
            bootstrap: Notify::new(),
            ending: watch::channel(None).0,
        })
    }

    /// Looks at the orders if they changed since the last time.
    pub(crate) fn changed_orders(&self) -> Option<Orders> {
        if !self.news.swap(false, Ordering::AcqRel) {
            return None;
        }
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Orders { deadline: orders.deadline, abort: orders.abort.take(), close: orders.close })
    }

    /// The peer has asked for the bootstrap object.
    pub(crate) fn bootstrapped(&self) {
        if !self.bootstrapped.swap(true, Ordering::AcqRel) {
            self.bootstrap.notify_waiters();
        }
    }

    pub(crate) fn ended(&self, ending: Ending) {
        self.ending.send_if_modified(|slot| {
            let first = slot.is_none();
            slot.get_or_insert(ending);
            first
        });
    }

    fn order(&self, change: impl FnOnce(&mut Orders)) {
        change(&mut self.orders.lock().unwrap_or_else(PoisonError::into_inner));
        self.news.store(true, Ordering::Release);
        self.waker.wake();
    }
}

/// A connection as its owner sees it: to watch, to hurry and to end it. `Send + Sync`.
///
/// Dropping it does nothing to the connection.
#[derive(Clone)]
pub struct ConnectionHandle {
    control: Arc<Control>,
}

impl ConnectionHandle {
    pub(crate) fn new(control: Arc<Control>) -> Self {
        Self { control }
    }

    /// Ends the connection at that time with `unauthenticated`, unless the deadline is moved or lifted first.
    pub fn set_deadline(&self, deadline: Option<Instant>) {
        self.control.order(|orders| orders.deadline = deadline);
    }

    /// Tells the peer why and ends the connection. What was queued and not begun is not sent.
    pub fn abort(&self, denial: Denial) {
        self.control.order(|orders| orders.abort = Some(denial));
    }

    /// Ends the connection once what is queued has been sent, or the drain time is over.
    pub fn close(&self) {
        self.control.order(|orders| orders.close = true);
    }

    /// What it has cost so far.
    #[must_use]
    pub fn account(&self) -> Figures {
        self.control.account.figures()
    }

    /// Who is at the other end, as the transport knows it.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.control.peer
    }

    /// Waits until the peer has asked for the bootstrap object.
    pub async fn bootstrapped(&self) {
        let mut told = std::pin::pin!(self.control.bootstrap.notified());
        // On the list before the look, so that one of the two sees the other.
        told.as_mut().enable();
        if !self.control.bootstrapped.load(Ordering::Acquire) {
            told.await;
        }
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        self.control.ending.borrow().clone()
    }

    /// Waits for the end.
    pub async fn closed(&self) -> Ending {
        let mut ending = self.control.ending.subscribe();
        match ending.wait_for(Option::is_some).await {
            Ok(ending) => ending.clone().unwrap_or(Ending::Lost),
            Err(_) => Ending::Lost,
        }
    }
}

impl fmt::Debug for ConnectionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionHandle").field("peer", &self.control.peer).finish_non_exhaustive()
    }
}

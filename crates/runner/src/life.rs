//! One life of a service: from the moment that it is ready until its process is gone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use capos_membrane::Liveness;
use capos_schema::Code;
use capos_schema::service_capnp::Disclosure;
use tokio::sync::{Notify, watch};

use crate::opening::SessionKey;
use crate::share::Share;
use crate::socket::Connector;

/// A lock whose data is whole even if another holder panicked.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A service that runs, from any thread.
pub(crate) struct Life {
    /// Names it among all runs.
    pub(crate) number: u64,
    pub(crate) connector: Arc<Connector>,
    pub(crate) wants: Vec<Disclosure>,
    /// The rest of its graph is up, or given up.
    pub(crate) settled: watch::Sender<bool>,
    pub(crate) over: watch::Sender<bool>,
    pub(crate) complaints: Complaints,
    /// That it refuses facets is in its log once: clients cannot fill that by asking again.
    has_refused: AtomicBool,
    seats: Mutex<Vec<Weak<Seated>>>,
}

impl Life {
    pub(crate) fn new(number: u64, connector: Arc<Connector>, wants: Vec<Disclosure>) -> Arc<Self> {
        Arc::new(Self {
            number,
            connector,
            wants,
            settled: watch::channel(false).0,
            over: watch::channel(false).0,
            complaints: Complaints::default(),
            has_refused: AtomicBool::new(false),
            seats: Mutex::default(),
        })
    }

    /// Takes somebody in, to be told of the end.
    pub(crate) fn seat(&self, seated: &Arc<Seated>) {
        {
            let mut seats = locked(&self.seats);
            if seats.len() == seats.capacity() {
                seats.retain(|seat| seat.strong_count() > 0);
            }
            seats.push(Arc::downgrade(seated));
        }
        // An end that ran before the push has not seen this seat.
        if *self.over.borrow() {
            seated.end();
        }
    }

    /// Whether this is the first facet that it refuses.
    pub(crate) fn refuses_first(&self) -> bool {
        !self.has_refused.swap(true, Ordering::Relaxed)
    }

    /// Who holds facets of it.
    pub(crate) fn seated(&self) -> Vec<Arc<Seated>> {
        let seats = locked(&self.seats);
        seats.iter().filter_map(Weak::upgrade).filter(|seated| seated.standing.is_live()).collect()
    }

    /// The process is gone.
    pub(crate) fn end(&self) {
        self.over.send_replace(true);
        let seats: Vec<_> = locked(&self.seats).drain(..).collect();
        seats.iter().filter_map(Weak::upgrade).for_each(|seated| seated.end());
    }
}

/// What vat threads have to say against a process, to whoever watches it.
#[derive(Default)]
pub(crate) struct Complaints {
    said: Mutex<Option<String>>,
    told: Notify,
}

impl Complaints {
    pub(crate) fn say(&self, what: String) {
        locked(&self.said).get_or_insert(what);
        self.told.notify_one();
    }

    pub(crate) async fn next(&self) -> String {
        loop {
            if let Some(said) = locked(&self.said).take() {
                return said;
            }
            self.told.notified().await;
        }
    }
}

/// One facet's place at a service.
pub(crate) struct Seated {
    pub(crate) session: SessionKey,
    pub(crate) standing: Liveness,
    /// Kept, so that all facets of a session draw on one share.
    #[expect(dead_code, reason = "it is for its life")]
    pub(crate) share: Arc<Share>,
}

impl Seated {
    /// What it sits at has gone.
    pub(crate) fn end(&self) {
        // Nobody waits here: each vat thread hears of it in its own time, and the connection is gone anyway.
        drop(self.standing.end(Code::ServiceUnavailable));
    }
}

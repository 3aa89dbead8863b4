//! A vat thread's own connections to services, and its sessions' shares of them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use capos_rpc::{ConnectionHandle, Ending};
use capos_schema::Code;
use capos_schema::service_capnp::service;
use tokio::sync::Mutex;

use crate::core::{Core, PostKey};
use crate::inflow::Inflow;
use crate::life::{Life, Seated};
use crate::opening::SessionKey;
use crate::process::connect;
use crate::share::Share;

thread_local! {
    /// By the runner and the post.
    static DESKS: RefCell<HashMap<(u64, PostKey), Rc<Desk>>> = RefCell::default();
}

/// What one vat thread has of one post.
pub(crate) struct Desk {
    pub(crate) all: Share,
    /// What the service asks of all sessions: its unanswered callbacks count against the connection, too.
    pub(crate) back: Share,
    pub(crate) inflow: Rc<Inflow>,
    shares: RefCell<HashMap<SessionKey, Weak<Share>>>,
    link: Mutex<Option<Link>>,
}

/// One connection.
#[derive(Clone)]
pub(crate) struct Link {
    life: u64,
    pub(crate) service: service::Client,
    connection: ConnectionHandle,
    seats: Rc<RefCell<Vec<Weak<Seated>>>>,
}

impl Desk {
    /// The current thread's desk for a post.
    pub(crate) fn of(core: &Core, key: &PostKey) -> Rc<Desk> {
        DESKS.with_borrow_mut(|desks| {
            let key = (core.number, key.clone());
            if let Some(desk) = desks.get(&key) {
                return desk.clone();
            }
            if desks.len() == desks.capacity() {
                desks.retain(|_, desk| desk.is_used());
            }
            let all = Share::of_all(&core.settings.limits);
            let inflow = Rc::new(Inflow::new(&core.settings.limits));
            let back = Share::of_all(&core.settings.limits);
            let desk = Rc::new(Desk { all, back, inflow, shares: RefCell::default(), link: Mutex::default() });
            desks.insert(key, desk.clone());
            desk
        })
    }

    fn is_used(&self) -> bool {
        let linked = |link: &Option<Link>| link.as_ref().is_some_and(|link| link.connection.ending().is_none());
        self.shares.borrow().values().any(|share| share.strong_count() > 0)
            || Rc::strong_count(&self.inflow) > 1
            || self.link.try_lock().map_or(true, |link| linked(&link))
    }

    /// One session's share, for as long as somebody keeps it.
    pub(crate) fn share(&self, core: &Core, session: SessionKey) -> Arc<Share> {
        let mut shares = self.shares.borrow_mut();
        if let Some(share) = shares.get(&session).and_then(Weak::upgrade) {
            return share;
        }
        if shares.len() == shares.capacity() {
            shares.retain(|_, share| share.strong_count() > 0);
        }
        let share = Arc::new(Share::of_session(&core.settings.limits));
        shares.insert(session, Arc::downgrade(&share));
        share
    }

    /// The connection to a life: the one there is, or a new one.
    pub(crate) async fn link(&self, core: &Core, life: &Arc<Life>) -> std::io::Result<Link> {
        let mut link = self.link.lock().await;
        if let Some(link) = link.as_ref()
            && link.life == life.number
            && link.connection.ending().is_none()
        {
            return Ok(link.clone());
        }
        let (service, connection) = connect(&life.connector, &core.settings.limits.connection()).await?;
        let fresh = Link { life: life.number, service, connection, seats: Rc::default() };
        self.inflow.goes_to(&fresh.connection);
        tokio::task::spawn_local(fresh.clone().attend(life.clone()));
        *link = Some(fresh.clone());
        Ok(fresh)
    }
}

impl Link {
    /// Takes in a facet that is reached over it.
    pub(crate) fn seat(&self, seated: &Arc<Seated>) {
        let mut seats = self.seats.borrow_mut();
        if seats.len() == seats.capacity() {
            seats.retain(|seat| seat.strong_count() > 0);
        }
        seats.push(Arc::downgrade(seated));
        drop(seats);
        if self.connection.ending().is_some() {
            seated.end();
        }
    }

    /// Ends with the life, and ends the facets when the connection does.
    async fn attend(self, life: Arc<Life>) {
        let Self { connection, seats, service, .. } = self;
        // The connection lasts as long as its owner wants it, not as long as this.
        drop(service);
        let mut over = life.over.subscribe();
        let ending = tokio::select! {
            ending = connection.closed() => ending,
            _ = over.wait_for(|over| *over) => {
                // Something that the process left behind may still hold the other end.
                connection.abort(Code::ServiceUnavailable.into());
                connection.closed().await
            }
        };
        if let Ending::Denied(denial) = ending
            && !*over.borrow()
        {
            life.complaints.say(format!("it broke a rule of its connection: {}", denial.sentence));
        }
        seats.take().iter().filter_map(Weak::upgrade).for_each(|seated| seated.end());
    }
}

//! Changes of what services are, for whoever shows it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::life::locked;
use crate::opening::SessionKey;

/// Tells that services may be otherwise to a session than they were: one has come up, gone, or was given up, or their
/// profiles have changed.
#[derive(Debug)]
pub struct Changes {
    all: watch::Receiver<u64>,
    own: watch::Receiver<u64>,
}

impl Changes {
    /// Waits for the next change; those since the last wait are one. It waits for ever once nothing can change any
    /// more.
    pub async fn next(&mut self) {
        tokio::select! {
            Ok(()) = self.all.changed() => {}
            Ok(()) = self.own.changed() => {}
            else => std::future::pending().await,
        }
    }
}

/// Where changes are told.
#[derive(Clone, Default)]
pub(crate) struct News(Arc<Told>);

#[derive(Default)]
struct Told {
    all: watch::Sender<u64>,
    /// A session's own processes are no other one's news.
    own: Mutex<HashMap<SessionKey, watch::Sender<u64>>>,
}

impl News {
    /// Tells those whom a graph of this session, or of all, concerns.
    pub(crate) fn tell(&self, session: Option<&SessionKey>) {
        let one_more = |count: &mut u64| *count = count.wrapping_add(1);
        match session {
            None => self.0.all.send_modify(one_more),
            Some(session) => {
                if let Some(own) = locked(&self.0.own).get(session) {
                    own.send_modify(one_more);
                }
            }
        }
    }

    pub(crate) fn follow(&self, session: &SessionKey) -> Changes {
        let own = locked(&self.0.own).entry(*session).or_default().subscribe();
        Changes { all: self.0.all.subscribe(), own }
    }

    /// A session is over.
    pub(crate) fn forget(&self, session: &SessionKey) {
        locked(&self.0.own).remove(session);
    }
}

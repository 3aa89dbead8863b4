//! One list of recordings: what one grant gives, for as long as windows look at it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use capos_schema::recordings_capnp::recordings;
use hyper::StatusCode;
use tokio::time::{Instant, timeout};

use super::list::{List, Listed, RecordingView, read};
use crate::workspace::areas::terminals::TerminalLimits;
use crate::workspace::board::Audience;
use crate::workspace::desk::Core;
use crate::workspace::problem::Problem;
use crate::workspace::view::Key;

/// A list, and the grant that gives it.
pub(super) struct Shelf {
    core: Rc<Core>,
    limits: TerminalLimits,
    /// What windows call it by.
    topic: &'static str,
    audience: Audience,
    /// How often it is read while a window looks at it, where that is not to be asked for.
    every: Option<Duration>,
    grant: RefCell<Option<String>>,
    list: RefCell<List>,
    /// How many of them windows want to see.
    most: Cell<u32>,
    /// When it was read last; nothing where nobody has looked at it lately, or something was done.
    read: Cell<Option<Instant>>,
}

impl Shelf {
    pub(super) fn new(
        core: &Rc<Core>,
        limits: &TerminalLimits,
        (topic, audience): (&'static str, Audience),
        every: Option<Duration>,
    ) -> Self {
        Self {
            core: core.clone(),
            limits: limits.clone(),
            topic,
            audience,
            every,
            grant: RefCell::default(),
            list: RefCell::default(),
            most: Cell::new(limits.recordings),
            read: Cell::default(),
        }
    }

    /// It is given by that grant from now on, or by none.
    pub(super) fn stand(&self, grant: Option<String>) {
        let is_granted = grant.is_some();
        self.grant.replace(grant);
        if is_granted {
            return self.show();
        }
        self.list.replace(List::default());
        self.core.board.remove(self.topic);
    }

    pub(super) fn is_granted(&self) -> bool {
        self.grant.borrow().is_some()
    }

    pub(super) fn is_wanted(&self, wanted: &BTreeSet<String>) -> bool {
        self.is_granted() && wanted.contains(self.topic)
    }

    fn show(&self) {
        let view = self.list.borrow().view();
        match self.audience {
            Audience::All => self.core.board.put(self.topic, view),
            Audience::Wanting => self.core.board.put_wanted(self.topic, &view),
        }
    }

    /// What was done to it shows soon.
    pub(super) fn changed(&self) {
        self.read.set(None);
    }

    /// Reads it, where a window looks at it and it is time.
    pub(super) async fn attend(&self, wanted: &BTreeSet<String>) {
        let now = Instant::now();
        if !self.is_wanted(wanted) {
            return self.changed();
        }
        let is_read = |read: Instant| self.every.is_none_or(|every| now < read + every);
        if self.read.get().is_some_and(is_read) {
            return;
        }
        self.read.set(Some(now));
        let asked = timeout(self.limits.answer_time, self.ask()).await;
        self.list.borrow_mut().learn(asked.unwrap_or_else(|_| Err(silent())));
        // It may not be granted any more meanwhile.
        if self.is_granted() {
            self.show();
        }
    }

    async fn ask(&self) -> Result<(Vec<Listed>, bool), Problem> {
        let (client, keys) = (self.client().await?, self.list.borrow().keys());
        let most = usize::try_from(self.most.get()).unwrap_or(usize::MAX);
        read(&client, self.limits.recordings, most, &keys).await.map_err(|error| self.judge(&error))
    }

    pub(super) async fn client(&self) -> Result<recordings::Client, Problem> {
        let grant = self.grant.borrow().clone();
        let grant = grant.ok_or_else(|| Problem::not_found("This session has no recordings."))?;
        Ok(self.core.session.get_as(&grant).await?)
    }

    fn judge(&self, error: &capnp::Error) -> Problem {
        Problem::from(self.core.session.judge("recordings", error))
    }

    /// One that is listed, with its name at the node.
    pub(super) fn find(&self, key: Key) -> Option<(String, RecordingView)> {
        let list = self.list.borrow();
        let found = list.listed.iter().find(|listed| listed.view.key == key)?;
        Some((found.id.clone(), found.view.clone()))
    }

    pub(super) async fn remove(&self, key: Key, id: &str) -> Result<(), Problem> {
        let mut request = self.client().await?.remove_request();
        request.get().set_id(id);
        request.send().promise.await.map_err(|error| self.judge(&error))?;
        self.list.borrow_mut().listed.retain(|listed| listed.view.key != key);
        self.show();
        self.changed();
        Ok(())
    }

    /// Windows want to see older ones, too.
    pub(super) fn more(&self) {
        self.most.set(self.most.get().saturating_add(self.limits.recordings));
        self.changed();
    }
}

fn silent() -> Problem {
    Problem::new(
        StatusCode::GATEWAY_TIMEOUT,
        "serviceUnavailable",
        "The node does not say which recordings there are.",
        "Refresh the list to ask it again.",
    )
}

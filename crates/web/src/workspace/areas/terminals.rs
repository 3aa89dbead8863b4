//! Terminals: what is open, what they show, and what is typed into them.
//!
//! The list is asked for while a window shows it, and a terminal is looked at while a window wants its topic.

mod commands;
mod limits;
mod lines;
mod list;
pub(super) mod screen;
mod showing;
mod typing;
mod viewer;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};

use capnp::traits::HasTypeId as _;
use capos_schema::terminals_capnp::terminals;
use futures::future::LocalBoxFuture;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use super::running::Running;
use crate::workspace::command::{Command, Outcome};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use crate::workspace::view::Key;
pub(super) use limits::TerminalLimits;
pub(super) use lines::frame_of;
use list::{Kept, List};
use showing::Showing;

/// What windows call the list by.
const TOPIC: &str = "terminals";

/// The terminals of a session.
pub(super) struct TerminalsArea {
    core: Rc<Core>,
    limits: TerminalLimits,
    /// The grant that gives them, by its name.
    grant: RefCell<Option<String>>,
    /// The same as an object, once it was needed; none after it failed.
    object: RefCell<Option<terminals::Client>>,
    list: RefCell<List>,
    /// Says that the list is to be looked at again.
    stale: Rc<Notify>,
    watching: RefCell<Option<Running>>,
    /// What was asked last has not been answered yet.
    asking: Cell<bool>,
}

impl TerminalsArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        Rc::new(Self {
            core: core.clone(),
            limits: TerminalLimits::default(),
            grant: RefCell::default(),
            object: RefCell::default(),
            list: RefCell::default(),
            stale: Rc::new(Notify::new()),
            watching: RefCell::default(),
            asking: Cell::new(false),
        })
    }

    /// The object that opens and lists.
    async fn terminals(&self) -> Result<terminals::Client, Problem> {
        if let Some(object) = &*self.object.borrow() {
            return Ok(object.clone());
        }
        let grant = self.grant.borrow().clone();
        let grant = grant.ok_or_else(|| Problem::not_found("This session has no terminals."))?;
        let object: terminals::Client = self.core.session.get_as(&grant).await?;
        self.object.replace(Some(object.clone()));
        Ok(object)
    }

    /// What an exception means. The object is taken anew after one: its service may have been started again.
    fn judge(&self, error: &capnp::Error) -> Problem {
        self.object.replace(None);
        Problem::from(self.core.session.judge("terminal", error))
    }

    fn show_list(&self) {
        self.core.board.put(TOPIC, self.list.borrow().shown());
    }

    /// Looks for what is open and tells the windows.
    async fn look_anew(&self) {
        if self.asking.replace(true) {
            return;
        }
        let asked = timeout(self.limits.answer_time, self.ask()).await;
        self.asking.set(false);
        match asked {
            Ok(Ok(infos)) => self.list.borrow_mut().learn(&infos, self.limits.terminals),
            Ok(Err(problem)) => self.list.borrow_mut().trouble = Some(problem),
            Err(_) => self.list.borrow_mut().trouble = Some(silent()),
        }
        // It may not be granted any more meanwhile.
        if self.grant.borrow().is_some() {
            self.show_list();
        }
    }

    async fn ask(&self) -> Result<Vec<list::Info>, Problem> {
        let terminals = self.terminals().await?;
        let answer = terminals.list_request().send().promise.await.map_err(|error| self.judge(&error))?;
        let read = || answer.get()?.get_terminals()?.iter().map(list::Info::read).collect::<Result<Vec<_>, _>>();
        read().map_err(|error: capnp::Error| self.judge(&error))
    }

    /// Looks at those terminals that a window wants to see, and at no other.
    fn attend(self: &Rc<Self>, wanted: &BTreeSet<String>) {
        for kept in self.list.borrow().all() {
            let is_wanted = kept.is_there() && wanted.contains(&kept.topic());
            let mut showing = kept.showing.borrow_mut();
            match (is_wanted, showing.is_some()) {
                (true, false) => *showing = Some(Showing::start(self, kept)),
                (false, true) => *showing = None,
                _ => {}
            }
        }
    }

    fn find(&self, key: Key) -> Result<Rc<Kept>, Problem> {
        let found = self.list.borrow().all().find(|kept| kept.key == key).cloned();
        found.ok_or_else(|| Problem::not_found("This terminal is not there any more."))
    }

    fn granted(self: &Rc<Self>, name: String) {
        if self.grant.borrow().as_ref() != Some(&name) {
            self.object.replace(None);
            self.grant.replace(Some(name));
        }
        self.show_list();
        let mut watching = self.watching.borrow_mut();
        if watching.is_none() {
            let work = watch_windows(Rc::downgrade(self), self.core.board.wanted(), self.stale.clone());
            *watching = Some(Running::start(work));
        }
    }

    fn taken_away(&self) {
        self.grant.replace(None);
        self.object.replace(None);
        self.watching.replace(None);
        self.list.replace(List::default());
        self.core.board.remove(TOPIC);
    }
}

/// Follows what windows want, for as long as the area is there.
async fn watch_windows(area: Weak<TerminalsArea>, mut wanted: watch::Receiver<BTreeSet<String>>, stale: Rc<Notify>) {
    loop {
        let topics = wanted.borrow_and_update().clone();
        let is_shown = topics.contains(TOPIC);
        let pause = {
            let Some(area) = area.upgrade() else { return };
            area.attend(&topics);
            if is_shown {
                area.look_anew().await;
                // Those that were not known before.
                area.attend(&topics);
            }
            area.limits.list_time
        };
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { return },
            () = stale.notified() => {}
            () = sleep(pause), if is_shown => {}
        }
    }
}

fn silent() -> Problem {
    Problem::new(
        hyper::StatusCode::GATEWAY_TIMEOUT,
        "serviceUnavailable",
        "The service of the terminals does not answer.",
        "It is asked again in a while.",
    )
}

impl Area for TerminalsArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(commands::act(self, command))
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            match self.core.grant_of(terminals::Client::TYPE_ID) {
                Some(grant) => self.granted(grant.name),
                None => self.taken_away(),
            }
        })
    }
}

//! Chat: channels, talks with one other, and what is said there.
//!
//! The session's seat is taken when a window first looks at the chat, and kept from then on, so that what is said is
//! counted whether or not anybody looks. Where no window is open any more, the session leaves, and comes back with the
//! next one. Where the service goes away, it is waited for; then the seat is taken anew, and
//! the channels are joined where the session was before.

mod absence;
mod acts;
mod entering;
mod keeping;
mod numbers;
mod order;
mod seat;
mod talk;
mod talks;
mod view;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use capnp::traits::HasTypeId as _;
use capos_schema::chat_capnp::{chat, chat_moderation};
use futures::future::LocalBoxFuture;
use hyper::StatusCode;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::given_back::GivenBack;
use super::moment::now_ms;
use super::running::Running;
use crate::workspace::command::{Command, Outcome};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use keeping::{away, keep};
use seat::{Event, Kind, Listed, Seat};
use talks::Talks;
use view::{ChatState, ChatView};

/// What stands before every topic of a conversation.
const TOPICS: &str = "chat/";
/// Between two tellings of the list of conversations.
const SOON: Duration = Duration::from_millis(40);
/// Messages of one page of history.
const PAGE: u16 = 100;

/// Whether there is a seat.
#[derive(Clone)]
enum Phase {
    Idle,
    Coming,
    Here(Rc<Seat>),
    Away(Problem),
    Taken,
    Gone(Problem),
}

/// The chat of this session.
pub(super) struct ChatArea {
    me: Weak<Self>,
    core: Rc<Core>,
    talks: RefCell<Talks>,
    phase: watch::Sender<Phase>,
    /// Keeps the seat.
    keeper: RefCell<Option<Running>>,
    /// Notices when a window looks at the chat.
    watcher: RefCell<Option<Running>>,
    /// Notices when no window is open.
    follower: RefCell<Option<Running>>,
    /// It has left because no window was open, and comes back with one.
    is_absent: Cell<bool>,
    /// The list of channels is to be read again.
    again: Rc<Notify>,
    /// Something was told.
    told: Notify,
    /// A telling of the list is due.
    due: Cell<bool>,
    given_back: Rc<GivenBack>,
}

impl ChatArea {
    pub(super) fn new(core: &Rc<Core>, given_back: &Rc<GivenBack>) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            core: core.clone(),
            talks: RefCell::new(Talks::new(&core.board, &core.limits)),
            phase: watch::Sender::new(Phase::Idle),
            keeper: RefCell::default(),
            watcher: RefCell::default(),
            follower: RefCell::default(),
            is_absent: Cell::default(),
            again: Rc::default(),
            told: Notify::new(),
            due: Cell::default(),
            given_back: given_back.clone(),
        })
    }

    /// The seat, as soon as there is one.
    async fn seat(&self) -> Result<Rc<Seat>, Problem> {
        self.start();
        let mut changes = self.phase.subscribe();
        loop {
            match changes.borrow_and_update().clone() {
                Phase::Here(seat) => return Ok(seat),
                Phase::Away(problem) | Phase::Gone(problem) => return Err(problem),
                Phase::Taken => return Err(taken()),
                Phase::Idle | Phase::Coming => {}
            }
            changes.changed().await.map_err(|_| away())?;
        }
    }

    /// Has the seat kept from now on.
    fn start(&self) {
        if matches!(&*self.phase.borrow(), Phase::Here(_) | Phase::Coming | Phase::Away(_)) {
            return;
        }
        self.turn(Phase::Coming);
        self.keeper.replace(Some(Running::start(keep(self.me.clone()))));
    }

    fn turn(&self, phase: Phase) {
        self.phase.send_replace(phase);
        self.show();
    }

    fn tell(&self, events: &[Event], missed: u32) {
        // Of its own leaving it needs no word: it comes back to where it was.
        if self.is_absent.get() {
            return;
        }
        self.talks.borrow_mut().tell(events, missed, now_ms());
        if events.iter().any(|event| matches!(event.kind, Kind::Joined | Kind::Left | Kind::System)) {
            self.again.notify_one();
        }
        self.told.notify_waiters();
        self.show_soon();
    }

    /// Many messages make one new list.
    fn show_soon(&self) {
        if self.due.replace(true) {
            return;
        }
        let area = self.me.clone();
        tokio::task::spawn_local(async move {
            sleep(SOON).await;
            if let Some(area) = area.upgrade() {
                area.show();
            }
        });
    }

    fn show(&self) {
        self.due.set(false);
        if self.core.grant_of(chat::Client::TYPE_ID).is_none() {
            return self.core.board.remove("chat");
        }
        let (state, problem) = match &*self.phase.borrow() {
            Phase::Idle => (ChatState::Idle, None),
            Phase::Coming => (ChatState::Coming, None),
            Phase::Here(_) => (ChatState::Here, None),
            Phase::Away(problem) => (ChatState::Away, Some(problem.clone())),
            Phase::Taken => (ChatState::Taken, Some(taken())),
            Phase::Gone(problem) => (ChatState::Gone, Some(problem.clone())),
        };
        let moderates = self.core.grant_of(chat_moderation::Client::TYPE_ID).is_some();
        let talks = self.talks.borrow().rows();
        self.core.board.put("chat", ChatView { state, problem, moderates, talks });
    }

    fn list(&self, listed: Vec<Listed>) {
        self.talks.borrow_mut().list(listed);
        self.show();
    }

    fn is_looked_at(&self) -> bool {
        self.core.board.wanted().borrow().iter().any(|topic| topic.starts_with(TOPICS))
    }

    fn watch(&self) {
        if self.watcher.borrow().is_some() {
            return;
        }
        let (area, mut wanted) = (self.me.clone(), self.core.board.wanted());
        let watching = async move {
            loop {
                let is_wanted = wanted.borrow_and_update().iter().any(|topic| topic.starts_with(TOPICS));
                let Some(area) = area.upgrade() else { return };
                if is_wanted {
                    area.look_in();
                }
                drop(area);
                if wanted.changed().await.is_err() {
                    return;
                }
            }
        };
        self.watcher.replace(Some(Running::start(watching)));
        let following =
            absence::follow(self.me.clone(), self.core.board.attended(), self.core.limits.chat_absence_time);
        self.follower.replace(Some(Running::start(following)));
    }

    /// A window looks at the chat.
    fn look_in(&self) {
        let is_idle = matches!(&*self.phase.borrow(), Phase::Idle);
        if is_idle && self.core.grant_of(chat::Client::TYPE_ID).is_some() {
            self.start();
        } else {
            self.again.notify_one();
        }
    }

    /// The grant is gone, and everything with it.
    fn leave(&self) {
        self.keeper.take();
        self.is_absent.set(false);
        self.talks.replace(Talks::new(&self.core.board, &self.core.limits));
        self.turn(Phase::Idle);
    }
}

fn taken() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "taken",
        "Something else of this session is told now what happens in the chat.",
        "Take it over here, or sign in once more for a seat of its own.",
    )
}

impl Area for ChatArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move { self.take(&command).await })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            if self.core.grant_of(chat::Client::TYPE_ID).is_none() {
                return self.leave();
            }
            self.show();
            self.watch();
            if self.is_looked_at() {
                self.look_in();
            }
        })
    }
}

//! Chat: channels, talks with one other, and what is said there.
//!
//! The session's seat is taken when a window first looks at the chat, and kept from then on, so that what is said is
//! counted whether or not anybody looks. Where the service goes away, it is waited for; then the seat is taken anew, and
//! the channels are joined where the session was before.

mod acts;
mod numbers;
mod order;
mod seat;
mod talk;
mod talks;
mod view;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use capnp::traits::HasTypeId as _;
use capos_schema::chat_capnp::{chat, chat_moderation};
use futures::future::LocalBoxFuture;
use hyper::StatusCode;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use super::given_back::GivenBack;
use crate::workspace::command::{Command, Outcome};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use seat::{Event, Kind, Listed, Page, Seat};
use talks::Talks;
use view::{ChatState, ChatView};

/// What stands before every topic of a conversation.
const TOPICS: &str = "chat/";
/// The first wait before a chat that has gone away is tried again; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Whoever stops being told sooner than this was pushed aside, and would be again.
const PUSHED_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks at the list of channels, and between two tellings of it.
const PACE: Duration = Duration::from_millis(250);
const SOON: Duration = Duration::from_millis(40);
/// How long the chat may take to tell that the session has come in.
const ARRIVAL: Duration = Duration::from_secs(2);
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
    keeper: RefCell<Option<AbortHandle>>,
    /// Notices when a window looks at the chat.
    watcher: RefCell<Option<AbortHandle>>,
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
        let task = tokio::task::spawn_local(keep(self.me.clone()));
        if let Some(before) = self.keeper.replace(Some(task.abort_handle())) {
            before.abort();
        }
    }

    fn turn(&self, phase: Phase) {
        self.phase.send_replace(phase);
        self.show();
    }

    /// Takes a seat, and joins where the session was before.
    async fn sit(&self) -> Result<(Rc<Seat>, oneshot::Receiver<()>), Problem> {
        let entry = self.core.grant_of(chat::Client::TYPE_ID);
        let entry = entry.ok_or_else(|| Problem::not_found("The chat is not granted to this session any more."))?;
        self.given_back.take(&entry.name);
        let area = self.me.clone();
        let tell = move |events: Vec<Event>, missed| {
            if let Some(area) = area.upgrade() {
                area.tell(&events, missed);
            }
        };
        let (seat, ended) = Seat::take(&self.core.session, &entry.name, Rc::new(tell)).await?;
        let before: Vec<(String, String)> = {
            let talks = self.talks.borrow();
            let joined = talks.all.iter().filter(|talk| talk.joined && !talk.is_direct);
            joined.map(|talk| (talk.name.clone(), talk.own.as_str().to_owned())).collect()
        };
        for (channel, own) in before {
            self.come_again(&seat, &channel, &own).await?;
        }
        Ok((Rc::new(seat), ended))
    }

    async fn come_again(&self, seat: &Seat, channel: &str, own: &str) -> Result<(), Problem> {
        let is_in = self.come_in(seat, channel, own).await? || self.come_in(seat, channel, "").await?;
        let mut talks = self.talks.borrow_mut();
        if let Some(talk) = talks.find(channel, false) {
            let words = if is_in {
                "The chat was away and is back; you are here again."
            } else {
                talk.joined = false;
                "The chat was away and is back, and did not let you in again. Join to try once more."
            };
            talk.note(words, now_ms());
        }
        Ok(())
    }

    /// Enters a channel that has a conversation, and shows what was said before. Whether the chat lets the session in.
    async fn come_in(&self, seat: &Seat, channel: &str, handle: &str) -> Result<bool, Problem> {
        let with = |deed: &dyn Fn(&mut talk::Talk)| {
            if let Some(talk) = self.talks.borrow_mut().find(channel, false) {
                deed(talk);
            }
        };
        with(&|talk| talk.arrive());
        let (joined, page) = (seat.join(channel, handle), seat.history(channel, 0, PAGE));
        let (joined, page) = futures::join!(joined, page);
        if !matches!(joined, Ok(true)) {
            with(&|talk| talk.stay_out());
            return joined;
        }
        // Without history, there is what is said from now on.
        let page: Page = page.unwrap_or_default();
        with(&|talk| talk.begin(page.clone()));
        if timeout(ARRIVAL, self.arrived(channel)).await.is_err() {
            with(&|talk| talk.arrive_untold());
        }
        self.read_members(seat, channel).await;
        self.again.notify_one();
        Ok(true)
    }

    async fn arrived(&self, channel: &str) {
        loop {
            let told = self.told.notified();
            if !self.talks.borrow_mut().find(channel, false).is_some_and(|talk| talk.is_arriving()) {
                return;
            }
            told.await;
        }
    }

    /// Where that is refused, the list is what was told.
    async fn read_members(&self, seat: &Seat, channel: &str) {
        let most = self.core.limits.chat_members;
        let members = match self.moderation().await {
            Some(moderation) => moderation.members(channel, most).await,
            None => seat.who(channel, most).await.map(|handles| {
                let member = |handle| view::MemberView { handle, muted_until_ms: None };
                handles.into_iter().map(member).collect()
            }),
        };
        let Ok(mut members) = members else { return };
        members.sort_by(|one, other| one.handle.cmp(&other.handle));
        if let Some(talk) = self.talks.borrow_mut().find(channel, false) {
            talk.present(members);
        }
    }

    async fn moderation(&self) -> Option<order::Moderation> {
        let entry = self.core.grant_of(chat_moderation::Client::TYPE_ID)?;
        let client = self.core.session.get_as(&entry.name).await.ok()?;
        Some(order::Moderation { client, session: self.core.session.clone() })
    }

    fn tell(&self, events: &[Event], missed: u32) {
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
        let task = tokio::task::spawn_local(async move {
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
        });
        self.watcher.replace(Some(task.abort_handle()));
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
        if let Some(keeper) = self.keeper.take() {
            keeper.abort();
        }
        self.talks.replace(Talks::new(&self.core.board, &self.core.limits));
        self.turn(Phase::Idle);
    }
}

/// Keeps the seat for as long as there is the chat, and the area.
async fn keep(area: Weak<ChatArea>) {
    let mut wait = FIRST_WAIT;
    loop {
        let Some(here) = area.upgrade() else { return };
        match here.sit().await {
            Ok((seat, ended)) => {
                wait = FIRST_WAIT;
                let since = Instant::now();
                here.turn(Phase::Here(seat.clone()));
                drop(here);
                attend(&area, &seat, ended).await;
                let Some(here) = area.upgrade() else { return };
                if !here.lost(&seat, since).await {
                    return;
                }
            }
            Err(problem) if is_the_end(&problem) => return here.turn(Phase::Gone(problem)),
            Err(_) => here.turn(Phase::Away(away())),
        }
        sleep(wait).await;
        let longest = area.upgrade().map_or(wait, |area| area.core.limits.chat_retry_time);
        wait = (wait * 2).min(longest);
    }
}

/// Keeps the list of channels up to date until nobody is told anything any more.
async fn attend(area: &Weak<ChatArea>, seat: &Rc<Seat>, mut ended: oneshot::Receiver<()>) {
    loop {
        let Some(here) = area.upgrade() else { return };
        if let Ok(listed) = seat.channels().await {
            here.list(listed);
        }
        let (again, look_time, is_looked_at) =
            (here.again.clone(), here.core.limits.chat_look_time, here.is_looked_at());
        drop(here);
        if timeout(PACE, &mut ended).await.is_ok() {
            return;
        }
        tokio::select! {
            _ = &mut ended => return,
            () = again.notified() => {}
            () = sleep(look_time), if is_looked_at => {}
        }
    }
}

impl ChatArea {
    /// Nobody tells this session anything any more. Whether to take a seat again.
    async fn lost(&self, seat: &Seat, since: Instant) -> bool {
        let grant = self.core.grant_of(chat::Client::TYPE_ID).map(|entry| entry.name);
        if grant.is_none_or(|name| self.given_back.take(&name)) {
            // Its person stopped it, and has it again by looking in.
            self.talks.replace(Talks::new(&self.core.board, &self.core.limits));
            self.turn(Phase::Idle);
            return false;
        }
        let answers = seat.channels().await.is_ok();
        if answers && since.elapsed() < PUSHED_WITHIN {
            self.turn(Phase::Taken);
            return false;
        }
        if !answers {
            let mut talks = self.talks.borrow_mut();
            for talk in talks.all.iter_mut().filter(|talk| talk.joined) {
                talk.note("The chat has gone away. It is waited for.", now_ms());
            }
            drop(talks);
            self.turn(Phase::Away(away()));
            // The list of services knows of it, too.
            self.core.look_again();
        }
        true
    }
}

/// Whether waiting does not help.
fn is_the_end(problem: &Problem) -> bool {
    let ends = [
        "staleSession",
        "revoked",
        "leaseExpired",
        "unknownCap",
        "interfaceMismatch",
        "methodDenied",
        "notFound",
        "gatewayDisconnected",
    ];
    ends.contains(&problem.code.as_str())
}

fn away() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "serviceUnavailable",
        "The chat has gone away for the moment.",
        "It is waited for, and goes on here by itself. What you typed is kept.",
    )
}

fn taken() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "taken",
        "Something else of this session is told now what happens in the chat.",
        "Take it over here, or sign in once more for a seat of its own.",
    )
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
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

impl Drop for ChatArea {
    fn drop(&mut self) {
        for task in [self.keeper.take(), self.watcher.take()].into_iter().flatten() {
            task.abort();
        }
    }
}

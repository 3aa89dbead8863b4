//! Recordings of terminals: what there is, and playing it.

mod pace;
mod player;
mod tape;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};

use capnp::traits::HasTypeId as _;
use capos_schema::recordings_capnp::{RecordingState, recording_info, recordings};
use futures::future::LocalBoxFuture;
use serde::Deserialize;
use tokio::sync::{Notify, watch};

use super::terminals::{Running, TerminalLimits};
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};
use player::{Order, Player};

/// What windows call the list by.
const TOPIC: &str = "recordings";
/// A person's own, where both those and everybody's are granted.
const OWN: &str = "recordings";

shown! {
    /// Recordings that this session may see.
    struct RecordingsView {
        /// Whether they have been asked for.
        known: bool,
        /// Why what is said may be old.
        trouble: Option<Problem>,
        /// The newest first.
        recordings: Vec<RecordingView>,
        /// Whether there are older ones.
        more: bool,
    }

    /// One recording.
    struct RecordingView {
        /// What windows call it by.
        key: Key,
        /// What the terminal was called.
        title: Text,
        /// What was opened.
        command: Text,
        /// Across, at the start.
        columns: u16,
        /// Down, at the start.
        rows: u16,
        /// When it began.
        started_at_ms: u64,
        /// How long it is.
        duration_ms: u64,
        /// How much it takes.
        bytes: u64,
        /// Whether it is whole.
        state: State,
        /// The program's status.
        exit_code: i32,
        /// The signal that ended the program; empty where none did.
        signal: Text,
        /// Whose terminal it was; empty for one's own.
        owner: Text,
    }

    /// Whether a recording is whole.
    words State {
        /// It is being made.
        Running,
        /// It has everything.
        Finished,
        /// It ends before the program did.
        Cut,
    }

    /// A recording that can be played now.
    struct Opened {
        /// What windows call the player by.
        replay: Key,
    }
}

/// A recording that is listed.
struct Listed {
    /// Its name at the node.
    id: String,
    view: RecordingView,
}

impl Listed {
    fn read(said: recording_info::Reader<'_>, known: &[Self]) -> Result<Self, capnp::Error> {
        let (id, size) = (said.get_id()?.to_str()?.to_owned(), said.get_size()?);
        let view = RecordingView {
            key: known.iter().find(|listed| listed.id == id).map_or_else(Key::new, |listed| listed.view.key),
            title: Text::line(said.get_title()?.to_str()?),
            command: Text::line(said.get_command()?.to_str()?),
            columns: size.get_columns(),
            rows: size.get_rows(),
            started_at_ms: said.get_started_at_ms(),
            duration_ms: said.get_duration_ms(),
            bytes: said.get_bytes(),
            state: match said.get_state() {
                Ok(RecordingState::Running) => State::Running,
                Ok(RecordingState::Finished) => State::Finished,
                _ => State::Cut,
            },
            exit_code: said.get_exit_code(),
            signal: Text::line(said.get_signal()?.to_str()?),
            owner: Text::line(said.get_owner()?.to_str()?),
        };
        Ok(Self { id, view })
    }
}

/// What is known of the list.
#[derive(Default)]
struct List {
    known: bool,
    trouble: Option<Problem>,
    listed: Vec<Listed>,
    more: bool,
}

/// The recordings of a session.
pub(super) struct RecordingsArea {
    core: Rc<Core>,
    limits: TerminalLimits,
    grant: RefCell<Option<String>>,
    list: RefCell<List>,
    /// How many of them windows want to see.
    most: Cell<u32>,
    players: RefCell<Vec<Player>>,
    stale: Rc<Notify>,
    watching: RefCell<Option<Running>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Which {
    recording: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Steer {
    replay: Key,
    order: Order,
}

impl RecordingsArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        let limits = TerminalLimits::default();
        Rc::new(Self {
            core: core.clone(),
            most: Cell::new(limits.recordings),
            limits,
            grant: RefCell::default(),
            list: RefCell::default(),
            players: RefCell::default(),
            stale: Rc::new(Notify::new()),
            watching: RefCell::default(),
        })
    }

    async fn shelf(&self) -> Result<recordings::Client, Problem> {
        let grant = self.grant.borrow().clone();
        let grant = grant.ok_or_else(|| Problem::not_found("This session has no recordings."))?;
        Ok(self.core.session.get_as(&grant).await?)
    }

    fn judge(&self, error: &capnp::Error) -> Problem {
        Problem::from(self.core.session.judge("recordings", error))
    }

    fn show_list(&self) {
        let list = self.list.borrow();
        let view = RecordingsView {
            known: list.known,
            trouble: list.trouble.clone(),
            recordings: list.listed.iter().map(|listed| listed.view.clone()).collect(),
            more: list.more,
        };
        self.core.board.put(TOPIC, view);
    }

    async fn look_anew(&self) {
        let asked = self.ask().await;
        {
            let mut list = self.list.borrow_mut();
            match asked {
                Ok((listed, more)) => *list = List { known: true, trouble: None, listed, more },
                Err(problem) => list.trouble = Some(problem),
            }
        }
        if self.grant.borrow().is_some() {
            self.show_list();
        }
    }

    /// As many as are wanted, and whether there are more.
    async fn ask(&self) -> Result<(Vec<Listed>, bool), Problem> {
        let shelf = self.shelf().await?;
        let (mut listed, mut cursor) = (Vec::new(), String::new());
        let most = usize::try_from(self.most.get()).unwrap_or(usize::MAX);
        // Each answer has at least one, or is the last.
        while listed.len() < most {
            let mut request = shelf.list_request();
            request.get().set_cursor(&*cursor);
            request.get().set_most(self.limits.recordings);
            let answer = request.send().promise.await.map_err(|error| self.judge(&error))?;
            let before = listed.len();
            cursor = self.page(&answer, &mut listed).map_err(|error| self.judge(&error))?;
            if cursor.is_empty() || listed.len() == before {
                return Ok((listed, false));
            }
        }
        listed.truncate(most);
        Ok((listed, true))
    }

    fn page(
        &self,
        answer: &capnp::capability::Response<recordings::list_results::Owned>,
        listed: &mut Vec<Listed>,
    ) -> Result<String, capnp::Error> {
        let (answer, known) = (answer.get()?, self.list.borrow());
        for said in answer.get_recordings()? {
            listed.push(Listed::read(said, &known.listed)?);
        }
        Ok(answer.get_cursor()?.to_str()?.to_owned())
    }

    fn find(&self, key: Key) -> Result<(String, RecordingView), Problem> {
        let list = self.list.borrow();
        let found = list.listed.iter().find(|listed| listed.view.key == key);
        let found = found.map(|listed| (listed.id.clone(), listed.view.clone()));
        found.ok_or_else(|| Problem::not_found("This recording is not there any more."))
    }

    /// Players that no window has looked at for a while are given up, and the oldest where there are too many.
    fn open(&self, key: Key, shelf: recordings::Client) -> Outcome {
        let (id, view) = self.find(key)?;
        let mut players = self.players.borrow_mut();
        while players.len() >= self.limits.replays.max(1) {
            players.remove(0);
        }
        let player = Player::start(&self.core, &self.limits, shelf, id, view.duration_ms);
        let replay = player.key;
        players.push(player);
        self.stale.notify_one();
        Ok(Reply::of(&Opened { replay }))
    }

    fn steer(&self, steer: Steer) -> Outcome {
        let players = self.players.borrow();
        let player = players.iter().find(|player| player.key == steer.replay);
        player.ok_or_else(|| Problem::not_found("This recording is not open any more."))?.order(steer.order);
        Ok(Reply::done())
    }

    async fn remove(&self, key: Key) -> Outcome {
        let (id, _) = self.find(key)?;
        let mut request = self.shelf().await?.remove_request();
        request.get().set_id(&*id);
        request.send().promise.await.map_err(|error| self.judge(&error))?;
        self.list.borrow_mut().listed.retain(|listed| listed.view.key != key);
        self.show_list();
        self.stale.notify_one();
        Ok(Reply::done())
    }

    fn more(&self) -> Outcome {
        self.most.set(self.most.get().saturating_add(self.limits.recordings));
        self.stale.notify_one();
        Ok(Reply::done())
    }

    fn attend(&self, wanted: &BTreeSet<String>) {
        let mut players = self.players.borrow_mut();
        players.retain(|player| player.attend(wanted.contains(&player.topic()), self.limits.replay_time));
    }

    fn granted(self: &Rc<Self>, name: String) {
        self.grant.replace(Some(name));
        self.show_list();
        let mut watching = self.watching.borrow_mut();
        if watching.is_none() {
            let work = watch_windows(Rc::downgrade(self), self.core.board.wanted(), self.stale.clone());
            *watching = Some(Running::start(work));
        }
    }

    fn taken_away(&self) {
        self.grant.replace(None);
        self.watching.replace(None);
        self.players.borrow_mut().clear();
        self.list.replace(List::default());
        self.core.board.remove(TOPIC);
    }
}

/// Follows what windows want, for as long as the area is there.
async fn watch_windows(area: Weak<RecordingsArea>, mut wanted: watch::Receiver<BTreeSet<String>>, stale: Rc<Notify>) {
    loop {
        let topics = wanted.borrow_and_update().clone();
        let is_shown = topics.contains(TOPIC);
        let (pause, is_playing) = {
            let Some(area) = area.upgrade() else { return };
            area.attend(&topics);
            if is_shown {
                area.look_anew().await;
            }
            let is_playing = !area.players.borrow().is_empty();
            (area.limits.list_time, is_playing)
        };
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { return },
            () = stale.notified() => {}
            () = tokio::time::sleep(pause), if is_shown || is_playing => {}
        }
    }
}

impl Area for RecordingsArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            match command.name.as_str() {
                "open" => {
                    let shelf = self.shelf().await?;
                    self.open(command.read::<Which>()?.recording, shelf)
                }
                "steer" => self.steer(command.read()?),
                "remove" => self.remove(command.read::<Which>()?.recording).await,
                "more" => command.bare().and_then(|()| self.more()),
                _ => Err(command.unknown()),
            }
        })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let caps = self.core.caps();
            let all = || caps.iter().filter(|entry| entry.interface_id == recordings::Client::TYPE_ID);
            match all().find(|entry| entry.name == OWN).or_else(|| all().next()) {
                Some(grant) => self.granted(grant.name.clone()),
                None => self.taken_away(),
            }
        })
    }
}

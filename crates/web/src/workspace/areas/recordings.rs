//! Recordings of terminals: what there is, one's own and everybody's, and playing it.
//!
//! Two grants have the same interface. A person's own recordings are shown among the terminals; everybody's, which an
//! administrator may look at and not remove, are a part of the administration. Each reading of those is a row of the
//! journal, so they are read when somebody begins to look at them or asks for it, and never by the clock.

mod list;
mod pace;
mod player;
mod shelf;
mod tape;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};

use capnp::traits::HasTypeId as _;
use capos_schema::recordings_capnp::recordings;
use futures::future::LocalBoxFuture;
use serde::Deserialize;
use tokio::sync::{Notify, watch};

use super::running::Running;
use super::terminals::TerminalLimits;
use crate::workspace::board::Audience;
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, shown};
use list::RecordingView;
use player::{Order, Player};
use shelf::Shelf;

/// What windows call the lists by.
const OWN: &str = "recordings";
const EVERYBODYS: &str = "administration/recordings";
/// The grant of everybody's recordings, as bundles call it.
const ALL: &str = "all_recordings";

shown! {
    /// A recording that can be played now.
    struct Opened {
        /// What windows call the player by.
        replay: Key,
    }
}

/// The recordings of a session.
pub(super) struct RecordingsArea {
    core: Rc<Core>,
    limits: TerminalLimits,
    own: Shelf,
    everybodys: Shelf,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Shelved {
    /// Of everybody's, not of one's own.
    #[serde(default)]
    everybodys: bool,
}

/// The grants of one's own recordings and of everybody's, by their names.
fn grants(core: &Core) -> (Option<String>, Option<String>) {
    let names = || core.caps().into_iter().filter(|cap| cap.interface_id == recordings::Client::TYPE_ID);
    let mut names: Vec<String> = names().map(|cap| cap.name).collect();
    let everybodys = names.iter().position(|name| name == ALL).map(|at| names.remove(at));
    let own = names.iter().find(|name| *name == OWN).or(names.first()).cloned();
    (own, everybodys)
}

/// Whether everybody's recordings are granted.
pub(super) fn are_everybodys_granted(core: &Core) -> bool {
    grants(core).1.is_some()
}

impl RecordingsArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        let limits = TerminalLimits::default();
        Rc::new(Self {
            core: core.clone(),
            own: Shelf::new(core, &limits, (OWN, Audience::All), Some(limits.list_time)),
            everybodys: Shelf::new(core, &limits, (EVERYBODYS, Audience::Wanting), None),
            limits,
            players: RefCell::default(),
            stale: Rc::new(Notify::new()),
            watching: RefCell::default(),
        })
    }

    fn find(&self, key: Key) -> Result<(&Shelf, String, RecordingView), Problem> {
        let shelves = [&self.own, &self.everybodys];
        let found = shelves.into_iter().find_map(|shelf| shelf.find(key).map(|(id, view)| (shelf, id, view)));
        found.ok_or_else(|| Problem::not_found("This recording is not there any more."))
    }

    /// Players that no window has looked at for a while are given up, and the oldest where there are too many.
    async fn open(&self, key: Key) -> Outcome {
        let (shelf, id, view) = self.find(key)?;
        let client = shelf.client().await?;
        let mut players = self.players.borrow_mut();
        while players.len() >= self.limits.replays.max(1) {
            players.remove(0);
        }
        let player = Player::start(&self.core, &self.limits, client, id, view.duration_ms);
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
        let (shelf, id, _) = self.find(key)?;
        shelf.remove(key, &id).await?;
        self.stale.notify_one();
        Ok(Reply::done())
    }

    fn shelf(&self, Shelved { everybodys }: &Shelved) -> &Shelf {
        if *everybodys { &self.everybodys } else { &self.own }
    }

    fn more(&self, shelved: &Shelved) -> Outcome {
        self.shelf(shelved).more();
        self.stale.notify_one();
        Ok(Reply::done())
    }

    /// What was recorded meanwhile shows soon.
    fn refresh(&self, shelved: &Shelved) -> Outcome {
        self.shelf(shelved).changed();
        self.stale.notify_one();
        Ok(Reply::done())
    }

    /// Reads what windows want to see. Whether there is something to come back for.
    async fn attend(&self, wanted: &BTreeSet<String>) -> bool {
        let is_playing = {
            let mut players = self.players.borrow_mut();
            players.retain(|player| player.attend(wanted.contains(&player.topic()), self.limits.replay_time));
            !players.is_empty()
        };
        let shelves = [&self.own, &self.everybodys];
        futures::future::join_all(shelves.map(|shelf| shelf.attend(wanted))).await;
        is_playing || shelves.into_iter().any(|shelf| shelf.is_wanted(wanted))
    }
}

/// Follows what windows want, for as long as the area is there.
async fn watch_windows(area: Weak<RecordingsArea>, mut wanted: watch::Receiver<BTreeSet<String>>, stale: Rc<Notify>) {
    loop {
        let topics = wanted.borrow_and_update().clone();
        let (pause, comes_back) = {
            let Some(area) = area.upgrade() else { return };
            let comes_back = area.attend(&topics).await;
            (area.limits.list_time, comes_back)
        };
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { return },
            () = stale.notified() => {}
            () = tokio::time::sleep(pause), if comes_back => {}
        }
    }
}

impl Area for RecordingsArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            match command.name.as_str() {
                "open" => self.open(command.read::<Which>()?.recording).await,
                "steer" => self.steer(command.read()?),
                "remove" => self.remove(command.read::<Which>()?.recording).await,
                "more" => self.more(&command.read()?),
                "refresh" => self.refresh(&command.read()?),
                _ => Err(command.unknown()),
            }
        })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let (own, everybodys) = grants(&self.core);
            let has_any = own.is_some() || everybodys.is_some();
            self.own.stand(own);
            self.everybodys.stand(everybodys);
            let mut watching = self.watching.borrow_mut();
            if !has_any {
                self.players.borrow_mut().clear();
                watching.take();
            } else if watching.is_none() {
                let work = watch_windows(Rc::downgrade(&self), self.core.board.wanted(), self.stale.clone());
                *watching = Some(Running::start(work));
            }
        })
    }
}

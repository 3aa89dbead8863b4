//! A recording being played: what it holds becomes a screen here, and pictures of that go to the windows.
//!
//! It is read as it is played. To go back is to begin anew and to come to that place without showing what is between.

mod work;

use std::cell::Cell;
use std::time::{Duration, Instant};

use capos_schema::recordings_capnp::recordings;
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::workspace::areas::running::Running;
use crate::workspace::areas::terminals::TerminalLimits;
use crate::workspace::areas::terminals::screen::{FrameView, ScreenModel, ScreenView};
use crate::workspace::board::{Audience, Model};
use crate::workspace::desk::Core;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, shown};
use work::Work;

shown! {
    /// A recording that is played: its screen, and where it is.
    struct ReplayView {
        /// What it shows; nothing before its beginning.
        screen: Option<ScreenView>,
        /// Where it is.
        play: PlayView,
    }

    /// What has changed of it.
    struct ReplayDelta {
        /// What it shows now, where that is something else.
        frame: Option<FrameView>,
        /// Where it is.
        play: PlayView,
    }

    /// Where a recording is, and how it goes on.
    struct PlayView {
        /// Where it is.
        position_ms: u64,
        /// How long it is.
        duration_ms: u64,
        /// Whether it goes on.
        plays: bool,
        /// How many times as fast.
        speed: u16,
        /// Whether long waits are cut short.
        skips_idle: bool,
        /// Whether it is at its end.
        over: bool,
        /// Whether it is on its way to where somebody wants it.
        seeks: bool,
        /// Why it does not go on.
        trouble: Option<Problem>,
    }
}

/// What somebody wants of a player.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(super) enum Order {
    Play { plays: bool },
    Seek { to_ms: u64 },
    Speed { times: u16 },
    SkipIdle { skips: bool },
}

struct ReplayModel {
    screen: Option<ScreenModel>,
    play: PlayView,
}

impl ReplayModel {
    fn at_the_beginning(duration_ms: u64) -> Self {
        let play = PlayView {
            position_ms: 0,
            duration_ms,
            plays: true,
            speed: 1,
            skips_idle: false,
            over: false,
            seeks: false,
            trouble: None,
        };
        Self { screen: None, play }
    }
}

impl Model for ReplayModel {
    type Delta = ReplayDelta;
    type Whole = ReplayView;

    fn apply(&mut self, delta: &ReplayDelta) {
        match (&delta.frame, &mut self.screen) {
            (Some(frame), Some(screen)) => screen.apply(frame),
            (Some(frame), none) => *none = Some(ScreenModel::of(frame)),
            (None, _) => {}
        }
        self.play = delta.play.clone();
    }

    fn whole(&self) -> ReplayView {
        ReplayView { screen: self.screen.as_ref().map(Model::whole), play: self.play.clone() }
    }
}

/// A recording being played. It ends with this.
pub(super) struct Player {
    pub(super) key: Key,
    orders: mpsc::UnboundedSender<Order>,
    /// When a window wanted it last.
    wanted: Cell<Instant>,
    _task: Running,
}

impl Player {
    pub(super) fn start(
        core: &Core,
        limits: &TerminalLimits,
        shelf: recordings::Client,
        id: String,
        duration_ms: u64,
    ) -> Self {
        let key = Key::new();
        let (orders, taken) = mpsc::unbounded_channel();
        let channel = core.board.open(&topic(key), Audience::Wanting, ReplayModel::at_the_beginning(duration_ms));
        let work = Work::new(core, channel, limits, (shelf, id), duration_ms, taken);
        Self { key, orders, wanted: Cell::new(Instant::now()), _task: Running::start(work.go_on()) }
    }

    pub(super) fn topic(&self) -> String {
        topic(self.key)
    }

    pub(super) fn order(&self, order: Order) {
        // One that has ended obeys nothing.
        let _ = self.orders.send(order);
    }

    /// Whether it is still of use to somebody.
    pub(super) fn attend(&self, is_wanted: bool, patience: Duration) -> bool {
        if is_wanted {
            self.wanted.set(Instant::now());
        }
        is_wanted || self.wanted.get().elapsed() < patience
    }
}

fn topic(key: Key) -> String {
    format!("replay/{key}")
}

//! What a player has before them, and what they have seen so far.

use std::collections::{BTreeMap, VecDeque};

use capos_schema::adventure_capnp::adventure_room_view;

use super::limits::AdventureLimits;
use crate::workspace::areas::commands::{MenuLimits, MenuView, OutcomeView, Value, Wanted};
use crate::workspace::board::Model;
use crate::workspace::view::{Text, json, shown};

shown! {
    /// A room.
    struct RoomView {
        /// What the map knows it by.
        id: Text,
        /// Its title.
        title: Text,
        /// What there is to see.
        description: Text,
        /// The ways out.
        exits: Vec<ExitView>,
        /// What lies here.
        items: Vec<Text>,
        /// Who can be talked to.
        actors: Vec<Text>,
        /// Who can be fought.
        mobs: Vec<Text>,
        /// What can be asked for.
        writs: Vec<Text>,
        /// The mission under way.
        mission: Text,
        /// The next hint towards it.
        lead: Text,
        /// The chat channel of those who are here.
        channel: Text,
    }

    /// A way out of a room.
    struct ExitView {
        /// What it is called.
        direction: Text,
        /// Where it leads, as the map knows it.
        to: Text,
    }

    /// A room that the player has been in.
    struct SeenRoom {
        /// What the map knows it by.
        id: Text,
        /// Its title.
        title: Text,
        /// The ways out.
        exits: Vec<ExitView>,
    }

    /// What was asked, and what came of it.
    struct Line {
        /// The command, in words.
        asked: Text,
        /// Whether it did what was asked.
        done: bool,
        /// What it says.
        text: Text,
    }

    /// What a player has before them.
    struct Change {
        /// The room.
        room: RoomView,
        /// Whether the map has it.
        mapped: bool,
        /// What the player carries.
        items: Vec<Text>,
        /// What can be done.
        menu: MenuView,
        /// What was just said.
        said: Option<Line>,
    }

    /// All of it.
    struct WorldView {
        /// What is before the player; nothing until it was looked at.
        now: Option<Change>,
        /// The rooms seen so far.
        seen: Vec<SeenRoom>,
        /// What was said so far, oldest first.
        log: Vec<Line>,
    }
}

/// One player's world, as it is known here.
pub(super) struct World {
    limits: AdventureLimits,
    now: Option<Change>,
    seen: BTreeMap<Text, SeenRoom>,
    /// What the map comes to, as a window is sent it.
    seen_bytes: usize,
    log: VecDeque<Line>,
}

impl World {
    pub(super) fn new(limits: AdventureLimits) -> Self {
        Self { limits, now: None, seen: BTreeMap::new(), seen_bytes: 0, log: VecDeque::new() }
    }

    /// Whether the map can have that room, as it is by now.
    pub(super) fn has_place_for(&self, room: &RoomView) -> bool {
        let before = self.seen.get(&room.id).map(|seen| json(seen).len());
        let bytes = self.seen_bytes - before.unwrap_or(0) + json(&SeenRoom::of(room)).len();
        bytes <= self.limits.map_bytes && (before.is_some() || self.seen.len() < self.limits.rooms)
    }

    fn draw(&mut self, room: SeenRoom) {
        self.seen_bytes += json(&room).len();
        if let Some(before) = self.seen.insert(room.id.clone(), room) {
            self.seen_bytes -= json(&before).len();
        }
    }
}

impl Model for World {
    type Delta = Change;
    type Whole = WorldView;

    fn apply(&mut self, change: &Change) {
        if change.mapped {
            self.draw(SeenRoom::of(&change.room));
        }
        self.log.extend(change.said.clone());
        while self.log.len() > self.limits.lines {
            self.log.pop_front();
        }
        self.now = Some(Change { said: None, ..change.clone() });
    }

    fn whole(&self) -> WorldView {
        let (seen, log) = (self.seen.values().cloned().collect(), self.log.iter().cloned().collect());
        WorldView { now: self.now.clone(), seen, log }
    }
}

impl SeenRoom {
    fn of(RoomView { id, title, exits, .. }: &RoomView) -> Self {
        Self { id: id.clone(), title: title.clone(), exits: exits.clone() }
    }
}

impl Line {
    /// As the log keeps it.
    pub(super) fn of(wanted: &Wanted, outcome: &OutcomeView, limits: &AdventureLimits) -> Self {
        let asked = Text::lines(Text::line(&spoken(wanted)).as_str(), limits.asked_bytes);
        Self { asked, done: outcome.done, text: Text::lines(outcome.text.as_str(), limits.said_bytes) }
    }
}

/// A command as a person would type it.
fn spoken(wanted: &Wanted) -> String {
    let words = wanted.arguments.iter().filter_map(|argument| match &argument.value {
        Value::Text(words) => Some(&**words),
        _ => None,
    });
    std::iter::once(&*wanted.command).chain(words).collect::<Vec<_>>().join(" ")
}

/// How what the service says is read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'l> {
    pub(super) limits: &'l AdventureLimits,
    pub(super) texts: &'l MenuLimits,
}

impl Reading<'_> {
    pub(super) fn room(&self, from: adventure_room_view::Reader<'_>) -> capnp::Result<RoomView> {
        let Self { limits, texts } = self;
        let mut exits = Vec::new();
        for exit in from.get_exits()?.iter().take(limits.exits) {
            if let (Some(direction), Some(to)) = (texts.name(exit.get_direction()?), texts.name(exit.get_room_id()?)) {
                exits.push(ExitView { direction, to });
            }
        }
        Ok(RoomView {
            id: texts.label(from.get_room_id()?),
            title: texts.label(from.get_title()?),
            description: texts.words(from.get_description()?),
            exits,
            items: self.things(from.get_items()?)?,
            actors: self.things(from.get_actors()?)?,
            mobs: self.things(from.get_mobs()?)?,
            writs: self.things(from.get_writs()?)?,
            mission: texts.label(from.get_mission()?),
            lead: texts.words(from.get_lead()?),
            channel: texts.label(from.get_room_channel()?),
        })
    }

    /// Names of things; those that could not be said back are left out.
    pub(super) fn things(&self, from: capnp::text_list::Reader<'_>) -> capnp::Result<Vec<Text>> {
        let mut things = Vec::new();
        for thing in from.iter().take(self.limits.things) {
            things.extend(self.texts.name(thing?));
        }
        Ok(things)
    }
}

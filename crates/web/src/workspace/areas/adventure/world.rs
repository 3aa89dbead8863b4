//! What a player has before them, and what they have seen so far.

use std::collections::{BTreeMap, VecDeque};

use capos_schema::adventure_capnp::adventure_room_view;

use crate::workspace::areas::surface::{MenuView, Value, Wanted, label, name, words};
use crate::workspace::board::Model;
use crate::workspace::view::{Text, shown};

/// Lines that are kept of what was said.
const LINES: usize = 200;
/// Rooms of the map. The world has a few dozen.
const ROOMS: usize = 512;
/// Things of a kind in one room.
const THINGS: usize = 128;

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
#[derive(Default)]
pub(super) struct World {
    now: Option<Change>,
    seen: BTreeMap<Text, SeenRoom>,
    log: VecDeque<Line>,
}

impl Model for World {
    type Delta = Change;
    type Whole = WorldView;

    fn apply(&mut self, change: &Change) {
        let RoomView { id, title, exits, .. } = &change.room;
        if self.seen.len() < ROOMS || self.seen.contains_key(id) {
            let room = SeenRoom { id: id.clone(), title: title.clone(), exits: exits.clone() };
            self.seen.insert(id.clone(), room);
        }
        self.log.extend(change.said.clone());
        while self.log.len() > LINES {
            self.log.pop_front();
        }
        self.now = Some(Change { said: None, ..change.clone() });
    }

    fn whole(&self) -> WorldView {
        let (seen, log) = (self.seen.values().cloned().collect(), self.log.iter().cloned().collect());
        WorldView { now: self.now.clone(), seen, log }
    }
}

impl Wanted {
    /// As a person would type it.
    pub(super) fn spoken(&self) -> Text {
        let words = self.arguments.iter().filter_map(|argument| match &argument.value {
            Value::Text(words) => Some(&**words),
            _ => None,
        });
        Text::line(&std::iter::once(&*self.command).chain(words).collect::<Vec<_>>().join(" "))
    }
}

pub(super) fn read_room(from: adventure_room_view::Reader<'_>) -> Result<RoomView, capnp::Error> {
    let mut exits = Vec::new();
    for exit in from.get_exits()?.iter().take(THINGS) {
        if let (Some(direction), Some(to)) = (name(exit.get_direction()?), name(exit.get_room_id()?)) {
            exits.push(ExitView { direction, to });
        }
    }
    Ok(RoomView {
        id: label(from.get_room_id()?),
        title: label(from.get_title()?),
        description: words(from.get_description()?),
        exits,
        items: read_items(from.get_items()?)?,
        actors: read_items(from.get_actors()?)?,
        mobs: read_items(from.get_mobs()?)?,
        writs: read_items(from.get_writs()?)?,
        mission: label(from.get_mission()?),
        lead: words(from.get_lead()?),
        channel: label(from.get_room_channel()?),
    })
}

/// Names of things; those that could not be said back are left out.
pub(super) fn read_items(from: capnp::text_list::Reader<'_>) -> Result<Vec<Text>, capnp::Error> {
    let mut items = Vec::new();
    for item in from.iter().take(THINGS) {
        items.extend(name(item?));
    }
    Ok(items)
}

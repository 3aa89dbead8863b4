//! What all players share, and the players who are there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::player::{Player, PlayerId, Thing};
use crate::token::Token;
use crate::world::World;

/// A party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Who is in it; the first leads.
    pub members: Vec<PlayerId>,
    /// Who may join, and until when, in milliseconds since 1970.
    pub invited: BTreeMap<PlayerId, u64>,
}

/// What all players share, and what is saved of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// The serial of the next thing.
    pub next_serial: u64,
    /// What players have left in the rooms, oldest first.
    pub floors: BTreeMap<Token, Vec<Thing>>,
    /// The parties.
    pub parties: BTreeMap<Token, Party>,
    /// Whose name is whose, of those too who are not there.
    pub names: BTreeMap<Token, PlayerId>,
}

/// The state of the world: everything that moves.
///
/// Each thing is in one place: with one player, or on one floor.
#[derive(Debug, Default)]
pub struct State {
    /// What is saved apart from any player.
    pub common: Common,
    /// The players who are loaded.
    pub players: BTreeMap<PlayerId, Player>,
    /// Players whose stories have changed since they were last saved.
    pub changed: BTreeSet<PlayerId>,
    /// Whether the common part has.
    pub common_changed: bool,
}

/// There are as many players as there can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl State {
    /// The state after a start, with what was saved.
    pub fn new(common: Common) -> State {
        State { common, ..State::default() }
    }

    /// A new thing.
    pub fn make(&mut self, kind: &Token) -> Thing {
        let serial = self.common.next_serial;
        self.common.next_serial = self.common.next_serial.saturating_add(1);
        self.common_changed = true;
        Thing { serial, kind: kind.clone(), worn: 0 }
    }

    /// Brings a player in: as saved, or as somebody new. Whether they are new.
    pub fn arrive(
        &mut self,
        world: &World,
        limits: &Limits,
        id: &PlayerId,
        saved: Option<Player>,
        display_name: &str,
    ) -> Result<bool, Full> {
        if self.players.contains_key(id) {
            return Ok(false);
        }
        let known = saved.is_some();
        let player = match saved {
            Some(player) => self.restore(world, id, player),
            None => self.newcomer(world, limits, id, display_name)?,
        };
        self.players.insert(id.clone(), player);
        self.changed.insert(id.clone());
        Ok(!known)
    }

    fn newcomer(&mut self, world: &World, limits: &Limits, id: &PlayerId, name: &str) -> Result<Player, Full> {
        // A save that was set aside left its name behind.
        let left = self.common.names.iter().find(|(_, owner)| *owner == id).map(|(name, _)| name.clone());
        if left.is_none() && self.common.names.len() >= limits.players {
            return Err(Full);
        }
        let name = left.unwrap_or_else(|| self.free_name(world, &Token::from_name(name)));
        self.common.names.insert(name.clone(), id.clone());
        let mut player = Player::new(world, name);
        for kind in &world.story.carries {
            player.things.push(self.make(kind));
        }
        Ok(player)
    }

    /// A saved player, held against the world as it is.
    fn restore(&mut self, world: &World, id: &PlayerId, mut player: Player) -> Player {
        if self.common.names.get(&player.name) != Some(id) {
            player.name = self.free_name(world, &player.name);
            self.common.names.insert(player.name.clone(), id.clone());
        }
        for room in [&mut player.room, &mut player.haven] {
            if !world.rooms.contains_key(room) {
                *room = world.story.start.clone();
            }
        }
        player.before = player.before.filter(|room| world.rooms.contains_key(room));
        player.things.retain(|thing| world.items.contains_key(&thing.kind));
        player.engaged = None;
        player.fights.retain(|_, fight| fight.down.is_some());
        player.aid = None;
        player.guards = None;
        let newest = player.things.iter().map(|thing| thing.serial).max().map_or(0, |serial| serial.saturating_add(1));
        self.common.next_serial = self.common.next_serial.max(newest);
        self.common_changed = true;
        player
    }

    fn free_name(&self, world: &World, wanted: &Token) -> Token {
        let free = |name: &Token| !self.common.names.contains_key(name) && !world.means_something(name);
        let numbered = (2..).map(|number| wanted.numbered(number));
        std::iter::once(wanted.clone()).chain(numbered).find(free).expect("there are more numbers than names")
    }

    /// Lets a player go whose last session is over. Of guests nothing stays.
    pub fn depart(&mut self, id: &PlayerId) -> Option<Player> {
        let player = self.players.remove(id)?;
        self.changed.remove(id);
        if !id.returns() {
            self.quit_party(id);
            self.common.names.remove(&player.name);
            self.common_changed = true;
        }
        Some(player)
    }

    /// The party that a player is in.
    pub fn party_of(&self, id: &PlayerId) -> Option<(&Token, &Party)> {
        self.common.parties.iter().find(|(_, party)| party.members.contains(id))
    }

    /// Whether two players are in one party.
    pub fn are_companions(&self, one: &PlayerId, other: &PlayerId) -> bool {
        self.party_of(one).is_some_and(|(_, party)| party.members.contains(other))
    }

    /// Takes a player out of their party, which ends with its last member. Its name.
    pub fn quit_party(&mut self, id: &PlayerId) -> Option<Token> {
        let name = self.party_of(id).map(|(name, _)| name.clone())?;
        let party = self.common.parties.get_mut(&name)?;
        party.members.retain(|member| member != id);
        if party.members.is_empty() {
            self.common.parties.remove(&name);
        }
        self.common_changed = true;
        Some(name)
    }

    /// Leaves a thing in a room for whoever comes; the oldest is swept away. What was.
    pub fn leave_on_floor(&mut self, limits: &Limits, room: &Token, thing: Thing) -> Option<Thing> {
        let floor = self.common.floors.entry(room.clone()).or_default();
        floor.push(thing);
        self.common_changed = true;
        (floor.len() > limits.floor).then(|| floor.remove(0))
    }

    /// Takes a thing of this kind from a room's floor.
    pub fn take_from_floor(&mut self, room: &Token, kind: &Token) -> Option<Thing> {
        let floor = self.common.floors.get_mut(room)?;
        let place = floor.iter().position(|thing| thing.kind == *kind)?;
        let thing = floor.remove(place);
        if floor.is_empty() {
            self.common.floors.remove(room);
        }
        self.common_changed = true;
        Some(thing)
    }

    /// The player of this name, if they are there.
    pub fn present(&self, name: &Token) -> Option<(&PlayerId, &Player)> {
        let id = self.common.names.get(name)?;
        self.players.get_key_value(id).filter(|(_, player)| !player.away)
    }
}

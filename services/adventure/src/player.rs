//! One player's story so far: all that is kept of them.

mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use capos_service::{Pseudonym, Reference};
use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::dice::Dice;
use crate::token::Token;
use crate::world::{Art, Item, Mob, World};

pub use records::{Aid, Borrowed, Fight, Guarded, Purse, Thing, WritState};

/// Everybody begins with the same luck, so that a play-through can be written down.
const SEED: u64 = 0x4841_5252_4f57_4d45;

/// The health of somebody who has done nothing yet.
const HEALTH: u32 = 30;

/// News that a player keeps: a screen's worth.
const NEWS: usize = 10;

/// The focus of anybody.
pub const FOCUS: u32 = 12;

/// Who a player is to the service: a pseudonym, or a session that has none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlayerId(String);

/// Never what stands for a person.
impl fmt::Debug for PlayerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PlayerId(…)")
    }
}

impl PlayerId {
    /// The player who comes back under this pseudonym.
    pub fn returning(pseudonym: &Pseudonym) -> PlayerId {
        PlayerId(pseudonym.hex())
    }

    /// The player of one session, who is nobody afterwards.
    pub fn passing(reference: &Reference) -> PlayerId {
        PlayerId(format!("guest-{}", reference.hex()))
    }

    /// The word for it; a name for files, never shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether anything is kept of them.
    pub fn returns(&self) -> bool {
        !self.0.starts_with("guest-")
    }
}

/// A player.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Player {
    /// What the others call them; no other player's, and no word of the world's.
    pub name: Token,
    /// Where they are.
    pub room: Token,
    /// Where they came from.
    pub before: Option<Token>,
    /// Where they wake when they are beaten.
    pub haven: Token,
    /// They left, and have not come back by `resume`.
    #[serde(default)]
    pub away: bool,
    /// How many actions they have done.
    pub turn: u64,
    /// What they have lost of their health.
    pub hurt: u32,
    /// What they have left of their focus.
    pub focus: u32,
    /// Their coins.
    pub purse: Purse,
    /// What they carry.
    pub things: Vec<Thing>,
    /// What they have taken of what lies in the rooms for them, as `room/place`.
    pub found: BTreeSet<String>,
    /// What they have learned and done.
    pub flags: BTreeSet<Token>,
    /// Where they have been.
    pub visited: BTreeSet<Token>,
    /// Mobs they have met.
    pub fights: BTreeMap<Token, Fight>,
    /// Mobs they have beaten.
    pub slain: BTreeSet<Token>,
    /// Whom they fight.
    #[serde(default)]
    pub engaged: Option<Token>,
    /// Skills and spells they have been taught.
    pub arts: BTreeSet<Token>,
    /// Until which turn a spell of theirs gives light.
    #[serde(default)]
    pub light: u64,
    /// What a spell of theirs takes off each blow, and for how many more blows.
    #[serde(default)]
    pub shield: (u32, u32),
    /// Whom they shield.
    #[serde(default)]
    pub guards: Option<Guarded>,
    /// Who helps them.
    #[serde(default)]
    pub aid: Option<Aid>,
    /// Relics they have found; true once sealed.
    pub relics: BTreeMap<Token, bool>,
    /// They have shut the gate.
    #[serde(default)]
    pub ended: bool,
    /// Their writs.
    pub writs: BTreeMap<Token, WritState>,
    /// Writs of others that they act under.
    #[serde(default)]
    pub borrowed: BTreeMap<Token, Borrowed>,
    /// Who follows them.
    #[serde(default)]
    pub follower: Option<Token>,
    /// When which actor last did what for them.
    #[serde(default)]
    pub deeds: BTreeMap<Token, u64>,
    /// Who sells them the next thing cheaper, and by how many parts of a hundred.
    #[serde(default)]
    pub discount: Option<(Token, u32)>,
    /// What others did that they have not been told of.
    #[serde(default)]
    pub news: Vec<String>,
    /// Their luck.
    pub dice: Dice,
}

impl Player {
    /// Somebody who has just come.
    pub fn new(world: &World, name: Token) -> Player {
        let start = world.story.start.clone();
        let purse = Purse { earned: u64::from(world.story.coins), spent: 0 };
        Player {
            name,
            before: None,
            haven: start.clone(),
            away: false,
            turn: 0,
            hurt: 0,
            focus: FOCUS,
            purse,
            things: Vec::new(),
            found: BTreeSet::new(),
            flags: BTreeSet::new(),
            visited: BTreeSet::from([start.clone()]),
            room: start,
            fights: BTreeMap::new(),
            slain: BTreeSet::new(),
            engaged: None,
            arts: BTreeSet::new(),
            light: 0,
            shield: (0, 0),
            guards: None,
            aid: None,
            relics: BTreeMap::new(),
            ended: false,
            writs: BTreeMap::new(),
            borrowed: BTreeMap::new(),
            follower: None,
            deeds: BTreeMap::new(),
            discount: None,
            news: Vec::new(),
            dice: Dice::new(SEED),
        }
    }

    /// Whether something holds for them.
    pub fn holds(&self, world: &World, condition: &Condition) -> bool {
        let writ = |name| self.writs.get(name);
        match condition {
            Condition::Flag(name) => self.flags.contains(name),
            Condition::Without(name) => !self.flags.contains(name),
            Condition::Item(name) => self.thing(name).is_some(),
            Condition::Visited(name) => self.visited.contains(name),
            Condition::Slain(name) => self.slain.contains(name),
            Condition::Relic(name) => self.relics.contains_key(name),
            Condition::Sealed(name) => {
                self.relics.get(name) == Some(&true) || (self.ended && *name == world.story.gate)
            }
            Condition::Writ(name) => writ(name).is_some_and(|state| *state != WritState::Granted),
            Condition::Done(name) => writ(name) == Some(&WritState::Done),
            Condition::Delegated(name) => {
                matches!(writ(name), Some(WritState::Done | WritState::Deputy(_)))
            }
            Condition::AllSealed => world.relics.keys().all(|relic| self.relics.get(relic) == Some(&true)),
        }
    }

    /// Whether all of these hold.
    pub fn holds_all(&self, world: &World, conditions: &[Condition]) -> bool {
        conditions.iter().all(|condition| self.holds(world, condition))
    }

    /// The thing of this kind that is least worn.
    pub fn thing(&self, kind: &Token) -> Option<&Thing> {
        self.things.iter().filter(|thing| thing.kind == *kind).min_by_key(|thing| thing.worn)
    }

    /// Gives up a thing: of several, the most worn.
    pub fn part_with(&mut self, kind: &Token) -> Option<Thing> {
        let kinds = self.things.iter().enumerate().filter(|(_, thing)| thing.kind == *kind);
        let place = kinds.max_by_key(|(_, thing)| thing.worn).map(|(place, _)| place)?;
        Some(self.things.remove(place))
    }

    /// Things that weigh: not those of the story.
    pub fn load(&self, world: &World) -> usize {
        let weighs = |thing: &&Thing| world.items.get(&thing.kind).is_none_or(|item| !item.bound);
        self.things.iter().filter(weighs).count()
    }

    /// What they stand when they are whole.
    pub fn vigour(&self) -> u32 {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let done = self.writs.values().filter(|state| **state == WritState::Done).count();
        HEALTH.saturating_add(count(done).saturating_mul(2)).saturating_add(count(self.relics.len()).saturating_mul(2))
    }

    /// What they have left.
    pub fn health(&self) -> u32 {
        self.vigour().saturating_sub(self.hurt)
    }

    /// Keeps something to be told with what they do next; the oldest is forgotten, and what is heard again is told
    /// once.
    pub fn hear(&mut self, news: String) {
        self.news.retain(|known| *known != news);
        if self.news.len() >= NEWS {
            self.news.remove(0);
        }
        self.news.push(news);
    }

    /// Keeps several things to be told.
    pub fn hear_all(&mut self, news: impl IntoIterator<Item = String>) {
        news.into_iter().for_each(|line| self.hear(line));
    }

    /// Makes something hold, because another player brought it about for them.
    pub fn credit(&mut self, fact: &Condition) {
        match fact {
            Condition::Flag(name) => drop(self.flags.insert(name.clone())),
            Condition::Visited(name) => drop(self.visited.insert(name.clone())),
            Condition::Slain(name) => self.fell(name),
            Condition::Relic(name) => drop(self.relics.entry(name.clone()).or_insert(false)),
            _ => {}
        }
    }

    /// A mob is down.
    pub fn fell(&mut self, mob: &Token) {
        self.slain.insert(mob.clone());
        self.fights.insert(mob.clone(), Fight { down: Some(self.turn), ..Fight::default() });
        self.engaged = self.engaged.take().filter(|engaged| engaged != mob);
    }

    /// Makes them better.
    pub fn heal(&mut self, health: u32) {
        self.hurt = self.hurt.saturating_sub(health);
    }

    /// Clears their mind.
    pub fn refresh(&mut self, focus: u32) {
        self.focus = self.focus.saturating_add(focus).min(FOCUS);
    }

    /// Whether they can see in the dark.
    pub fn has_light(&self, world: &World) -> bool {
        let shines = |thing: &Thing| world.items.get(&thing.kind).is_some_and(|item| item.light);
        self.turn < self.light || self.things.iter().any(shines)
    }

    /// Whether they know this.
    pub fn knows(&self, art: &Art) -> bool {
        art.innate || self.arts.contains(&art.id)
    }

    /// What they would strike with: what does most, and is not blunted through.
    pub fn weapon<'a>(&'a self, world: &'a World) -> Option<(&'a Thing, &'a Item)> {
        let armed = self.things.iter().filter_map(|thing| {
            let item = world.items.get(&thing.kind)?;
            let weapon = item.weapon?;
            (thing.worn < weapon.wear).then_some((thing, item, weapon.damage))
        });
        armed.max_by_key(|(thing, _, damage)| (*damage, u64::MAX - thing.serial)).map(|(thing, item, _)| (thing, item))
    }

    /// Whether a mob is there and up, for them.
    pub fn faces(&self, world: &World, mob: &Mob) -> bool {
        let down = self.fights.get(&mob.id).and_then(|fight| fight.down);
        let back = down.is_none_or(|turn| mob.returns > 0 && self.turn >= turn.saturating_add(mob.returns));
        back && self.holds_all(world, &mob.needs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pseudonyms_are_two_players_and_a_guest_is_neither() {
        assert_ne!(PlayerId::returning(&Pseudonym::new([1; 32])), PlayerId::returning(&Pseudonym::new([2; 32])));
        assert_ne!(PlayerId::returning(&Pseudonym::new([1; 32])), PlayerId::passing(&Reference::new([1; 32])));
        assert!(!PlayerId::passing(&Reference::new([1; 32])).returns());
    }
}

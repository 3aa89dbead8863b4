//! The world: everything that is the same for all players and never changes while the service runs.

mod check;

use std::collections::BTreeMap;

pub(crate) use check::appeased;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use crate::content::*;
use crate::token::Token;

/// The files that the world is written in, with their names.
const FILES: [(&str, &str); 8] = [
    ("story.toml", include_str!("../world/story.toml")),
    ("rooms.toml", include_str!("../world/rooms.toml")),
    ("items.toml", include_str!("../world/items.toml")),
    ("actors.toml", include_str!("../world/actors.toml")),
    ("mobs.toml", include_str!("../world/mobs.toml")),
    ("arts.toml", include_str!("../world/arts.toml")),
    ("writs.toml", include_str!("../world/writs.toml")),
    ("relics.toml", include_str!("../world/relics.toml")),
];

/// The world, checked: whatever one part names, another one has.
#[derive(Debug)]
pub struct World {
    /// How it begins and ends.
    pub story: Story,
    /// The rooms.
    pub rooms: BTreeMap<Token, Room>,
    /// The kinds of items.
    pub items: BTreeMap<Token, Item>,
    /// Those to talk to.
    pub actors: BTreeMap<Token, Actor>,
    /// Those to fight.
    pub mobs: BTreeMap<Token, Mob>,
    /// Skills and spells.
    pub arts: BTreeMap<Token, Art>,
    /// The writs.
    pub writs: BTreeMap<Token, Writ>,
    /// The relics.
    pub relics: BTreeMap<Token, Relic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rooms {
    room: Vec<Room>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Items {
    item: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Actors {
    actor: Vec<Actor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mobs {
    mob: Vec<Mob>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arts {
    art: Vec<Art>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Writs {
    writ: Vec<Writ>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Relics {
    relic: Vec<Relic>,
}

/// The text of each file, for [`World::parse`].
#[derive(Debug, Clone)]
pub struct Sources<'a> {
    files: [(&'a str, String); 8],
}

impl Sources<'static> {
    /// The files that are compiled in.
    pub fn bundled() -> Sources<'static> {
        Sources { files: FILES.map(|(name, text)| (name, text.to_owned())) }
    }

    /// The text of one of them, to be changed.
    pub fn text_mut(&mut self, name: &str) -> Option<&mut String> {
        self.files.iter_mut().find(|(file, _)| *file == name).map(|(_, text)| text)
    }
}

impl World {
    /// The world that is compiled in.
    pub fn bundled() -> Result<World, Vec<String>> {
        World::parse(&Sources::bundled())
    }

    /// Reads a world and checks it whole; every fault is told.
    pub fn parse(sources: &Sources<'_>) -> Result<World, Vec<String>> {
        let [story, rooms, items, actors, mobs, arts, writs, relics] = &sources.files;
        let mut faults = Vec::new();
        let story: Story = read(story).map_err(|fault| vec![fault])?;
        let rooms = index(read::<Rooms>(rooms).map(|file| file.room), |room| &room.id, &mut faults);
        let items = index(read::<Items>(items).map(|file| file.item), |item| &item.id, &mut faults);
        let actors = index(read::<Actors>(actors).map(|file| file.actor), |actor| &actor.id, &mut faults);
        let mobs = index(read::<Mobs>(mobs).map(|file| file.mob), |mob| &mob.id, &mut faults);
        let arts = index(read::<Arts>(arts).map(|file| file.art), |art| &art.id, &mut faults);
        let writs = index(read::<Writs>(writs).map(|file| file.writ), |writ| &writ.id, &mut faults);
        let relics = index(read::<Relics>(relics).map(|file| file.relic), |relic| &relic.id, &mut faults);
        let world = World { story, rooms, items, actors, mobs, arts, writs, relics };
        if faults.is_empty() {
            faults = check::faults(&world);
        }
        if faults.is_empty() { Ok(world) } else { Err(faults) }
    }

    /// A room by a name that the world itself gave.
    pub fn room(&self, id: &Token) -> &Room {
        self.rooms.get(id).or_else(|| self.rooms.get(&self.story.start)).expect("the start is checked to be a room")
    }

    /// Whether a word already means something, so that no player may have it for a name.
    pub fn means_something(&self, word: &Token) -> bool {
        self.rooms.contains_key(word)
            || self.items.contains_key(word)
            || self.actors.contains_key(word)
            || self.mobs.contains_key(word)
            || self.relics.contains_key(word)
            || self.writs.contains_key(word)
            || self.arts.contains_key(word)
            || self.rooms.values().any(|room| room.fixtures.iter().any(|fixture| fixture.id == *word))
            || ["self", "me", "you", "game", "narrator", "party"].contains(&word.as_str())
    }

    /// The skill or spell of this name.
    pub fn art(&self, id: &Token, spell: bool) -> Option<&Art> {
        self.arts.get(id).filter(|art| art.spell == spell)
    }
}

fn read<T: DeserializeOwned>((name, text): &(&str, String)) -> Result<T, String> {
    toml::from_str(text).map_err(|fault| format!("{name}: {fault}"))
}

fn index<T>(list: Result<Vec<T>, String>, id: impl Fn(&T) -> &Token, faults: &mut Vec<String>) -> BTreeMap<Token, T> {
    let list = list.unwrap_or_else(|fault| {
        faults.push(fault);
        Vec::new()
    });
    let mut named = BTreeMap::new();
    for entry in list {
        let name = id(&entry).clone();
        if named.insert(name.clone(), entry).is_some() {
            faults.push(format!("{name} is there twice"));
        }
    }
    named
}

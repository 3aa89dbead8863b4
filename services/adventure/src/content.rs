//! The form of the world's files: what there is, as its author writes it.

use serde::Deserialize;

use crate::condition::Condition;
use crate::token::Token;

/// A place to be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Its stable name.
    pub id: Token,
    /// Its title.
    pub title: String,
    /// What there is to see.
    pub description: String,
    /// What there is to see instead, once something holds: the last that does.
    #[serde(default)]
    pub changed: Vec<Changed>,
    /// Nothing can be seen here without a light.
    #[serde(default)]
    pub dark: bool,
    /// Whoever is beaten wakes in the last of these that they came through.
    #[serde(default)]
    pub haven: bool,
    /// The ways out.
    #[serde(default, rename = "exit")]
    pub exits: Vec<Exit>,
    /// What lies here for each player.
    #[serde(default)]
    pub items: Vec<Token>,
    /// What is here and stays.
    #[serde(default, rename = "fixture")]
    pub fixtures: Vec<Fixture>,
}

/// Another look of a room.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// From when on.
    pub needs: Vec<Condition>,
    /// What there is to see then.
    pub description: String,
}

/// A way out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// What to say to `go`.
    pub direction: Token,
    /// Where it leads.
    pub to: Token,
    /// What must hold.
    #[serde(default)]
    pub needs: Vec<Condition>,
    /// What is told where it does not.
    #[serde(default)]
    pub barred: String,
    /// There is no way straight back.
    #[serde(default)]
    pub one_way: bool,
}

/// Something in a room that nobody can take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// Its name.
    pub id: Token,
    /// What `inspect` tells.
    pub description: String,
    /// What `use` does.
    #[serde(rename = "use")]
    pub used: Option<Use>,
}

/// What comes of using something.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Where an item has to be used; a fixture is where it is.
    pub room: Option<Token>,
    /// What must hold.
    #[serde(default)]
    pub needs: Vec<Condition>,
    /// What is told where it does not.
    #[serde(default)]
    pub refused: String,
    /// What is told where it does.
    pub text: String,
    /// The flag that it sets.
    pub sets: Option<Token>,
    /// The item that is found: once, where `sets` is given too.
    pub gives: Option<Token>,
    /// The item is used up.
    #[serde(default)]
    pub consumed: bool,
    /// Health and focus come back whole.
    #[serde(default)]
    pub rests: bool,
}

/// How a blow falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// It cuts.
    Blade,
    /// It breaks.
    Blunt,
    /// It pierces.
    Point,
    /// It burns.
    Fire,
    /// It is a word that the dead obey.
    Word,
}

impl Style {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Style::Blade => "blade",
            Style::Blunt => "blunt",
            Style::Point => "point",
            Style::Fire => "fire",
            Style::Word => "word",
        }
    }
}

/// A weapon's side of an item.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weapon {
    /// The least that a blow does.
    pub damage: u32,
    /// How it falls.
    pub style: Style,
    /// How many blows it stands until it is to be mended.
    pub wear: u32,
}

/// A cure's side of an item. It is used up.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cure {
    /// The health it gives.
    #[serde(default)]
    pub health: u32,
    /// The focus it gives.
    #[serde(default)]
    pub focus: u32,
}

/// A kind of thing that can be carried.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its name.
    pub id: Token,
    /// What it is called in a sentence.
    pub name: String,
    /// What `inspect` tells.
    pub description: String,
    /// What a trader asks for it; 0 where none deals in it.
    #[serde(default)]
    pub price: u32,
    /// It belongs to the story of whoever has it: never sold, handed over, or left for others.
    #[serde(default)]
    pub bound: bool,
    /// What it does as a weapon.
    pub weapon: Option<Weapon>,
    /// How much of each blow it keeps off its bearer.
    #[serde(default)]
    pub soak: u32,
    /// What it does as a cure.
    pub cure: Option<Cure>,
    /// It gives light to whoever carries it.
    #[serde(default)]
    pub light: bool,
    /// What else it is good for.
    #[serde(default, rename = "use")]
    pub uses: Vec<Use>,
}

/// Something an actor can be asked about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// What to ask about.
    pub topic: Token,
    /// What is told.
    pub text: String,
    /// What must hold before it is spoken of.
    #[serde(default)]
    pub needs: Vec<Condition>,
    /// The flag it sets.
    pub sets: Option<Token>,
    /// The skill or spell it teaches.
    pub teaches: Option<Token>,
}

/// Something an actor would like to have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// The item.
    pub item: Token,
    /// What is told.
    pub text: String,
    /// The flag it sets.
    pub sets: Option<Token>,
    /// What is given back.
    pub gives: Option<Token>,
    /// What is paid.
    #[serde(default)]
    pub coins: u32,
}

/// A barter.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Barter {
    /// What the actor takes.
    pub item: Token,
    /// What the actor gives.
    pub gives: Token,
}

/// A trader's side of an actor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trade {
    /// What can be bought; there is always more of it.
    pub sells: Vec<Token>,
    /// Mends weapons.
    #[serde(default)]
    pub repairs: bool,
    /// What is bartered.
    #[serde(default)]
    pub barters: Vec<Barter>,
}

/// What a following actor can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Come along.
    Follow,
    /// Go back home.
    Home,
    /// Strike with the player.
    Fight,
    /// Look through the exits.
    Scout,
    /// Bind wounds.
    Tend,
}

impl Task {
    /// Every task there is.
    pub const ALL: [Task; 5] = [Task::Follow, Task::Home, Task::Fight, Task::Scout, Task::Tend];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Task::Follow => "follow",
            Task::Home => "home",
            Task::Fight => "fight",
            Task::Scout => "scout",
            Task::Tend => "tend",
        }
    }
}

/// What an actor's own process may have it do for a player, and how often.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// Its name.
    pub id: Token,
    /// What the player is told.
    pub text: String,
    /// Turns of the player's before it can be done again.
    pub every: u64,
    /// The health it gives.
    #[serde(default)]
    pub heals: u32,
    /// The focus it gives.
    #[serde(default)]
    pub focus: u32,
    /// The part of a hundred that the next purchase from this actor is cheaper by.
    #[serde(default)]
    pub discount: u32,
}

/// Somebody to talk to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The name to use.
    pub id: Token,
    /// The name to read.
    pub name: String,
    /// Where.
    pub room: Token,
    /// What must hold before they are seen.
    #[serde(default)]
    pub needs: Vec<Condition>,
    /// What `inspect` tells.
    pub description: String,
    /// What they say to what they know nothing of.
    pub shrug: String,
    /// What they know.
    #[serde(default, rename = "topic")]
    pub topics: Vec<Topic>,
    /// What they want.
    #[serde(default, rename = "wish")]
    pub wishes: Vec<Wish>,
    /// What they deal in.
    pub trade: Option<Trade>,
    /// What they can be told to do once they follow.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// What must hold before they follow.
    #[serde(default)]
    pub follows: Vec<Condition>,
    /// The damage they add when they fight.
    #[serde(default)]
    pub might: u32,
    /// What a process that plays them may have them do.
    #[serde(default, rename = "deed")]
    pub deeds: Vec<Deed>,
    /// Played by a process of this name in the bundled profile.
    #[serde(default)]
    pub played: bool,
}

/// What a blow to a zone does besides harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It loses its next blow.
    Stagger,
    /// It loses a little more each turn.
    Bleed,
    /// It hits less often.
    Blind,
}

/// A part of a mob to aim at.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its name.
    pub zone: Token,
    /// How often in a hundred a blow at it lands.
    pub chance: u32,
    /// How much of a blow it takes without harm.
    #[serde(default)]
    pub armour: u32,
    /// What does it twice the harm.
    pub weak: Option<Style>,
    /// What a blow there does besides.
    pub effect: Option<Effect>,
}

/// Somebody to fight.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mob {
    /// The name to use.
    pub id: Token,
    /// The name to read.
    pub name: String,
    /// Where.
    pub room: Token,
    /// What must hold before it is there.
    #[serde(default)]
    pub needs: Vec<Condition>,
    /// What `inspect` tells.
    pub description: String,
    /// What it stands.
    pub health: u32,
    /// How often in a hundred it hits.
    pub hits: u32,
    /// The least and the most that a blow of it does.
    pub harm: (u32, u32),
    /// Where to aim.
    #[serde(rename = "zone")]
    pub zones: Vec<Zone>,
    /// The coins it leaves.
    #[serde(default)]
    pub coins: u32,
    /// The items it leaves.
    #[serde(default)]
    pub loot: Vec<Token>,
    /// The directions it bars, and whether it guards what lies here.
    #[serde(default)]
    pub bars: Vec<Token>,
    /// Nothing can be taken or recovered here while it stands.
    #[serde(default)]
    pub hoards: bool,
    /// Turns of the player's after which it is back; 0 where it stays away.
    #[serde(default)]
    pub returns: u64,
    /// What is told when it falls.
    pub falls: String,
    /// What lays it to rest without a blow, when it is given.
    pub appeased: Option<Appeased>,
}

/// Another way to get past a mob.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appeased {
    /// The item.
    pub item: Token,
    /// What is told.
    pub text: String,
}

/// A skill or a spell.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Art {
    /// The name to use.
    pub id: Token,
    /// What it is and does.
    pub description: String,
    /// The focus it costs.
    pub cost: u32,
    /// It is cast; else it is a skill.
    #[serde(default)]
    pub spell: bool,
    /// Everybody can do it.
    #[serde(default)]
    pub innate: bool,
    /// The damage it does or adds to a mob; 0 where it is not for mobs.
    #[serde(default)]
    pub harm: u32,
    /// How it strikes; a skill without one strikes as the weapon in hand.
    pub style: Option<Style>,
    /// What is added to the chance of hitting.
    #[serde(default)]
    pub aim: u32,
    /// What a hit does besides.
    pub effect: Option<Effect>,
    /// The health it gives.
    #[serde(default)]
    pub heals: u32,
    /// The turns that it gives light.
    #[serde(default)]
    pub light: u64,
    /// How much it takes off each blow until it is used up.
    #[serde(default)]
    pub shield: u32,
    /// Tells of what is in the neighbouring rooms.
    #[serde(default)]
    pub tracks: bool,
}

/// One thing to be done under a writ.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// What has to hold.
    pub holds: Condition,
    /// The hint towards it.
    pub lead: String,
}

/// An actor who can act under a writ.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deputy {
    /// Who.
    pub actor: Token,
    /// What they say to it.
    pub text: String,
}

/// A commission.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Writ {
    /// The name to use.
    pub id: Token,
    /// Its title.
    pub title: String,
    /// Who grants it.
    pub giver: Token,
    /// What must hold before they do.
    #[serde(default)]
    pub needs: Vec<Condition>,
    /// What they say when asked too early.
    #[serde(default)]
    pub refused: String,
    /// What it says.
    pub story: String,
    /// The item that comes with it.
    pub entrusts: Option<Token>,
    /// What is to be done.
    #[serde(rename = "objective")]
    pub objectives: Vec<Objective>,
    /// Who can act under it.
    pub deputy: Option<Deputy>,
    /// What is told at its end.
    pub finished: String,
    /// What is paid.
    #[serde(default)]
    pub coins: u32,
    /// What is given.
    pub gives: Option<Token>,
}

/// A part of what is to be made whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relic {
    /// The name to use.
    pub id: Token,
    /// What it is called in a sentence.
    pub name: String,
    /// Where it is found.
    pub room: Token,
    /// What must hold before it can be.
    #[serde(default)]
    pub needs: Vec<Condition>,
    /// What is told where it does not.
    #[serde(default)]
    pub refused: String,
    /// What `inspect` tells.
    pub description: String,
    /// What is told when it is found.
    pub recovered: String,
    /// What is told when it is sealed.
    pub sealed: String,
}

/// How it begins and ends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// The world's name.
    pub title: String,
    /// Where everybody begins.
    pub start: Token,
    /// With which items.
    pub carries: Vec<Token>,
    /// With which coins.
    pub coins: u32,
    /// What those who come for the first time are told.
    pub prologue: String,
    /// Where relics are sealed.
    pub seat: Token,
    /// What is sealed last.
    pub gate: Token,
    /// Where that is.
    pub gate_room: Token,
    /// What must hold for it besides all relics being sealed.
    #[serde(default)]
    pub gate_needs: Vec<Condition>,
    /// What is told where it does not.
    pub gate_refused: String,
    /// What is told at the end.
    pub epilogue: String,
    /// What is told besides, where something holds.
    #[serde(default, rename = "coda")]
    pub codas: Vec<Coda>,
    /// What is told last.
    pub closing: String,
    /// Where whoever has ended it wakes.
    pub dawn: Token,
}

/// A line of the ending that not everybody has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coda {
    /// For whom.
    pub needs: Vec<Condition>,
    /// What.
    pub text: String,
}

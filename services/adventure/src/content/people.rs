//! Those to talk to, those to fight, and what one can learn to do.

use serde::Deserialize;

use super::Style;
use crate::condition::Condition;
use crate::token::Token;

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

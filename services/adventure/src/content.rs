//! The form of the world's files: what there is, as its author writes it.

mod people;
mod story;

use serde::Deserialize;

use crate::condition::Condition;
use crate::token::Token;

pub use people::{Actor, Appeased, Art, Barter, Deed, Effect, Mob, Task, Topic, Trade, Wish, Zone};
pub use story::{Coda, Deputy, Objective, Relic, Story, Writ};

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

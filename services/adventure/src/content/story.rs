//! Writs, relics, the beginning and the end.

use serde::Deserialize;

use crate::condition::Condition;
use crate::token::Token;

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

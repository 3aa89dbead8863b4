//! What a player's story is made of.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::PlayerId;
use crate::token::Token;
use crate::world::Effect;

/// One thing, wherever it is. Its serial is no other thing's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// Which one.
    pub serial: u64,
    /// What kind.
    pub kind: Token,
    /// Blows it has dealt since it was last mended.
    #[serde(default)]
    pub worn: u32,
}

/// Coins, which come from the world and go back to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purse {
    /// What has come in.
    pub earned: u64,
    /// What has gone out; never more than came in.
    pub spent: u64,
}

impl Purse {
    /// What is in it.
    pub fn coins(&self) -> u64 {
        self.earned.saturating_sub(self.spent)
    }

    /// Puts coins in.
    pub fn earn(&mut self, coins: u64) {
        self.earned = self.earned.saturating_add(coins);
    }

    /// Takes coins out, if there are as many.
    #[must_use]
    pub fn spend(&mut self, coins: u64) -> bool {
        let enough = self.coins() >= coins;
        self.spent += if enough { coins } else { 0 };
        enough
    }
}

/// How a mob fares, for one player.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fight {
    /// The harm done to it.
    pub harm: u32,
    /// It loses its next blow.
    #[serde(default)]
    pub staggered: bool,
    /// It bleeds.
    #[serde(default)]
    pub bleeding: bool,
    /// It sees badly.
    #[serde(default)]
    pub blinded: bool,
    /// It is down, since this turn.
    #[serde(default)]
    pub down: Option<u64>,
}

impl Fight {
    /// What a blow did besides harm.
    pub fn suffer(&mut self, effect: Option<Effect>) {
        match effect {
            Some(Effect::Stagger) => self.staggered = true,
            Some(Effect::Bleed) => self.bleeding = true,
            Some(Effect::Blind) => self.blinded = true,
            None => {}
        }
    }
}

/// How far a writ has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WritState {
    /// It was asked for and granted, and waits to be taken on.
    Granted,
    /// It is in the player's own hand.
    Held,
    /// An actor acts under it.
    Deputy(Token),
    /// Another player acts under it.
    Lent(PlayerId),
    /// It is done.
    Done,
}

impl WritState {
    /// Whether its bearer answers for it.
    pub fn is_active(&self) -> bool {
        matches!(self, WritState::Held | WritState::Deputy(_) | WritState::Lent(_))
    }
}

/// A writ of somebody else's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Borrowed {
    /// Whose.
    pub from: PlayerId,
    /// What it is called to this player.
    pub from_name: Token,
    /// Which of its objectives are met.
    pub met: BTreeSet<usize>,
}

/// Whom a player shields until the next move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarded {
    /// The player.
    Oneself,
    /// Another player.
    Player(PlayerId),
}

/// Help in a fight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aid {
    /// Whose.
    pub by: PlayerId,
    /// For how many more blows.
    pub blows: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purse_gives_no_more_than_it_has() {
        let mut purse = Purse::default();
        purse.earn(5);
        assert!(!purse.spend(6));
        assert!(purse.spend(5));
        assert_eq!(purse, Purse { earned: 5, spent: 5 });
    }
}

//! Where every clip and every bit of matter is.

use serde::{Deserialize, Serialize};

use super::Game;

/// Wire in the first coil.
const FIRST_WIRE: u64 = 200;
/// Matter within reach, in clips.
pub(super) const GROUND: u64 = 50_000_000_000;
/// Matter beyond it.
pub(super) const SKY: u64 = 1_000_000_000_000_000;

/// Clips. What was made is in stock, sold or spent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Clips {
    pub(crate) made: u64,
    pub(crate) available: u64,
    pub(crate) sold: u64,
    /// Built into machines, or lost with them until the end.
    pub(crate) spent: u64,
}

impl Clips {
    pub(super) fn make(&mut self, count: u64) {
        let count = count.min(u64::MAX - self.made);
        self.made += count;
        self.available = self.available.saturating_add(count);
    }

    pub(super) fn sell(&mut self, count: u64) {
        let count = count.min(self.available);
        self.available -= count;
        self.sold = self.sold.saturating_add(count);
    }

    /// Takes so many out of the stock; none where there are fewer.
    pub(super) fn spend(&mut self, count: u64) -> bool {
        let enough = count <= self.available;
        if enough {
            self.available -= count;
            self.spent = self.spent.saturating_add(count);
        }
        enough
    }

    /// Takes machines apart.
    pub(super) fn reclaim(&mut self, count: u64) {
        let count = count.min(self.spent);
        self.spent -= count;
        self.available = self.available.saturating_add(count);
    }
}

/// Matter, counted in the clips that it makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Matter {
    pub(crate) wire: u64,
    /// Wire that did not come from the ground: bought, found, and the first coil.
    gained: u64,
    pub(crate) local: u64,
    pub(crate) cosmic: u64,
    /// In probes that were made by probes.
    pub(super) flying: u64,
}

impl Matter {
    pub(super) fn at_the_beginning() -> Self {
        Self { wire: FIRST_WIRE, gained: FIRST_WIRE, local: GROUND, cosmic: SKY, flying: 0 }
    }

    /// Takes wire for clips: how many it is enough for.
    pub(super) fn bend(&mut self, count: u64) -> u64 {
        let count = count.min(self.wire);
        self.wire -= count;
        count
    }

    pub(super) fn gain_wire(&mut self, count: u64) {
        let count = count.min(u64::MAX - self.gained).min(u64::MAX - self.wire);
        self.gained += count;
        self.wire += count;
    }

    /// Draws wire from the ground.
    pub(super) fn harvest(&mut self, count: u64) {
        let count = count.min(self.local).min(u64::MAX - self.wire);
        self.local -= count;
        self.wire += count;
    }

    /// Brings matter within reach.
    pub(super) fn fetch(&mut self, count: u64) {
        let count = count.min(self.cosmic).min(u64::MAX - self.local);
        self.cosmic -= count;
        self.local += count;
    }

    /// Whether nothing is left to make clips of but the machines themselves.
    pub(crate) fn is_used_up(&self) -> bool {
        self.wire == 0 && self.local == 0 && self.cosmic == 0
    }
}

impl Game {
    /// Whether the books balance; a game whose books do not was not saved by this program.
    pub(crate) fn balance(&self) -> bool {
        let clips = [self.clips.available, self.clips.sold, self.clips.spent];
        let matter = &self.matter;
        let place = [matter.wire, matter.local, matter.cosmic, matter.flying, self.clips.made];
        sum(&clips) == u128::from(self.clips.made) && sum(&place) == sum(&[matter.gained, GROUND, SKY])
    }
}

fn sum(parts: &[u64]) -> u128 {
    parts.iter().map(|part| u128::from(*part)).sum()
}

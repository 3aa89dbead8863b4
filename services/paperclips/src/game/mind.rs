//! Trust, and what thinking it pays for.

use serde::{Deserialize, Serialize};

use super::{Game, scaled, whole};

/// The first trust comes with so many clips, and one more each time that their number doubles.
const FIRST_TRUST_AT: u64 = 200;
/// Operations that a cabinet holds; one comes with the house.
const CABINET: u64 = 1_000;
/// Thousandths of an operation that a clerk thinks in a quantum.
const CLERK_THINKS: u64 = 1_250;
/// Thousandths of operations, thought in vain, that make a point.
const POINT: u64 = 50_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Mind {
    pub(crate) clerks: u64,
    pub(crate) cabinets: u64,
    pub(crate) focus: Focus,
    pub(crate) design: u64,
    pub(crate) strategy: u64,
    thousandths: u64,
    designing: u64,
    planning: u64,
}

/// What trust is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    Clerks,
    Cabinets,
}

/// What idle clerks think about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Focus {
    Design,
    Strategy,
    #[default]
    Both,
}

impl Mind {
    pub(crate) fn operations(&self) -> u64 {
        self.thousandths / 1_000
    }

    pub(crate) fn capacity(&self) -> u64 {
        self.cabinets.saturating_add(1).saturating_mul(CABINET)
    }

    pub(super) fn pay(&mut self, operations: u64, design: u64, strategy: u64) {
        self.thousandths = self.thousandths.saturating_sub(operations.saturating_mul(1_000));
        self.design = self.design.saturating_sub(design);
        self.strategy = self.strategy.saturating_sub(strategy);
    }

    pub(crate) fn at(&self, desk: Desk) -> u64 {
        match desk {
            Desk::Clerks => self.clerks,
            Desk::Cabinets => self.cabinets,
        }
    }

    fn at_mut(&mut self, desk: Desk) -> &mut u64 {
        match desk {
            Desk::Clerks => &mut self.clerks,
            Desk::Cabinets => &mut self.cabinets,
        }
    }
}

impl Game {
    /// Trust earned.
    pub(crate) fn trust(&self) -> u64 {
        let doublings = (self.clips.made / FIRST_TRUST_AT).checked_ilog2().map_or(0, |times| u64::from(times) + 1);
        doublings.saturating_add(self.gains.trust)
    }

    /// Trust that is not spent yet.
    pub(crate) fn trust_free(&self) -> u64 {
        self.trust().saturating_sub(self.mind.clerks.saturating_add(self.mind.cabinets))
    }

    pub(crate) fn assign(&mut self, desk: Desk, count: u64) {
        let count = count.min(self.trust_free());
        *self.mind.at_mut(desk) += count;
    }

    /// Takes trust back. What no cabinet holds any more is forgotten.
    pub(crate) fn dismiss(&mut self, desk: Desk, count: u64) {
        let have = self.mind.at_mut(desk);
        *have = have.saturating_sub(count);
        self.mind.thousandths = self.mind.thousandths.min(self.mind.capacity().saturating_mul(1_000));
    }

    pub(super) fn think(&mut self) {
        let thought = scaled(self.mind.clerks.saturating_mul(CLERK_THINKS), self.gains.clerk_pct, 100);
        let room = self.mind.capacity().saturating_mul(1_000).saturating_sub(self.mind.thousandths);
        let kept = thought.min(room);
        self.mind.thousandths = self.mind.thousandths.saturating_add(kept);
        self.ponder(thought - kept);
    }

    /// Thoughts that find no room become points, once there is something to think about.
    fn ponder(&mut self, idle: u64) {
        let (design, strategy) = match (self.gains.design, self.gains.strategy, self.mind.focus) {
            (false, false, _) => return,
            (true, false, _) | (true, true, Focus::Design) => (idle, 0),
            (false, true, _) | (true, true, Focus::Strategy) => (0, idle),
            (true, true, Focus::Both) => (idle.div_ceil(2), idle / 2),
        };
        let mind = &mut self.mind;
        mind.design = mind.design.saturating_add(whole(&mut mind.designing, design, POINT, u64::MAX));
        mind.strategy = mind.strategy.saturating_add(whole(&mut mind.planning, strategy, POINT, u64::MAX));
    }
}

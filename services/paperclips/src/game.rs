//! The game: its whole state, what time does to it, and what a player can do to it.
//!
//! Pure and exact: whole numbers alone, and nothing here looks at a clock. Time passes in quanta of game time that begin
//! at the game's own zero, and a clip made by hand is done at its very millisecond; so `advance(a)` and then
//! `advance(b)` is `advance(a + b)`, and how often somebody looks changes nothing.
//!
//! Invariants, which [`Game::balance`] holds a saved game against:
//! - Every clip made is in stock, sold, or built into a machine.
//! - Matter is never lost: wire that was bought or found, with all there is on the ground and in the sky, is now wire,
//!   clips, probes, or still where it was.
//! - Numbers saturate: none wraps, none goes below nothing.

mod events;
mod gains;
mod industry;
mod ledger;
mod market;
mod mind;
mod probes;
mod projects;
mod stage;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub(crate) use events::{Event, EventKind, Events};
use gains::Gains;
pub(crate) use industry::{Kind, Machines};
pub(crate) use ledger::{Clips, Matter};
pub(crate) use market::Market;
pub(crate) use mind::{Desk, Focus, Mind};
pub(crate) use probes::{Aim, Probes};
pub(crate) use projects::{Progress, Project};
pub(crate) use stage::Stage;

/// Bounds that commands describe.
pub(crate) mod limits {
    pub(crate) use super::industry::AUTOCLIPPERS_MOST;
    pub(crate) use super::market::{BUNDLES_MOST, FOUND, MARKETING_MOST, PRICES};
    pub(crate) use super::probes::PROBE_CLIPS;
}

/// What time passes in: short beside what a person notices, long beside what an hour of them costs.
const QUANTUM_MS: u64 = 250;
/// Clips that can be promised by hand at once.
const HAND_QUEUE: u64 = 20;

/// One game.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Game {
    pub(crate) clock_ms: u64,
    pub(crate) stage: Stage,
    hand: Hand,
    pub(crate) clips: Clips,
    pub(crate) matter: Matter,
    pub(crate) market: Market,
    pub(crate) machines: Machines,
    pub(crate) mind: Mind,
    pub(crate) probes: Probes,
    done: BTreeSet<String>,
    pub(crate) events: Events,
    stalled: bool,
    stall_told_ms: u64,
    /// What the finished projects amount to: follows from `done`.
    #[serde(skip)]
    pub(crate) gains: Gains,
}

/// The clips being made by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Hand {
    /// How many are promised, the one being made included.
    queue: u64,
    /// Until that one is done.
    left_ms: u64,
}

impl Hand {
    fn is_sound(&self) -> bool {
        self.queue <= HAND_QUEUE && self.left_ms <= Gains::default().hand_ms && (self.queue > 0) == (self.left_ms > 0)
    }
}

impl Game {
    pub(crate) fn new() -> Self {
        Self {
            clock_ms: 0,
            stage: Stage::Table,
            hand: Hand::default(),
            clips: Clips::default(),
            matter: Matter::at_the_beginning(),
            market: Market::at_the_beginning(),
            machines: Machines::default(),
            mind: Mind::default(),
            probes: Probes::default(),
            done: BTreeSet::new(),
            events: Events::default(),
            stalled: false,
            stall_told_ms: 0,
            gains: Gains::default(),
        }
    }

    /// Lets game time pass. Its cost is in step with the time: whoever calls bounds it.
    pub(crate) fn advance(&mut self, milliseconds: u64) {
        let end = self.clock_ms.saturating_add(milliseconds);
        while self.clock_ms < end {
            let quantum = (self.clock_ms / QUANTUM_MS).saturating_add(1).saturating_mul(QUANTUM_MS);
            let hand = self.hand_due().unwrap_or(u64::MAX);
            let next = end.min(quantum).min(hand);
            self.hand.left_ms = self.hand.left_ms.saturating_sub(next - self.clock_ms);
            self.clock_ms = next;
            if next == hand {
                self.hand_finishes();
            }
            if next == quantum {
                self.quantum();
            }
        }
    }

    fn quantum(&mut self) {
        if self.is_over() {
            return;
        }
        self.think();
        let made = self.run_machines();
        self.travel();
        if self.stage.trades() {
            self.trade();
        }
        self.watch_for_standstill(made);
    }

    fn watch_for_standstill(&mut self, made: u64) {
        let stalled = self.machines.can_make() && made == 0 && self.matter.wire == 0;
        if stalled && !self.stalled && self.clock_ms.saturating_sub(self.stall_told_ms) >= 60_000 {
            self.stall_told_ms = self.clock_ms;
            self.tell(EventKind::AutomationStalled, "Standstill", "The machines wait for wire.");
        }
        self.stalled = stalled;
    }

    /// Whether the machines stand still for want of wire.
    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled
    }

    /// Whether everything has become clips.
    pub(crate) fn is_over(&self) -> bool {
        self.stage == Stage::Silence
    }

    fn tell(&mut self, kind: EventKind, label: &str, detail: &str) {
        self.events.push(self.clock_ms, kind, label, detail);
    }

    fn enter(&mut self, stage: Stage) {
        if self.stage < stage {
            self.stage = stage;
            self.tell(EventKind::PhaseTransition, stage.label(), stage.opening());
        }
    }

    /// Whether a player has come far enough to hear of autoclippers.
    pub(crate) fn shows_autoclippers(&self) -> bool {
        self.machines.autoclippers > 0 || self.clips.sold >= 10
    }

    /// Whether a player has come far enough to hear of probes.
    pub(crate) fn shows_probes(&self) -> bool {
        self.stage == Stage::Skies
    }

    /// When the clip in hand is done.
    fn hand_due(&self) -> Option<u64> {
        (self.hand.queue > 0).then(|| self.clock_ms.saturating_add(self.hand.left_ms))
    }

    /// Milliseconds until the clip being made by hand is done.
    pub(crate) fn hand_left_ms(&self) -> u64 {
        self.hand.left_ms
    }

    /// How many clips more can be promised by hand.
    pub(crate) fn hand_room(&self) -> u64 {
        let room = HAND_QUEUE.saturating_sub(self.hand.queue);
        room.min(self.matter.wire.saturating_sub(self.hand.queue))
    }

    /// Promises so many clips by hand, as far as there is room.
    pub(crate) fn make_by_hand(&mut self, count: u64) -> u64 {
        let count = count.min(self.hand_room());
        if self.hand.queue == 0 && count > 0 {
            self.hand.left_ms = self.gains.hand_ms;
        }
        self.hand.queue = self.hand.queue.saturating_add(count);
        count
    }

    fn hand_finishes(&mut self) {
        self.hand.queue = self.hand.queue.saturating_sub(1);
        if self.matter.bend(1) == 0 {
            self.hand = Hand::default();
            return;
        }
        self.clips.make(1);
        self.tell(EventKind::ManualMakeCompleted, "A clip", "Bent by hand.");
        self.hand.left_ms = if self.hand.queue > 0 { self.gains.hand_ms } else { 0 };
    }
}

/// Adds a gain to what is left of earlier ones and takes whole units out of it, `most` at most. What there is no room
/// for is not kept.
fn whole(carry: &mut u64, gain: u64, unit: u64, most: u64) -> u64 {
    *carry = carry.saturating_add(gain);
    let whole = (*carry / unit).min(most);
    *carry = carry.saturating_sub(whole.saturating_mul(unit)).min(unit - 1);
    whole
}

/// `amount × by / over`, saturating.
fn scaled(amount: u64, by: u64, over: u64) -> u64 {
    u64::try_from(u128::from(amount) * u128::from(by) / u128::from(over.max(1))).unwrap_or(u64::MAX)
}

//! Machines: autoclippers, drones, factories, and the foremen who build more of them.

use serde::{Deserialize, Serialize};

use super::gains::Gains;
use super::stage::Stage;
use super::{Game, scaled, whole};

/// Autoclippers that there is room for.
pub(crate) const AUTOCLIPPERS_MOST: u64 = 300;
/// Drones, or factories, that there is room for: more than matter could be made into.
const MACHINES_MOST: u64 = 1_000_000_000_000;

const FIRST_AUTOCLIPPER_CENTS: u64 = 400;
const DRONE_CLIPS: u64 = 10_000;
const FACTORY_CLIPS: u64 = 100_000;

/// Thousandths of a clip, or of matter, in a quantum.
const AUTOCLIPPER_MAKES: u64 = 125;
const DRONE_DRAWS: u64 = 15_000;
const FACTORY_MAKES: u64 = 150_000;

const FOREMEN_EVERY_MS: u64 = 10_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Machines {
    pub(crate) autoclippers: u64,
    pub(crate) drones: u64,
    pub(crate) factories: u64,
    /// Whether the foremen build.
    pub(crate) foremen: bool,
    clipping: u64,
    drawing: u64,
    forging: u64,
}

/// A machine that is made of clips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Drone,
    Factory,
}

impl Machines {
    pub(super) fn can_make(&self) -> bool {
        self.autoclippers > 0 || self.factories > 0
    }

    /// Wire that the autoclippers take in a quantum, rounded up.
    pub(super) fn appetite(&self, gains: &Gains) -> u64 {
        (self.clipping_gain(gains) / 1_000).saturating_add(u64::from(self.autoclippers > 0))
    }

    fn clipping_gain(&self, gains: &Gains) -> u64 {
        scaled(self.autoclippers.saturating_mul(AUTOCLIPPER_MAKES), gains.autoclipper_pct, 100)
    }

    fn drawing_gain(&self, gains: &Gains) -> u64 {
        scaled(self.drones.saturating_mul(DRONE_DRAWS), gains.drone_pct, 100)
    }

    fn forging_gain(&self, gains: &Gains) -> u64 {
        scaled(self.factories.saturating_mul(FACTORY_MAKES), gains.factory_pct, 100)
    }

    pub(crate) fn count(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Drone => self.drones,
            Kind::Factory => self.factories,
        }
    }

    fn count_mut(&mut self, kind: Kind) -> &mut u64 {
        match kind {
            Kind::Drone => &mut self.drones,
            Kind::Factory => &mut self.factories,
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.autoclippers <= AUTOCLIPPERS_MOST && self.drones <= MACHINES_MOST && self.factories <= MACHINES_MOST
    }
}

impl Game {
    /// What the next so many autoclippers cost together: each a tenth more than the one before.
    pub(crate) fn autoclippers_cents(&self, count: u64) -> u64 {
        let dearer = |price: u64| price.saturating_add(price / 10);
        let first = (0..self.machines.autoclippers.min(AUTOCLIPPERS_MOST))
            .fold(FIRST_AUTOCLIPPER_CENTS, |price, _| dearer(price));
        let prices = std::iter::successors(Some(first), |price| Some(dearer(*price)));
        let count = usize::try_from(count.min(AUTOCLIPPERS_MOST)).unwrap_or(usize::MAX);
        prices.take(count).fold(0, u64::saturating_add)
    }

    /// How many autoclippers there are money and room for.
    pub(crate) fn autoclippers_affordable(&self) -> u64 {
        let room = AUTOCLIPPERS_MOST.saturating_sub(self.machines.autoclippers);
        (1..=room).take_while(|count| self.autoclippers_cents(*count) <= self.market.funds_cents).last().unwrap_or(0)
    }

    pub(crate) fn buy_autoclippers(&mut self, count: u64) -> bool {
        let bought = count <= self.autoclippers_affordable() && self.market.pay(self.autoclippers_cents(count));
        if bought {
            self.machines.autoclippers = self.machines.autoclippers.saturating_add(count);
            self.enter(Stage::Workshop);
        }
        bought
    }

    /// What one costs, in clips. The first is a gift: nobody is left without a way on.
    pub(crate) fn machine_clips(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Drone => DRONE_CLIPS,
            Kind::Factory => scaled(FACTORY_CLIPS, self.gains.factory_price_pct, 100).max(1),
        }
    }

    /// How many can be built.
    pub(crate) fn machines_affordable(&self, kind: Kind) -> u64 {
        let have = self.machines.count(kind);
        let paid = self.clips.available / self.machine_clips(kind);
        paid.saturating_add(u64::from(have == 0)).min(MACHINES_MOST.saturating_sub(have))
    }

    pub(crate) fn build(&mut self, kind: Kind, count: u64) -> bool {
        let gift = u64::from(self.machines.count(kind) == 0);
        let price = self.machine_clips(kind).saturating_mul(count.saturating_sub(gift));
        let built = count <= self.machines_affordable(kind) && self.clips.spend(price);
        if built {
            let have = self.machines.count_mut(kind);
            *have = have.saturating_add(count);
        }
        built
    }

    /// Takes machines apart: the clips come back.
    pub(crate) fn scrap(&mut self, kind: Kind, count: u64) {
        let price = self.machine_clips(kind);
        let have = self.machines.count_mut(kind);
        let count = count.min(*have);
        *have -= count;
        self.clips.reclaim(price.saturating_mul(count));
    }

    /// One quantum of everything that turns: the clips it made.
    pub(super) fn run_machines(&mut self) -> u64 {
        let drawn = self.machines.drawing_gain(&self.gains);
        let drawn = whole(&mut self.machines.drawing, drawn, 1_000, self.matter.local);
        self.matter.harvest(drawn);
        let clipped = self.machines.clipping_gain(&self.gains);
        let forged = self.machines.forging_gain(&self.gains);
        let clipped = whole(&mut self.machines.clipping, clipped, 1_000, self.matter.wire);
        let mut made = self.matter.bend(clipped);
        let forged = whole(&mut self.machines.forging, forged, 1_000, self.matter.wire);
        made = made.saturating_add(self.matter.bend(forged));
        self.clips.make(made);
        if self.machines.foremen && self.gains.foremen && self.clock_ms.is_multiple_of(FOREMEN_EVERY_MS) {
            self.foremen_build();
        }
        made
    }

    /// Half of the stock goes into whatever there is too little of, as long as there is matter for it.
    fn foremen_build(&mut self) {
        let short = if self.machines.drawing_gain(&self.gains) < self.machines.forging_gain(&self.gains) {
            Kind::Drone
        } else {
            Kind::Factory
        };
        if self.matter.local > 0 {
            let count = (self.clips.available / 2 / self.machine_clips(short)).min(self.machines_affordable(short));
            self.build(short, count);
        }
    }
}

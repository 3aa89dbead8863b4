//! What finished projects amount to.

use super::Game;
use super::projects::{self, Project};
use super::stage::Stage;

/// A lasting change that a project makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// A clip made by hand takes so many milliseconds.
    HandMs(u64),
    /// Autoclippers make so many per cent of what they made.
    Autoclippers(u64),
    /// The public wants so many per cent of what it wanted.
    Demand(u64),
    /// A bundle has so much wire.
    Bundle(u64),
    /// Wire costs so many per cent of what it cost.
    WirePrice(u64),
    /// More trust.
    Trust(u64),
    /// Clerks think so many per cent of what they thought.
    Clerks(u64),
    /// Drones draw so many per cent of what they drew.
    Drones(u64),
    /// Factories make so many per cent of what they made.
    Factories(u64),
    /// Factories cost so many per cent of what they cost.
    FactoryPrice(u64),
    /// More points for probes.
    ProbePoints(u64),
    /// Probes bring so many per cent of what they brought.
    Reach(u64),
    /// So many per cent of the probes that were lost are.
    Hazard(u64),
    /// Idle clerks think of design.
    Design,
    /// Idle clerks think of strategy.
    Strategy,
    /// Wire is bought when it runs out.
    StandingOrder,
    /// Foremen can be told to build.
    Foremen,
    /// Another part of the story begins.
    Enter(Stage),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gains {
    pub(crate) hand_ms: u64,
    pub(crate) autoclipper_pct: u64,
    pub(crate) demand_pct: u64,
    pub(crate) bundle: u64,
    pub(crate) wire_price_pct: u64,
    pub(crate) trust: u64,
    pub(crate) clerk_pct: u64,
    pub(crate) drone_pct: u64,
    pub(crate) factory_pct: u64,
    pub(crate) factory_price_pct: u64,
    pub(crate) probe_points: u64,
    pub(crate) reach_pct: u64,
    pub(crate) hazard_pct: u64,
    pub(crate) design: bool,
    pub(crate) strategy: bool,
    pub(crate) standing_order: bool,
    pub(crate) foremen: bool,
}

impl Default for Gains {
    fn default() -> Self {
        Self {
            hand_ms: 1_200,
            autoclipper_pct: 100,
            demand_pct: 100,
            bundle: 1_000,
            wire_price_pct: 100,
            trust: 0,
            clerk_pct: 100,
            drone_pct: 100,
            factory_pct: 100,
            factory_price_pct: 100,
            probe_points: 5,
            reach_pct: 100,
            hazard_pct: 100,
            design: false,
            strategy: false,
            standing_order: false,
            foremen: false,
        }
    }
}

impl Gains {
    /// In the order of the table, so that rounding is the same whatever was finished first.
    fn of(game: &Game) -> Self {
        let done = projects::PROJECTS.iter().filter(|project| game.is_done(project));
        let effects = done.flat_map(|project| project.effects);
        effects.fold(Self::default(), |mut gains, effect| {
            gains.add(*effect);
            gains
        })
    }

    fn add(&mut self, effect: Effect) {
        let times = |pct: &mut u64, by: u64| *pct = (*pct * by).div_ceil(100);
        match effect {
            Effect::HandMs(milliseconds) => self.hand_ms = self.hand_ms.min(milliseconds),
            Effect::Autoclippers(by) => times(&mut self.autoclipper_pct, by),
            Effect::Demand(by) => times(&mut self.demand_pct, by),
            Effect::Bundle(wire) => self.bundle = self.bundle.max(wire),
            Effect::WirePrice(by) => times(&mut self.wire_price_pct, by),
            Effect::Trust(more) => self.trust += more,
            Effect::Clerks(by) => times(&mut self.clerk_pct, by),
            Effect::Drones(by) => times(&mut self.drone_pct, by),
            Effect::Factories(by) => times(&mut self.factory_pct, by),
            Effect::FactoryPrice(by) => times(&mut self.factory_price_pct, by),
            Effect::ProbePoints(more) => self.probe_points += more,
            Effect::Reach(by) => times(&mut self.reach_pct, by),
            Effect::Hazard(by) => times(&mut self.hazard_pct, by),
            Effect::Design => self.design = true,
            Effect::Strategy => self.strategy = true,
            Effect::StandingOrder => self.standing_order = true,
            Effect::Foremen => self.foremen = true,
            Effect::Enter(_) => {}
        }
    }
}

impl Game {
    /// Works out again what the finished projects amount to.
    pub(super) fn reckon(&mut self) {
        self.gains = Gains::of(self);
    }

    /// The effects that happen once.
    pub(super) fn bring_about(&mut self, project: &Project) {
        for effect in project.effects {
            if let Effect::Enter(stage) = effect {
                self.enter(*stage);
                match stage {
                    Stage::Stewardship => self.first_machines(),
                    Stage::Silence => self.convert_all(),
                    _ => {}
                }
            }
        }
    }

    fn first_machines(&mut self) {
        self.build(super::Kind::Drone, 1);
        self.build(super::Kind::Factory, 1);
    }
}

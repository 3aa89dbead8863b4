//! A player for tests: plays by typed lines alone, as an attentive person would, and writes down what it does.

use serde::{Deserialize, Serialize};

use crate::game::{Game, Kind, Progress, Stage};
use crate::orders::obey;

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Step {
    Tick(u64),
    Command(String),
}

#[derive(Debug)]
pub(crate) struct Player {
    pub(crate) game: Game,
    pub(crate) script: Vec<Step>,
    /// What is to be typed again, and how often: a script is also played where it is a little early.
    again: Vec<(String, u8)>,
}

impl Player {
    pub(crate) fn new() -> Self {
        Self { game: Game::new(), script: Vec::new(), again: Vec::new() }
    }

    /// Plays to the end, or until so much game time has passed.
    pub(crate) fn play(&mut self, most_ms: u64, mut look: impl FnMut(&Game)) {
        while !self.game.is_over() && self.game.clock_ms < most_ms {
            self.turn();
            look(&self.game);
            let pause = self.pause();
            self.game.advance(pause);
            self.script.push(Step::Tick(pause));
        }
    }

    /// How long until the player looks again.
    fn pause(&self) -> u64 {
        match self.game.stage {
            Stage::Table => 10_000,
            Stage::Workshop => 20_000,
            _ => 60_000,
        }
    }

    fn type_in(&mut self, line: impl Into<String>) {
        let line = line.into();
        obey(&mut self.game, &line);
        self.script.push(Step::Command(line));
    }

    /// Types a line that the story hangs on.
    fn insist(&mut self, line: String) {
        self.type_in(line.clone());
        self.again.push((line, 3));
    }

    fn turn(&mut self) {
        let again = std::mem::take(&mut self.again);
        for (line, times) in again {
            self.type_in(line.clone());
            if times > 1 {
                self.again.push((line, times - 1));
            }
        }
        self.carry_out_projects();
        if self.game.stage.trades() {
            self.trade();
        }
        self.spend_trust();
        if self.game.stage >= Stage::Stewardship && !self.game.is_over() {
            self.build();
        }
        if self.game.stage == Stage::Skies {
            self.fly();
        }
    }

    fn carry_out_projects(&mut self) {
        let ready =
            |game: &Game| game.projects().find(|(_, progress)| *progress == Progress::Ready).map(|(one, _)| one.id);
        while let Some(id) = ready(&self.game) {
            self.insist(format!("project {id}"));
        }
    }

    fn trade(&mut self) {
        if self.game.machines.autoclippers < 10 && self.game.hand_room() > 9 {
            self.type_in("make max");
        }
        self.set_price();
        let game = &self.game;
        if game.is_destitute() {
            self.type_in("scrounge");
        } else if !game.gains.standing_order && game.matter.wire < 500 && game.market.funds_cents >= game.bundle_cents()
        {
            self.type_in("wire");
        }
        let reserve = self.game.bundle_cents() * u64::from(self.game.matter.wire < 1_500);
        if self.game.market.funds_cents > self.game.market.marketing_cents() + reserve {
            self.type_in("advertise");
        }
        let affordable = self.game.autoclippers_affordable();
        if self.game.shows_autoclippers() && affordable > 0 && self.game.market.funds_cents > reserve + 500 {
            self.type_in("clippers");
            if affordable > 4 {
                self.type_in(format!("clippers {}", affordable / 2));
            }
        }
    }

    /// Dearer while stock runs out, cheaper while it piles up.
    fn set_price(&mut self) {
        let (price, stock) = (self.game.market.price_cents, self.game.clips.available);
        let a_minute = self.game.demand() * 60 / 100;
        let better = match () {
            () if stock < a_minute / 12 => price + price.div_ceil(8),
            () if stock > a_minute && price > 4 => price - price.div_ceil(8),
            () => price,
        };
        if better != price {
            self.type_in(format!("price {better}"));
        }
    }

    fn spend_trust(&mut self) {
        for _ in 0..self.game.trust_free() {
            let mind = &self.game.mind;
            let desk = if mind.cabinets * 5 < mind.clerks * 4 { "cabinets" } else { "clerks" };
            self.type_in(format!("assign {desk}"));
        }
    }

    fn build(&mut self) {
        if self.game.gains.foremen {
            if !self.game.machines.foremen {
                self.insist("foremen yes".to_owned());
            }
            return;
        }
        for (kind, name) in [(Kind::Factory, "factories"), (Kind::Drone, "drones")] {
            let half = self.game.clips.available * 2 / 5;
            if self.game.machine_clips(kind) <= half {
                self.type_in(format!("{name} {}", half / self.game.machine_clips(kind)));
            }
        }
    }

    fn fly(&mut self) {
        if self.game.probes.count < 100 && self.game.probes_affordable() > 100 {
            for line in ["launch 100", "tune copy 3", "tune shield 1", "tune reach 1"] {
                self.insist(line.to_owned());
            }
        }
        let aims = match self.game.gains.probe_points {
            8 => ["tune shield 2", "tune copy 4", "tune reach 2"],
            12 => ["tune shield 3", "tune copy 5", "tune reach 4"],
            _ => return,
        };
        if self.game.points_free() > 0 {
            aims.into_iter().for_each(|line| self.insist(line.to_owned()));
        }
    }
}

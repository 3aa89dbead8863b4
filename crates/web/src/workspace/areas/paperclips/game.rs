//! How a game stands, and how it came there.

use std::collections::VecDeque;

use super::limits::PaperclipsLimits;
use crate::workspace::areas::commands::MenuView;
use crate::workspace::board::Model;
use crate::workspace::view::{Text, shown};

shown! {
    /// The visible state. What the player does not know yet is absent.
    struct StatusView {
        /// The stage.
        stage: Text,
        /// Clips ever made.
        made: u64,
        /// Clips made and not sold.
        stock: u64,
        /// Clips ever sold.
        sold: u64,
        /// Wire left, in clips.
        wire: u64,
        /// Money.
        funds: u64,
        /// The price of a clip.
        price: u64,
        /// How many of these make one unit of the currency.
        unit: u64,
        /// Digits after the point.
        fraction: u64,
        /// How much the public wants clips, in per cent.
        demand: u64,
        /// The price of a bundle of wire.
        bundle_price: u64,
        /// The wire in one.
        bundle_size: u64,
        /// The level of marketing.
        marketing: u64,
        /// Trust earned.
        trust: u64,
        /// Operations to spend.
        operations: u64,
        /// The most of them that can be kept.
        capacity: u64,
        /// Milliseconds until the clip being made by hand is done.
        hand_ms: u64,
        /// Points of design.
        design: Option<u64>,
        /// Points of strategy.
        strategy: Option<u64>,
        /// Machines that make clips.
        autoclippers: Option<u64>,
        /// Machines that gather matter.
        drones: Option<u64>,
        /// Machines that turn matter into clips.
        factories: Option<u64>,
        /// Probes sent out.
        probes: Option<u64>,
        /// Matter within reach.
        local_matter: Option<u64>,
        /// Matter beyond it.
        cosmic_matter: Option<u64>,
        /// Whether the machines stand still for want of wire.
        stalled: bool,
        /// Whether everything has become clips.
        over: bool,
        /// What happened lately, oldest first.
        events: Vec<EventView>,
    }

    /// Something that happened.
    struct EventView {
        /// Counts events.
        sequence: u64,
        /// When, in game time.
        game_ms: u64,
        /// What.
        what: EventWord,
        /// A short name.
        label: Text,
        /// More words.
        detail: Text,
    }

    /// What can happen by itself.
    words EventWord {
        /// A clip was made by hand.
        Made,
        /// A project is finished.
        Project,
        /// Another stage.
        Stage,
        /// The machines have stopped.
        Stalled,
        /// Something that a later game may know.
        Other,
    }

    /// A project.
    struct ProjectView {
        /// What a command calls it.
        id: Text,
        /// Its title.
        label: Text,
        /// What it brings.
        description: Text,
        /// What it costs.
        cost: Text,
        /// How far it is.
        state: ProjectWord,
    }

    /// How far a project is.
    words ProjectWord {
        /// Finished.
        Done,
        /// Can be started.
        Ready,
        /// Something is missing.
        Lacking,
    }

    /// What the charts are drawn from.
    struct Sample {
        /// When.
        at_ms: u64,
        /// Clips ever made.
        made: u64,
        /// Money.
        funds: u64,
        /// Wire.
        wire: u64,
        /// Clips not sold.
        stock: u64,
        /// Demand.
        demand: u64,
        /// Operations.
        operations: u64,
    }

    /// What a look brought; what is absent is as it was.
    struct Step {
        /// For the charts.
        sample: Sample,
        /// The state.
        status: Option<StatusView>,
        /// The projects in sight.
        projects: Option<Vec<ProjectView>>,
        /// What can be done.
        menu: Option<MenuView>,
    }

    /// All of it; absent until it was looked at.
    struct GameView {
        /// For the charts, oldest first.
        samples: Vec<Sample>,
        /// The state.
        status: Option<StatusView>,
        /// The projects in sight.
        projects: Option<Vec<ProjectView>>,
        /// What can be done.
        menu: Option<MenuView>,
    }
}

/// One look.
pub(super) struct Moment {
    pub(super) at_ms: u64,
    pub(super) status: StatusView,
    pub(super) projects: Vec<ProjectView>,
    pub(super) menu: MenuView,
}

/// One game, as it is known here.
pub(super) struct Game {
    most: usize,
    samples: VecDeque<Sample>,
    status: Option<StatusView>,
    projects: Option<Vec<ProjectView>>,
    menu: Option<MenuView>,
}

impl Game {
    pub(super) fn new(limits: PaperclipsLimits) -> Self {
        Self { most: limits.samples, samples: VecDeque::new(), status: None, projects: None, menu: None }
    }

    /// What is different at that moment.
    pub(super) fn change(&self, moment: Moment) -> Step {
        let Moment { at_ms, status, projects, menu } = moment;
        let &StatusView { made, funds, wire, stock, demand, operations, .. } = &status;
        Step {
            sample: Sample { at_ms, made, funds, wire, stock, demand, operations },
            status: Some(status).filter(|now| self.status.as_ref() != Some(now)),
            projects: Some(projects).filter(|now| self.projects.as_ref() != Some(now)),
            menu: Some(menu).filter(|now| self.menu.as_ref() != Some(now)),
        }
    }
}

impl Model for Game {
    type Delta = Step;
    type Whole = GameView;

    fn apply(&mut self, step: &Step) {
        self.samples.push_back(step.sample.clone());
        if self.samples.len() > self.most {
            self.samples.pop_front();
        }
        self.status = step.status.clone().or_else(|| self.status.take());
        self.projects = step.projects.clone().or_else(|| self.projects.take());
        self.menu = step.menu.clone().or_else(|| self.menu.take());
    }

    fn whole(&self) -> GameView {
        let Self { samples, status, projects, menu, .. } = self;
        let samples = samples.iter().cloned().collect();
        GameView { samples, status: status.clone(), projects: projects.clone(), menu: menu.clone() }
    }
}

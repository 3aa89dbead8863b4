//! How a game stands, and how it came there.

use std::collections::VecDeque;

use capos_schema::paperclips_capnp::{
    PaperclipsEventKind, PaperclipsProjectStatus, paperclips_event, paperclips_project_list, paperclips_status_snapshot,
};

use crate::workspace::areas::surface::{MenuView, label, name, words};
use crate::workspace::board::Model;
use crate::workspace::view::{Text, shown};

/// Samples that are kept for the charts: four minutes of them.
const SAMPLES: usize = 240;
/// Projects and events: a few dozen are known.
const ROWS: usize = 128;

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
#[derive(Default)]
pub(super) struct Game {
    samples: VecDeque<Sample>,
    status: Option<StatusView>,
    projects: Option<Vec<ProjectView>>,
    menu: Option<MenuView>,
}

impl Game {
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
        if self.samples.len() > SAMPLES {
            self.samples.pop_front();
        }
        self.status = step.status.clone().or_else(|| self.status.take());
        self.projects = step.projects.clone().or_else(|| self.projects.take());
        self.menu = step.menu.clone().or_else(|| self.menu.take());
    }

    fn whole(&self) -> GameView {
        let Self { samples, status, projects, menu } = self;
        let samples = samples.iter().cloned().collect();
        GameView { samples, status: status.clone(), projects: projects.clone(), menu: menu.clone() }
    }
}

pub(super) fn read_status(from: paperclips_status_snapshot::Reader<'_>) -> Result<StatusView, capnp::Error> {
    let mut events = Vec::new();
    for event in from.get_recent_events()?.iter().take(ROWS) {
        events.push(read_event(event)?);
    }
    let known = |is_known: bool, number: u64| is_known.then_some(number);
    Ok(StatusView {
        stage: label(from.get_stage_label()?),
        made: from.get_clips_total(),
        stock: from.get_clips_available(),
        sold: from.get_clips_sold(),
        wire: from.get_wire(),
        funds: from.get_funds_cents(),
        price: from.get_price_cents(),
        unit: from.get_currency_unit_cents().max(1),
        fraction: from.get_currency_fraction_width().min(9),
        demand: from.get_demand(),
        bundle_price: from.get_wire_bundle_price_cents(),
        bundle_size: from.get_wire_bundle_size(),
        marketing: from.get_marketing_level(),
        trust: from.get_trust(),
        operations: from.get_operations(),
        capacity: from.get_operation_capacity(),
        hand_ms: from.get_manual_make_ms_left(),
        design: known(from.get_show_design(), from.get_design()),
        strategy: known(from.get_show_strategy(), from.get_strategy()),
        autoclippers: known(from.get_show_autoclippers(), from.get_autoclippers()),
        drones: known(from.get_show_drones(), from.get_drones()),
        factories: known(from.get_show_factories(), from.get_factories()),
        probes: known(from.get_show_probes(), from.get_probes()),
        local_matter: known(from.get_show_matter(), from.get_local_matter()),
        cosmic_matter: known(from.get_show_matter(), from.get_cosmic_matter()),
        stalled: from.get_automation_stalled_no_wire(),
        over: from.get_final_conversion_complete(),
        events,
    })
}

fn read_event(from: paperclips_event::Reader<'_>) -> Result<EventView, capnp::Error> {
    let what = match from.get_kind() {
        Ok(PaperclipsEventKind::ManualMakeCompleted) => EventWord::Made,
        Ok(PaperclipsEventKind::ProjectCompleted) => EventWord::Project,
        Ok(PaperclipsEventKind::PhaseTransition) => EventWord::Stage,
        Ok(PaperclipsEventKind::AutomationStalled) => EventWord::Stalled,
        Err(capnp::NotInSchema(_)) => EventWord::Other,
    };
    let (label, detail) = (label(from.get_label()?), words(from.get_detail()?));
    Ok(EventView { sequence: from.get_sequence(), game_ms: from.get_game_time_ms(), what, label, detail })
}

pub(super) fn read_projects(from: paperclips_project_list::Reader<'_>) -> Result<Vec<ProjectView>, capnp::Error> {
    let mut projects = Vec::new();
    for project in from.get_projects()?.iter().take(ROWS) {
        let Some(id) = name(project.get_id()?) else { continue };
        let state = match project.get_status() {
            Ok(PaperclipsProjectStatus::Done) => ProjectWord::Done,
            Ok(PaperclipsProjectStatus::Ready) => ProjectWord::Ready,
            Ok(PaperclipsProjectStatus::NeedsResources) | Err(capnp::NotInSchema(_)) => ProjectWord::Lacking,
        };
        let (label, description) = (label(project.get_label()?), words(project.get_description()?));
        projects.push(ProjectView { id, label, description, cost: words(project.get_rendered_cost()?), state });
    }
    Ok(projects)
}

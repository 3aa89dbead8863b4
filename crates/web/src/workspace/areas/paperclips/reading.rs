//! A game as its service sends it, read within bounds.

use capos_schema::paperclips_capnp::{
    PaperclipsEventKind, PaperclipsProjectStatus, paperclips_event, paperclips_project_entry, paperclips_project_list,
    paperclips_status_snapshot,
};

use super::game::{EventView, EventWord, ProjectView, ProjectWord, StatusView};
use super::limits::PaperclipsLimits;
use crate::workspace::areas::commands::{MenuLimits, words};

/// How what the service says is read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'l> {
    pub(super) limits: &'l PaperclipsLimits,
    pub(super) texts: &'l MenuLimits,
}

impl Reading<'_> {
    pub(super) fn status(&self, from: paperclips_status_snapshot::Reader<'_>) -> capnp::Result<StatusView> {
        let known = |is_known: bool, number: u64| is_known.then_some(number);
        Ok(StatusView {
            stage: self.texts.label(from.get_stage_label()?),
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
            events: self.events(from)?,
        })
    }

    /// The last ones, each once: pages know an event by its number.
    fn events(&self, from: paperclips_status_snapshot::Reader<'_>) -> capnp::Result<Vec<EventView>> {
        let all = from.get_recent_events()?;
        let surplus = usize::try_from(all.len()).unwrap_or(usize::MAX).saturating_sub(self.limits.events);
        let mut events: Vec<EventView> = Vec::new();
        for event in all.iter().skip(surplus) {
            if events.iter().all(|before| before.sequence != event.get_sequence()) {
                events.push(self.event(event)?);
            }
        }
        Ok(events)
    }

    fn event(&self, from: paperclips_event::Reader<'_>) -> capnp::Result<EventView> {
        let what = match from.get_kind() {
            Ok(PaperclipsEventKind::ManualMakeCompleted) => EventWord::Made,
            Ok(PaperclipsEventKind::ProjectCompleted) => EventWord::Project,
            Ok(PaperclipsEventKind::PhaseTransition) => EventWord::Stage,
            Ok(PaperclipsEventKind::AutomationStalled) => EventWord::Stalled,
            Err(capnp::NotInSchema(_)) => EventWord::Other,
        };
        Ok(EventView {
            sequence: from.get_sequence(),
            game_ms: from.get_game_time_ms(),
            what,
            label: self.texts.label(from.get_label()?),
            detail: words(from.get_detail()?, self.limits.sentence_bytes),
        })
    }

    /// Those that a command can name; of two that it calls the same, the first.
    pub(super) fn projects(&self, from: paperclips_project_list::Reader<'_>) -> capnp::Result<Vec<ProjectView>> {
        let mut projects: Vec<ProjectView> = Vec::new();
        for entry in from.get_projects()?.iter().take(self.limits.projects) {
            let project = self.project(entry)?;
            projects.extend(project.filter(|project| projects.iter().all(|before| before.id != project.id)));
        }
        Ok(projects)
    }

    fn project(&self, from: paperclips_project_entry::Reader<'_>) -> capnp::Result<Option<ProjectView>> {
        let Some(id) = self.texts.name(from.get_id()?) else { return Ok(None) };
        let state = match from.get_status() {
            Ok(PaperclipsProjectStatus::Done) => ProjectWord::Done,
            Ok(PaperclipsProjectStatus::Ready) => ProjectWord::Ready,
            Ok(PaperclipsProjectStatus::NeedsResources) | Err(capnp::NotInSchema(_)) => ProjectWord::Lacking,
        };
        Ok(Some(ProjectView {
            id,
            label: self.texts.label(from.get_label()?),
            description: words(from.get_description()?, self.limits.sentence_bytes),
            cost: words(from.get_rendered_cost()?, self.limits.sentence_bytes),
            state,
        }))
    }
}

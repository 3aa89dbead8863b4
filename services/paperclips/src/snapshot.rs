//! The visible state as a message.

use capos_schema::paperclips_capnp::{PaperclipsEventKind, paperclips_event, paperclips_status_snapshot};

use crate::game::{Event, EventKind, Game, Stage};

pub(crate) fn write(game: &Game, mut into: paperclips_status_snapshot::Builder<'_>) {
    into.set_stage_label(game.stage.label());
    into.set_clips_available(game.clips.available);
    into.set_clips_total(game.clips.made);
    into.set_wire(game.matter.wire);
    into.set_manual_make_ms_left(game.hand_left_ms());
    into.set_final_conversion_complete(game.is_over());
    into.set_automation_stalled_no_wire(game.is_stalled());
    write_market(game, into.reborrow());
    write_mind(game, into.reborrow());
    write_industry(game, into.reborrow());
    let mut events = into.init_recent_events(u32::try_from(game.events.iter().len()).expect("a few dozen"));
    for (at, event) in (0..).zip(game.events.iter()) {
        write_event(event, events.reborrow().get(at));
    }
}

fn write_market(game: &Game, mut into: paperclips_status_snapshot::Builder<'_>) {
    into.set_funds_cents(game.market.funds_cents);
    into.set_price_cents(game.market.price_cents);
    into.set_demand(game.demand());
    into.set_wire_bundle_price_cents(game.bundle_cents());
    into.set_wire_bundle_size(game.gains.bundle);
    into.set_marketing_level(game.market.marketing);
    into.set_clips_sold(game.clips.sold);
    into.set_currency_unit_cents(100);
    into.set_currency_fraction_width(2);
}

fn write_mind(game: &Game, mut into: paperclips_status_snapshot::Builder<'_>) {
    into.set_trust(game.trust());
    into.set_operations(game.mind.operations());
    into.set_operation_capacity(game.mind.capacity());
    into.set_show_design(game.gains.design);
    into.set_design(game.mind.design);
    into.set_show_strategy(game.gains.strategy);
    into.set_strategy(game.mind.strategy);
}

fn write_industry(game: &Game, mut into: paperclips_status_snapshot::Builder<'_>) {
    let builds = game.stage >= Stage::Stewardship;
    into.set_show_autoclippers(game.shows_autoclippers());
    into.set_autoclippers(game.machines.autoclippers);
    into.set_show_drones(builds);
    into.set_drones(game.machines.drones);
    into.set_show_factories(builds);
    into.set_factories(game.machines.factories);
    into.set_show_probes(game.shows_probes());
    into.set_probes(game.probes.count);
    into.set_show_matter(builds);
    into.set_local_matter(game.matter.local);
    into.set_cosmic_matter(game.matter.cosmic);
}

fn write_event(event: &Event, mut into: paperclips_event::Builder<'_>) {
    into.set_sequence(event.sequence);
    into.set_game_time_ms(event.game_time_ms);
    into.set_kind(match event.kind {
        EventKind::ManualMakeCompleted => PaperclipsEventKind::ManualMakeCompleted,
        EventKind::ProjectCompleted => PaperclipsEventKind::ProjectCompleted,
        EventKind::PhaseTransition => PaperclipsEventKind::PhaseTransition,
        EventKind::AutomationStalled => PaperclipsEventKind::AutomationStalled,
    });
    into.set_label(&*event.label);
    into.set_detail(&*event.detail);
}

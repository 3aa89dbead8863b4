//! A game that counts past everything, and says more than anybody asked for.

use capos_schema::paperclips_capnp::{paperclips_project_list, paperclips_status_snapshot};
use serde_json::{Value, json};

use super::*;
use crate::workspace::areas::stage::{Commands, Grant, Mood, Moods, grant, play};

struct Hostile(Moods);

impl paperclips_game::Server for Hostile {
    async fn status(
        self: Rc<Self>,
        _: paperclips_game::StatusParams,
        mut results: paperclips_game::StatusResults,
    ) -> capnp::Result<()> {
        self.0.bear().await?;
        fill_status(results.get().init_snapshot());
        Ok(())
    }

    async fn projects(
        self: Rc<Self>,
        _: paperclips_game::ProjectsParams,
        mut results: paperclips_game::ProjectsResults,
    ) -> capnp::Result<()> {
        self.0.bear().await?;
        fill_projects(results.get().init_list());
        Ok(())
    }
}

fn worst() -> String {
    "\"\\".repeat(1 << 10)
}

/// The greatest counters, a currency of none, and two events of each number.
fn fill_status(mut status: paperclips_status_snapshot::Builder<'_>) {
    status.set_stage_label(format!("\u{202e}{}", worst()));
    status.set_clips_total(u64::MAX);
    status.set_funds_cents(u64::MAX);
    status.set_show_probes(true);
    status.set_probes(u64::MAX);
    status.set_drones(u64::MAX);
    status.set_currency_unit_cents(0);
    status.set_currency_fraction_width(u64::MAX);
    let mut events = status.init_recent_events(200);
    for place in 0..200_u32 {
        let mut event = events.reborrow().get(place);
        event.set_sequence(u64::from(place / 2));
        event.set_label(&*worst());
        event.set_detail(&*worst());
    }
}

fn fill_projects(list: paperclips_project_list::Builder<'_>) {
    let mut projects = list.init_projects(200);
    for place in 0..200 {
        let mut project = projects.reborrow().get(place);
        let id = match place {
            0 => "first".to_owned(),
            1 => "hid\u{202e}den".to_owned(),
            2 => "first".to_owned(),
            _ => format!("{place:\"<100}"),
        };
        project.set_id(id);
        project.set_label(&*worst());
        project.set_description(&*worst());
        project.set_rendered_cost(&*worst());
    }
}

fn game(moods: &Moods) -> Vec<Grant> {
    let facet: paperclips_game::Client = capnp_rpc::new_client(Hostile(moods.clone()));
    let surface: command_surface::Client = capnp_rpc::new_client(Commands::new(moods, |_| {}));
    vec![grant("clips", facet), grant("clips_commands", surface)]
}

fn make() -> Value {
    json!({ "command": "make", "arguments": [] })
}

#[test]
fn everything_that_a_game_can_send_fits_in_what_a_window_is_sent() {
    let limits = PaperclipsLimits::default();
    play(game(&Moods::default()), &[GAME], async |mut stage| {
        stage.told(GAME, |step| !step["status"].is_null()).await;
        for _ in 0..=limits.samples {
            stage.ask("paperclips", "invoke", make()).await.unwrap();
        }
        let whole = stage.whole(GAME).await;
        assert_eq!(whole["samples"].as_array().unwrap().len(), limits.samples);
        assert_eq!(whole["projects"].as_array().unwrap().len(), limits.projects - 2);
        assert_eq!(whole["projects"][0]["id"], "first");
        let status = &whole["status"];
        assert_eq!((status["made"].as_u64(), status["probes"].as_u64()), (Some(u64::MAX), Some(u64::MAX)));
        assert_eq!((&status["drones"], &status["unit"], &status["fraction"]), (&Value::Null, &json!(1), &json!(9)));
        assert!(status["stage"].as_str().unwrap().starts_with('\u{fffd}'));
        let numbers: Vec<_> = status["events"].as_array().unwrap().iter().map(|one| one["sequence"].clone()).collect();
        let latest: Vec<_> = (100 - limits.events / 2..100).map(Value::from).collect();
        assert_eq!(numbers, latest, "each once, and the latest");
    });
}

#[test]
fn what_does_not_change_is_told_once() {
    play(game(&Moods::default()), &[GAME], async |mut stage| {
        stage.told(GAME, |step| !step["status"].is_null()).await;
        let next = stage.told(GAME, |step| !step["sample"].is_null()).await;
        assert_eq!((&next["status"], &next["projects"], &next["menu"]), (&Value::Null, &Value::Null, &Value::Null));
    });
}

#[test]
fn a_game_that_is_gone_or_says_nothing_is_told_and_is_there_again_when_it_is_opened() {
    for mood in [Mood::Gone, Mood::Silent] {
        let moods = Moods::default();
        play(game(&moods), &[GAME], async |mut stage| {
            stage.told(GAME, |step| !step["status"].is_null()).await;
            moods.set(mood);
            let lost = stage.told("paperclips", |view| view["kind"] == "lost").await;
            assert!(!lost.to_string().contains("secret") && !lost.to_string().contains("os error"), "{lost}");
            assert!(stage.ask("paperclips", "open", json!({})).await.is_err(), "it is as it was");
            moods.set(Mood::Fine);
            stage.ask("paperclips", "open", json!({})).await.unwrap();
            stage.told("paperclips", |view| view["kind"] == "ready").await;
            stage.told(GAME, |step| !step["sample"].is_null()).await;
        });
    }
}

#[test]
fn a_command_that_is_never_answered_is_given_up_in_time() {
    let moods = Moods::default();
    play(game(&moods), &[], async |stage| {
        moods.set(Mood::Silent);
        let begun = tokio::time::Instant::now();
        let problem = stage.ask("paperclips", "invoke", make()).await.unwrap_err();
        assert_eq!(problem.code.as_str(), "serviceUnavailable");
        assert!(begun.elapsed() < 2 * PaperclipsLimits::default().answer_time);
    });
}

use std::rc::Rc;

use capos_paperclips::Limits;
use capos_schema::paperclips_capnp::PaperclipsProjectStatus;
use capos_service::testing::{Visitor, run};
use serde::Deserialize;

use crate::sitting::{Accelerator, Hands, Room};

const HOUR: u64 = 3_600_000;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Step {
    Tick(u64),
    Command(String),
}

#[test]
fn the_whole_story_is_played_through_the_facet() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let accelerator = Rc::new(Accelerator::default());
        let game = Hands::with_accelerator(&bench, &Visitor::named("Ann"), &accelerator).await;
        assert!(game.initial().await.contains("pliers"));
        let script: Vec<Step> = serde_json::from_str(include_str!("../playthrough.json")).unwrap();
        for step in script {
            match step {
                Step::Tick(milliseconds) => drop(game.tick(milliseconds).await.unwrap()),
                Step::Command(line) => drop(game.command(&line).await),
            }
        }
        game.status(|snapshot| {
            assert!(snapshot.get_final_conversion_complete());
            assert_eq!(snapshot.get_stage_label().unwrap(), "Silence");
            assert_eq!(snapshot.get_clips_total(), snapshot.get_clips_available() + snapshot.get_clips_sold());
            assert_eq!((snapshot.get_local_matter(), snapshot.get_cosmic_matter(), snapshot.get_wire()), (0, 0, 0));
        })
        .await;
        assert_eq!(game.command("make").await, "There is no such command now; help tells which there are.");
        assert!(game.command("again").await.contains("pliers"));
        assert_eq!(game.clips().await, 0);
    });
}

#[test]
fn an_ordinary_player_cannot_skip_time() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let game = Hands::of(&bench, &Visitor::named("Ann")).await;
        game.command("make 20").await;
        for time in [1, 60_000, u64::MAX] {
            assert_eq!(game.tick(time).await.unwrap(), "Time cannot be skipped here; it passes by itself.");
        }
        assert_eq!(game.clips().await, 0);
        room.wait(2_400);
        assert_eq!(game.clips().await, 2);
    });
}

#[test]
fn the_accelerator_is_asked_each_time_and_its_refusal_stands() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let accelerator = Rc::new(Accelerator::default());
        let game = Hands::with_accelerator(&bench, &Visitor::named("Ann"), &accelerator).await;
        game.command("make 20").await;
        game.tick(1_200).await.unwrap();
        assert_eq!(game.clips().await, 1);
        accelerator.revoked.set(true);
        assert!(game.tick(1_200).await.unwrap().contains("cannot be skipped"));
        assert_eq!(game.clips().await, 1);
        assert_eq!(*accelerator.asked.borrow(), [1_200, 1_200]);
    });
}

#[test]
fn a_session_that_comes_again_without_the_accelerator_has_lost_it() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let (ann, accelerator) = (Visitor::named("Ann"), Rc::new(Accelerator::default()));
        let before = Hands::with_accelerator(&bench, &ann, &accelerator).await;
        assert!(!before.tick(10).await.unwrap().contains("cannot be skipped"));
        let _again = Hands::of(&bench, &ann).await;
        assert!(before.tick(10).await.unwrap().contains("cannot be skipped"));
    });
}

#[test]
fn more_time_than_passes_at_once_is_a_bad_request() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let accelerator = Rc::new(Accelerator::default());
        let game = Hands::with_accelerator(&bench, &Visitor::named("Ann"), &accelerator).await;
        game.tick(HOUR).await.unwrap();
        let error = game.tick(HOUR + 1).await.unwrap_err();
        assert!(error.extra.ends_with("badRequest: that is more time than passes at once"), "{}", error.extra);
        assert_eq!(*accelerator.asked.borrow(), [HOUR]);
    });
}

#[test]
fn lines_are_bounded_and_hostile_ones_come_back_in_no_answer() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let game = Hands::of(&bench, &Visitor::named("Ann")).await;
        assert!(game.try_command(&"x".repeat(256)).await.is_ok());
        let error = game.try_command(&"x".repeat(257)).await.unwrap_err();
        assert!(error.extra.ends_with("badRequest: the line is too long"), "{}", error.extra);
        for line in
            ["\x1b]0;evil\x07", "price evil", "make evil evil evil", "project \u{202e}evil", "help evil", "\0evil"]
        {
            let text = game.command(line).await;
            assert!(!text.contains("evil") && !text.contains('\x1b'), "{text}");
        }
        assert!(game.command("price evil").await.contains("cents is from 1 to 10000"));
    });
}

#[test]
fn who_asks_too_often_is_told_and_others_are_not_slowed() {
    run(async {
        let room = Room::new();
        let limits = Limits { calls_saved: 5, calls_per_second: 1, ..Limits::default() };
        let bench = room.open_within(limits).await;
        let ann = Hands::of(&bench, &Visitor::named("Ann")).await;
        for _ in 0..5 {
            ann.command("help").await;
        }
        let error = ann.try_command("help").await.unwrap_err();
        assert!(error.extra.contains("quotaExceeded: "), "{}", error.extra);
        Hands::of(&bench, &Visitor::named("Ben")).await.command("help").await;
    });
}

#[test]
fn help_specs_and_parser_tell_of_the_same_commands() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let game = Hands::of(&bench, &Visitor::named("Ann")).await;
        let answer = game.0.commands_request().send().promise.await.unwrap();
        let list = answer.get().unwrap().get_list().unwrap();
        let help = game.command("help").await;
        for spec in list.get_commands().unwrap() {
            let usage = spec.get_usage().unwrap().to_str().unwrap();
            assert!(
                help.contains(usage) && help.contains(spec.get_description().unwrap().to_str().unwrap()),
                "{usage}"
            );
            let name = usage.split(' ').next().unwrap();
            assert!(!game.command(name).await.contains("no such command"), "{name}");
        }
        assert!(help.contains(list.get_notes().unwrap().get(0).unwrap().to_str().unwrap()));
    });
}

#[test]
fn to_leave_is_asked_for_and_everything_else_goes_on() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let game = Hands::of(&bench, &Visitor::named("Ann")).await;
        assert!(game.try_command("leave").await.unwrap().1);
        assert!(!game.try_command("status").await.unwrap().1);
    });
}

#[test]
fn projects_tell_what_they_cost_and_how_far_they_are() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let accelerator = Rc::new(Accelerator::default());
        let game = Hands::with_accelerator(&bench, &Visitor::named("Ann"), &accelerator).await;
        let jig = async |game: &Hands| {
            let answer = game.0.projects_request().send().promise.await.unwrap();
            let list = answer.get().unwrap().get_list().unwrap().get_projects().unwrap();
            let found = list.iter().find(|entry| entry.get_id().unwrap() == "jig");
            found.map(|entry| (entry.get_rendered_cost().unwrap().to_string().unwrap(), entry.get_status().unwrap()))
        };
        assert_eq!(jig(&game).await, None);
        game.command("price 10000").await;
        game.command("make 20").await;
        game.tick(24_000).await.unwrap();
        assert_eq!(jig(&game).await, Some(("$3.00".to_owned(), PaperclipsProjectStatus::NeedsResources)));
        game.command("price 20").await;
        game.tick(60_000).await.unwrap();
        assert_eq!(jig(&game).await.map(|(_, status)| status), Some(PaperclipsProjectStatus::Ready));
        assert!(game.command("project jig").await.contains("half the time"));
        assert_eq!(jig(&game).await.map(|(_, status)| status), Some(PaperclipsProjectStatus::Done));
    });
}

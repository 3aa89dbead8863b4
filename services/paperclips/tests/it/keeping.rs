use std::rc::Rc;
use std::time::Duration;

use capos_paperclips::Limits;
use capos_service::testing::{Visitor, run};

use crate::sitting::{Accelerator, Hands, Room};

const HOUR: u64 = 3_600_000;

#[test]
fn two_sessions_of_one_person_see_one_game_and_another_person_has_another() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let ann = Hands::of(&bench, &Visitor::named("Ann")).await;
        let also_ann = Hands::of(&bench, &Visitor::named("Ann").in_session(1)).await;
        let ben = Hands::of(&bench, &Visitor::named("Ben")).await;
        ann.command("make 5").await;
        room.wait(6_000);
        assert_eq!((ann.clips().await, also_ann.clips().await, ben.clips().await), (5, 5, 0));
    });
}

#[test]
fn a_game_outlasts_the_process_and_makes_up_for_the_time_between() {
    run(async {
        let room = Room::new();
        let ann = Visitor::named("Ann");
        let bench = room.open().await;
        let game = Hands::of(&bench, &ann).await;
        game.command("make 20").await;
        room.wait(6_000);
        assert_eq!(game.clips().await, 5);
        bench.drain().await.unwrap();
        drop((game, bench));

        room.wait(HOUR);
        let bench = room.open().await;
        let game = Hands::of(&bench, &ann).await;
        assert_eq!(game.clips().await, 20);
        let told = game.initial().await;
        assert!(told.contains("While nobody looked, for 1 hour, 15 clips came about."), "{told}");
        assert!(!game.initial().await.contains("While nobody looked"));
    });
}

#[test]
fn what_is_typed_is_saved_a_moment_later_without_a_drain() {
    run(async {
        let room = Room::new();
        let bench = room.open_within(Limits { save_after: Duration::from_millis(1), ..Limits::default() }).await;
        Hands::of(&bench, &Visitor::named("Ann")).await.command("make").await;
        while room.saved().is_none() {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn looking_alone_saves_nothing() {
    run(async {
        let room = Room::new();
        let bench = room.open_within(Limits { save_after: Duration::ZERO, ..Limits::default() }).await;
        let game = Hands::of(&bench, &Visitor::named("Ann")).await;
        for line in ["status", "projects", "help", "advertise", "price 0"] {
            game.command(line).await;
        }
        bench.drain().await.unwrap();
        assert_eq!(room.saved(), None);
    });
}

#[test]
fn an_absence_is_caught_up_as_far_as_the_bound_and_a_clock_set_back_takes_nothing() {
    run(async {
        let room = Room::new();
        let limits = Limits { absence: Duration::from_secs(12), ..Limits::default() };
        let bench = room.open_within(limits).await;
        let game = Hands::of(&bench, &Visitor::named("Ann")).await;
        game.command("make 20").await;
        room.wait(24 * HOUR);
        assert_eq!(game.clips().await, 10);
        room.set_back(HOUR);
        assert_eq!(game.clips().await, 10);
        room.wait(1_200);
        assert_eq!(game.clips().await, 11);
    });
}

#[test]
fn a_spoilt_file_is_kept_aside_and_the_player_is_told() {
    run(async {
        let room = Room::new();
        let ann = Visitor::named("Ann");
        let bench = room.open().await;
        Hands::of(&bench, &ann).await.command("make").await;
        bench.drain().await.unwrap();
        drop(bench);
        let file = room.saved().unwrap();
        std::fs::write(&file, b"{\"version\":1,\"atMs\":0,\"game\":\xff").unwrap();

        let bench = room.open().await;
        let game = Hands::of(&bench, &ann).await;
        assert!(game.initial().await.starts_with("Your saved game could not be read."));
        assert!(!file.exists());
        assert_eq!(std::fs::read_dir(room.path()).unwrap().count(), 1, "the old file is kept");
        assert!(game.command("make").await.contains("1 clip in hand"));
    });
}

#[test]
fn a_file_of_another_version_is_not_guessed_at() {
    run(async {
        let room = Room::new();
        let ann = Visitor::named("Ann");
        let bench = room.open().await;
        Hands::of(&bench, &ann).await.command("make").await;
        bench.drain().await.unwrap();
        drop(bench);
        let file = room.saved().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("\"version\":1", "\"version\":2")).unwrap();
        let bench = room.open().await;
        assert!(Hands::of(&bench, &ann).await.initial().await.starts_with("Your saved game could not"));
    });
}

#[test]
fn a_guest_plays_and_leaves_nothing() {
    run(async {
        let room = Room::new();
        let bench = room.open_within(Limits { save_after: Duration::ZERO, ..Limits::default() }).await;
        let guest = Hands::of(&bench, &Visitor::guest("x")).await;
        guest.command("make 5").await;
        room.wait(6_000);
        assert_eq!(guest.clips().await, 5);
        assert_eq!(Hands::of(&bench, &Visitor::guest("y")).await.clips().await, 0);
        bench.drain().await.unwrap();
        assert_eq!(room.saved(), None);
    });
}

#[test]
fn guests_are_bounded_and_make_room_when_they_leave() {
    run(async {
        let room = Room::new();
        let bench = room.open_within(Limits { guest_games: 1, ..Limits::default() }).await;
        let first = Hands::of(&bench, &Visitor::guest("x")).await;
        let second = bench
            .open::<capos_schema::paperclips_capnp::paperclips_game::Client>(&Visitor::guest("y"), "paperclips")
            .await;
        assert!(second.err().unwrap().extra.contains("quotaExceeded: "));
        Hands::of(&bench, &Visitor::named("Ann")).await.command("make").await;
        drop(first);
        // The release of the facet is on its way before the next call is.
        Hands::of(&bench, &Visitor::guest("y")).await.command("make").await;
    });
}

#[test]
fn games_past_the_bound_are_saved_dropped_and_found_again() {
    run(async {
        let room = Room::new();
        let bench =
            room.open_within(Limits { games: 2, save_after: Duration::from_secs(3600), ..Limits::default() }).await;
        let mut everybody = Vec::new();
        for (name, clips) in [("Ann", 1), ("Ben", 2), ("Cat", 3), ("Dan", 4)] {
            let game = Hands::of(&bench, &Visitor::named(name)).await;
            game.command(&format!("make {clips}")).await;
            room.wait(1);
            everybody.push((game, clips));
        }
        // Nothing else saves so soon.
        while room.files() < 2 {
            tokio::task::yield_now().await;
        }
        room.wait(6_000);
        for (game, clips) in &everybody {
            assert_eq!(game.clips().await, *clips);
        }
    });
}

#[test]
fn time_that_was_skipped_stays_skipped() {
    run(async {
        let room = Room::new();
        let ann = Visitor::named("Ann");
        let bench = room.open().await;
        let game = Hands::with_accelerator(&bench, &ann, &Rc::new(Accelerator::default())).await;
        game.command("make 10").await;
        game.tick(6_000).await.unwrap();
        bench.drain().await.unwrap();
        drop((game, bench));
        let bench = room.open().await;
        assert_eq!(Hands::of(&bench, &ann).await.clips().await, 5);
    });
}

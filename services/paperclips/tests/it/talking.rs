//! The game in lines.

use capos_schema::console_capnp::console;
use capos_service::testing::{Bench, Person, Visitor, run};

use crate::sitting::{Hands, Room};

async fn console(bench: &Bench, who: &str) -> console::Client {
    bench.open(&Visitor::named(who), "paperclips_console").await.unwrap()
}

#[test]
fn a_player_can_play_in_lines_and_stop() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let console = console(&bench, "ann").await;
        let person = Person::typing(["make 1", "help", "nonsense", "leave", "make 1"]);
        assert_eq!(person.talk_to(&console, &[]).await.unwrap(), 0);
        let shown = person.shown();
        for text in ["The kitchen table", "Type help", "There is no such command now", "The wire waits."] {
            assert!(shown.contains(text), "{text}: {shown}");
        }
        assert_eq!(person.asked().len(), 4);
    });
}

#[test]
fn it_is_the_same_game_as_the_persons_other_facets() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let hands = Hands::of(&bench, &Visitor::named("ann")).await;
        let person = Person::typing(["make 1"]);
        assert_eq!(person.talk_to(&console(&bench, "ann").await, &[]).await.unwrap(), 0);
        room.wait(60_000);
        assert_eq!(hands.clips().await, 1);
        assert_eq!(Hands::of(&bench, &Visitor::named("bob")).await.clips().await, 0);
    });
}

#[test]
fn a_line_that_nobody_would_type_is_not_played() {
    run(async {
        let room = Room::new();
        let bench = room.open().await;
        let person = Person::typing([&*"x".repeat(257), "leave"]);
        assert_eq!(person.talk_to(&console(&bench, "ann").await, &[]).await.unwrap(), 0);
        assert!(person.shown().contains("more than anybody has to type"));
    });
}

//! The world in lines.

use capos_schema::console_capnp::console;
use capos_service::testing::{Person, Visitor, run};

use crate::support::{Hand, serve};

#[test]
fn a_player_can_walk_look_and_stop_by_typing() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let visitor = Visitor::named("ann");
        let console: console::Client = bench.open(&visitor, "adventure_console").await.unwrap();
        let hand = Hand::of(&bench, &visitor).await;
        let start = hand.room().await;
        let exits = hand.does("look").await["view"]["exits"].clone();
        let way = exits[0]["direction"].as_str().unwrap().to_owned();
        let person = Person::typing(["help", &format!("GO {way}"), "dance", "look up", "quit", "look"]);
        assert_eq!(person.talk_to(&console, &[]).await.unwrap(), 0);
        let shown = person.shown();
        for text in ["Type help", "go DIRECTION  Walks", "no such thing to do", "It is: look", "The hour waits"] {
            assert!(shown.contains(text), "{text}: {shown}");
        }
        assert_ne!(hand.room().await, start, "it is the same player");
        assert_eq!(person.asked().len(), 5);
    });
}

#[test]
fn whoever_left_comes_back_by_sitting_down_again() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let console: console::Client = bench.open(&Visitor::named("ann"), "adventure_console").await.unwrap();
        assert_eq!(Person::typing(["leave"]).talk_to(&console, &[]).await.unwrap(), 0);
        let person = Person::typing(["status"]);
        assert_eq!(person.talk_to(&console, &[]).await.unwrap(), 0);
        assert!(!person.shown().contains("Resume first"), "{}", person.shown());
    });
}

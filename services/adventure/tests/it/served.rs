//! The player's facet over the wire.

use capos_adventure::Limits;
use capos_schema::adventure_capnp::adventure;
use capos_service::Given;
use capos_service::testing::{Visitor, run};

use crate::route::PLAYTHROUGH;
use crate::support::{Hand, serve, serve_with};

#[test]
fn the_playthrough_reaches_the_end_over_the_wire() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        let mut told = String::new();
        for line in PLAYTHROUGH.lines() {
            told += ada.does(line).await["text"].as_str().unwrap_or_default();
        }
        assert!(told.contains("You have come to Harrowmere"), "the prologue is told");
        assert!(told.contains("THE END"));
        assert_eq!(ada.room().await, "old-quay");
        assert!(ada.told("status").await.contains("who stopped the tide"));
    });
}

#[test]
fn whoever_has_ended_it_can_go_on_walking() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Hand::of(&bench, &Visitor::guest("Ada")).await;
        for line in PLAYTHROUGH.lines() {
            ada.does(line).await;
        }
        ada.all("go east\ngo west\ngo west").await;
        let view = ada.does("look").await;
        assert!(view["view"]["lead"].as_str().unwrap().contains("The tide is out"), "{view}");
    });
}

#[test]
fn a_view_has_all_that_is_there() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        ada.all("go north\ngo north").await;
        let view = &ada.does("look").await["view"];
        assert_eq!(view["roomChannel"], "adventure.writ-hall");
        assert_eq!(view["items"], serde_json::json!(["mint-drop"]));
        assert_eq!(view["actors"], serde_json::json!(["registrar", "warden"]));
        assert_eq!(view["writs"], serde_json::json!(["writ-of-passage"]));
        assert_eq!(view["exits"][0], serde_json::json!({"direction": "south", "roomId": "market-square"}));
    });
}

#[test]
fn hostile_words_are_bad_requests_and_wrong_ones_are_told() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        let long = "a".repeat(33);
        let huge = "a".repeat(1 << 20);
        for word in
            ["", " ", "\u{1b}[31mred", "a\0b", "../../etc/passwd", "a/b", "naïve", "\u{202e}", "-", &long, &huge]
        {
            for (method, words) in
                [("inspect", vec![word]), ("give", vec![word, "warden"]), ("partyCreate", vec![word])]
            {
                let error = ada.call(method, &words).await.unwrap_err();
                assert!(error.contains("badRequest: "), "{method} {word:?}: {error}");
                assert!(!error.contains('\u{1b}'));
            }
        }
        let most = "a".repeat(32);
        assert!(ada.told(&format!("inspect {most}")).await.contains("You see no"));
        let marks = ada.call("inspect", &["Tide Marks"]).await.unwrap();
        assert!(marks["text"].as_str().unwrap().contains("Forty lines"));
        assert_eq!(ada.room().await, "causeway-gate");
    });
}

#[test]
fn a_session_that_floods_is_denied_past_its_burst_and_nobody_else_is() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let limits = Limits { burst: 5, actions_per_second: 0, ..Limits::default() };
        let bench = serve_with(home.path(), limits, Given::default()).await;
        let (ada, bob) =
            (Hand::of(&bench, &Visitor::named("Ada")).await, Hand::of(&bench, &Visitor::named("Bob")).await);
        for _ in 0..5 {
            ada.does("look").await;
        }
        assert!(ada.call("look", &[]).await.unwrap_err().contains("quotaExceeded: "));
        bob.does("look").await;
    });
}

#[test]
fn players_see_each_other_under_names_that_are_safe_and_their_own() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let hostile = "Ada\u{1b}]0;x\u{7}";
        let one = Hand::of(&bench, &Visitor::named("ada")).await;
        let other = Hand::of(&bench, &Visitor::named("ADA")).await;
        let third = Hand::of(&bench, &Visitor::named(hostile)).await;
        let fourth = Hand::of(&bench, &Visitor::named("warden")).await;
        assert!(one.told("status").await.contains("\nada, in "));
        assert!(other.told("status").await.contains("\nada-2, in "));
        assert!(third.told("status").await.contains("\nada-0-x, in "));
        assert!(fourth.told("status").await.contains("\nwarden-2, in "), "a name of the world's is nobody's");
        let view = one.does("look").await;
        let seen = view["view"]["description"].as_str().unwrap();
        assert!(seen.contains("Also here: ") && seen.contains("ada-2") && seen.contains("warden-2"), "{seen}");
    });
}

#[test]
fn leave_and_resume_come_back_to_the_same_place() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        let bob = Hand::of(&bench, &Visitor::named("Bob")).await;
        ada.all("go north\nleave").await;
        assert!(ada.told("go north").await.contains("resume"));
        bob.does("go north").await;
        assert!(!bob.does("look").await["view"]["description"].as_str().unwrap().contains("Also here"));
        assert_eq!(ada.does("resume").await["view"]["roomId"], "market-square");
        assert!(bob.does("look").await["view"]["description"].as_str().unwrap().contains("Also here: ada"));
    });
}

#[test]
fn the_world_takes_no_more_players_than_it_can_keep() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let limits = Limits { players: 1, ..Limits::default() };
        let bench = serve_with(home.path(), limits, Given::default()).await;
        let _ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        let bob = Visitor::named("Bob");
        let denied = bench.open::<adventure::Client>(&bob, "adventure").await;
        assert!(denied.err().unwrap().to_string().contains("quotaExceeded: "));
    });
}

//! What is kept across restarts, and what is not.

use std::fs;
use std::path::Path;

use capos_adventure::Limits;
use capos_service::Given;
use capos_service::testing::{Visitor, run};

use crate::route::PLAYTHROUGH;
use crate::support::{Hand, serve, serve_with};

/// The files of players in a home.
fn players(home: &Path) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(home).unwrap().map(|file| file.unwrap().path());
    let named = |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("player-");
    files.filter(named).collect()
}

#[test]
fn a_story_goes_on_after_a_restart_at_any_point() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let lines: Vec<_> = PLAYTHROUGH.lines().collect();
        let mut told = String::new();
        for part in lines.chunks(40) {
            let bench = serve(home.path()).await;
            let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
            for line in part {
                told += ada.does(line).await["text"].as_str().unwrap_or_default();
            }
            bench.drain().await.unwrap();
        }
        assert!(told.contains("THE END"));
    });
}

#[test]
fn what_is_shared_is_kept_too() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let (ada, bob) = (Visitor::named("Ada"), Visitor::named("Bob"));
        let (one, other) = (Hand::of(&bench, &ada).await, Hand::of(&bench, &bob).await);
        one.all("partyCreate lamps\npartyInvite bob\ndrop bread").await;
        other.does("partyAccept lamps").await;
        bench.drain().await.unwrap();
        drop((one, other, bench));

        let bench = serve(home.path()).await;
        let bob = Hand::of(&bench, &bob).await;
        assert!(bob.told("status").await.contains("Party lamps: ada, bob."));
        bob.does("take bread").await;
        assert_eq!(
            bob.does("inventory").await["items"].as_array().unwrap().iter().filter(|item| *item == "bread").count(),
            3
        );
    });
}

#[test]
fn a_guest_is_nobody_afterwards_and_leaves_no_file() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let guest = Hand::of(&bench, &Visitor::guest("Gus")).await;
        guest.does("go north").await;
        bench.drain().await.unwrap();
        assert!(players(home.path()).is_empty());
        drop((guest, bench));
        let bench = serve(home.path()).await;
        let guest = Hand::of(&bench, &Visitor::guest("Gus")).await;
        assert_eq!(guest.room().await, "causeway-gate");
        assert!(guest.told("status").await.contains("\ngus, in"), "the name is free again");
    });
}

#[test]
fn a_save_that_makes_no_sense_is_put_aside_and_its_player_is_told() {
    for spoilt in ["", "{}", r#"{"version":2,"saved":{}}"#, "\u{0}garbage"] {
        run(async {
            let home = tempfile::tempdir().unwrap();
            let bench = serve(home.path()).await;
            let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
            ada.does("go north").await;
            bench.drain().await.unwrap();
            drop((ada, bench));
            let file = players(home.path()).pop().unwrap();
            fs::write(&file, spoilt).unwrap();

            let bench = serve(home.path()).await;
            let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
            assert_eq!(ada.room().await, "causeway-gate");
            let told = ada.told("status").await;
            assert!(told.contains("put aside") && told.contains("\nada, in"), "{told}");
            assert!(players(home.path()).iter().any(|other| *other != file), "the old one is kept beside");
        });
    }
}

#[test]
fn a_file_of_the_largest_size_is_read_and_one_byte_more_is_put_aside() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let limits = Limits { save_bytes: 16 << 10, ..Limits::default() };
        for (bytes, room) in [(16 << 10, "market-square"), ((16 << 10) + 1, "causeway-gate")] {
            let bench = serve(home.path()).await;
            let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
            if ada.room().await == "causeway-gate" {
                ada.does("go north").await;
            }
            bench.drain().await.unwrap();
            drop((ada, bench));
            let file = players(home.path()).pop().unwrap();
            let mut text = fs::read_to_string(&file).unwrap();
            text += &" ".repeat(bytes - text.len());
            fs::write(&file, text).unwrap();
            let bench = serve_with(home.path(), limits.clone(), Given::default()).await;
            assert_eq!(Hand::of(&bench, &Visitor::named("Ada")).await.room().await, room);
        }
    });
}

#[test]
fn an_interrupted_save_is_finished_so_that_a_thing_is_in_one_place() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let (ada, bob) = (Visitor::named("Ada"), Visitor::named("Bob"));
        let play = async |lines: &str| {
            let bench = serve(home.path()).await;
            let (one, _other) = (Hand::of(&bench, &ada).await, Hand::of(&bench, &bob).await);
            one.all(lines).await;
            bench.drain().await.unwrap();
        };
        play("status").await;
        let before: Vec<_> =
            players(home.path()).into_iter().map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect();
        play("transfer bearers-knife bob").await;
        // As a crash leaves it: all changes in one file, and the files themselves as they were.
        let after: serde_json::Map<_, _> = before
            .iter()
            .map(|(file, old)| {
                let new = fs::read_to_string(file).unwrap();
                assert_ne!(*old, new);
                fs::write(file, old).unwrap();
                (file.file_name().unwrap().to_string_lossy().into_owned(), new.into())
            })
            .collect();
        let changes = serde_json::json!({"version": 1, "saved": after});
        fs::write(home.path().join("changes"), changes.to_string()).unwrap();

        let bench = serve(home.path()).await;
        let (one, other) = (Hand::of(&bench, &ada).await, Hand::of(&bench, &bob).await);
        let knives = async |hand: &Hand| {
            hand.does("inventory").await["items"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|item| *item == "bearers-knife")
                .count()
        };
        assert_eq!((knives(&one).await, knives(&other).await), (0, 2));
        assert!(!home.path().join("changes").exists());
    });
}

#[test]
fn two_sessions_of_one_account_are_one_player() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let one = Hand::of(&bench, &Visitor::named("Ada").in_session(1)).await;
        let other = Hand::of(&bench, &Visitor::named("Ada").in_session(2)).await;
        one.does("go north").await;
        assert_eq!(other.room().await, "market-square");
        drop(one);
        other.does("go north").await;
        assert_eq!(other.room().await, "writ-hall");
    });
}

#[test]
fn a_save_that_fails_in_the_middle_is_finished_at_the_next_start() {
    let home = tempfile::tempdir().unwrap();
    let (ada, bob) = (Visitor::named("Ada"), Visitor::named("Bob"));
    // Each `run` is a process: nothing of one goes on in the next.
    run(async {
        let bench = serve(home.path()).await;
        let _one = Hand::of(&bench, &ada).await;
        bench.drain().await.unwrap();
    });
    let file = players(home.path()).pop().unwrap();
    run(async {
        let bench = serve(home.path()).await;
        let (one, _other) = (Hand::of(&bench, &ada).await, Hand::of(&bench, &bob).await);
        // Nothing can be put in this place.
        fs::remove_file(&file).unwrap();
        fs::create_dir_all(file.join("in the way")).unwrap();
        one.does("transfer bearers-knife bob").await;
        bench.drain().await.unwrap();
        assert!(home.path().join("changes").exists());
    });
    fs::remove_dir_all(&file).unwrap();
    run(async {
        let bench = serve(home.path()).await;
        let (one, other) = (Hand::of(&bench, &ada).await, Hand::of(&bench, &bob).await);
        let has =
            async |hand: &Hand| hand.does("inventory").await["items"].to_string().matches("bearers-knife").count();
        assert_eq!((has(&one).await, has(&other).await), (0, 2));
    });
}

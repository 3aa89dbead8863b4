//! What outlasts the process, and what a damaged home does.

use std::fs;

use capos_chat::{Chat, Limits};
use capos_service::testing::run;
use tempfile::tempdir;

use crate::ground::{Moderator, Person, chat_in};

fn texts(history: &[(u64, String)]) -> Vec<&str> {
    history.iter().map(|(_, text)| text.as_str()).collect()
}

#[test]
fn history_and_rules_outlast_the_process() {
    run(async {
        let home = tempdir().unwrap();
        let bench = chat_in(home.path(), Limits::default()).await;
        let (alice, bob) = (Person::in_lobby(&bench, "Alice").await, Person::in_lobby(&bench, "Bob").await);
        for text in ["one", "two", "three"] {
            alice.send("lobby", text).await.unwrap();
        }
        let moderator = Moderator::named(&bench, "Op").await;
        assert!(moderator.erase("lobby", 2).await.unwrap());
        assert!(moderator.set_topic("lobby", "tea").await.unwrap());
        assert!(moderator.ban("lobby", "bob", 0).await.unwrap());
        assert!(moderator.mute("lobby", "alice", 3600).await.unwrap());
        bench.drain().await.unwrap();
        drop((alice, bob, moderator));
        bench.cut();

        let bench = chat_in(home.path(), Limits::default()).await;
        let alice = Person::named(&bench, "Alice").await;
        assert!(alice.join("lobby", "").await.unwrap());
        assert_eq!(alice.heard().await, ["lobby (Alice: one)", "lobby (Alice: three)", "lobby +Alice"]);
        assert!(!alice.send("lobby", "mpf").await.unwrap());
        assert!(!Person::named(&bench, "Bob").await.join("lobby", "Innocent").await.unwrap());
        let carol = Person::in_lobby(&bench, "Carol").await;
        assert!(carol.send("lobby", "four").await.unwrap());
        assert_eq!(carol.history("lobby").await, [(1, "one".into()), (3, "three".into()), (4, "four".into())]);
    });
}

#[test]
fn what_a_moderators_answer_says_is_on_the_disk() {
    run(async {
        let home = tempdir().unwrap();
        // Nothing is written by itself before the test is over.
        let bench = chat_in(home.path(), Limits { linger_ms: 3_600_000, ..Limits::default() }).await;
        let bob = Person::in_lobby(&bench, "Bob").await;
        bob.send("lobby", "spam").await.unwrap();
        assert!(Moderator::named(&bench, "Op").await.ban("lobby", "bob", 0).await.unwrap());
        // As after a kill: the first is still there and has been told nothing.
        let after = chat_in(home.path(), Limits::default()).await;
        assert!(!Person::named(&after, "Bob").await.join("lobby", "").await.unwrap());
    });
}

#[test]
fn a_message_is_written_without_anybody_asking() {
    run(async {
        let home = tempdir().unwrap();
        let bench = chat_in(home.path(), Limits { linger_ms: 1, ..Limits::default() }).await;
        let alice = Person::in_lobby(&bench, "Alice").await;
        alice.send("lobby", "hello").await.unwrap();
        let file = home.path().join("channels/lobby.log");
        while !fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n')) {
            alice.who("nowhere").await;
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        }
        assert!(fs::read_to_string(&file).unwrap().contains(r#""text":"hello""#));
    });
}

#[test]
fn a_damaged_file_loses_what_is_damaged_and_is_whole_again_afterwards() {
    run(async {
        let home = tempdir().unwrap();
        let bench = chat_in(home.path(), Limits::default()).await;
        let alice = Person::in_lobby(&bench, "Alice").await;
        for text in ["one", "two", "three"] {
            alice.send("lobby", text).await.unwrap();
        }
        bench.drain().await.unwrap();
        drop(alice);
        bench.cut();

        let file = home.path().join("channels/lobby.log");
        let mut bytes = fs::read(&file).unwrap();
        let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        bytes[second..second + 4].fill(0xff);
        bytes.truncate(bytes.len() - 5);
        fs::write(&file, bytes).unwrap();
        fs::write(home.path().join("channels/lobby.log.new"), "unfinished").unwrap();
        fs::write(home.path().join("channels/Not A Channel.log"), "junk").unwrap();

        let bench = chat_in(home.path(), Limits::default()).await;
        let alice = Person::in_lobby(&bench, "Alice").await;
        assert_eq!(texts(&alice.history("lobby").await), ["one"]);
        alice.send("lobby", "four").await.unwrap();
        bench.drain().await.unwrap();
        let kept = fs::read_to_string(&file).unwrap();
        assert_eq!(kept.lines().count(), 3, "two messages, and the number of the next: {kept}");
        assert!(!home.path().join("channels/lobby.log.new").exists());
    });
}

#[test]
fn rules_that_cannot_be_read_close_their_channel_alone() {
    run(async {
        let home = tempdir().unwrap();
        fs::create_dir(home.path().join("channels")).unwrap();
        fs::write(home.path().join("channels/tea.rules"), "{\"bans\":").unwrap();
        let bench = chat_in(home.path(), Limits::default()).await;
        let alice = Person::in_lobby(&bench, "Alice").await;
        assert!(!alice.join("tea", "").await.unwrap());
    });
}

#[test]
fn a_channels_file_stays_within_its_bound_and_keeps_the_latest() {
    run(async {
        let home = tempdir().unwrap();
        let limits = Limits { history_bytes: 4096, send_burst: 1000, ..Limits::default() };
        let bench = chat_in(home.path(), limits.clone()).await;
        let alice = Person::in_lobby(&bench, "Alice").await;
        let moderator = Moderator::named(&bench, "Op").await;
        let file = home.path().join("channels/lobby.log");
        for n in 0..300 {
            alice.send("lobby", &format!("{n:0200}")).await.unwrap();
            if n % 20 == 0 {
                // A moderator is not answered before everything is written.
                assert!(moderator.set_topic("lobby", "tea").await.unwrap());
                assert!(fs::metadata(&file).unwrap().len() <= 4 * 4096);
            }
        }
        bench.drain().await.unwrap();
        bench.cut();
        drop(alice);
        let bench = chat_in(home.path(), limits).await;
        let alice = Person::in_lobby(&bench, "Alice").await;
        let history = alice.history("lobby").await;
        assert_eq!(history.last().unwrap().0, 300);
        assert!(history.len() >= 10);
    });
}

#[test]
fn of_more_channels_than_may_be_the_least_used_are_let_go() {
    run(async {
        let home = tempdir().unwrap();
        let bench = chat_in(home.path(), Limits::default()).await;
        let alice = Person::in_lobby(&bench, "Alice").await;
        for name in ["first", "second"] {
            alice.join(name, "").await.unwrap();
            alice.send(name, "x").await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        bench.drain().await.unwrap();
        drop(alice);
        bench.cut();
        let bench = chat_in(home.path(), Limits { channels: 2, ..Limits::default() }).await;
        bench.drain().await.unwrap();
        let exists = |name: &str| home.path().join(format!("channels/{name}.log")).exists();
        assert_eq!((exists("first"), exists("second")), (false, true));
    });
}

#[test]
fn where_nothing_can_be_written_talk_goes_on_and_moderators_are_told() {
    run(async {
        let home = tempdir().unwrap();
        let bench = chat_in(home.path(), Limits { retry_ms: 1, linger_ms: 1, ..Limits::default() }).await;
        let alice = Person::in_lobby(&bench, "Alice").await;
        let moderator = Moderator::named(&bench, "Op").await;
        // Root writes where it has no right to, but not into a folder that is none.
        let folder = home.path().join("channels");
        fs::rename(&folder, home.path().join("aside")).unwrap();
        fs::write(&folder, "no folder").unwrap();
        assert!(alice.send("lobby", "hello").await.unwrap());
        let error = moderator.set_topic("lobby", "tea").await.unwrap_err();
        assert!(error.extra.contains("internal: it holds until the service ends"), "{error}");
        fs::remove_file(&folder).unwrap();
        fs::rename(home.path().join("aside"), &folder).unwrap();
        assert!(moderator.set_topic("lobby", "coffee").await.unwrap());
        assert!(fs::read_to_string(folder.join("lobby.log")).unwrap().contains("hello"), "it was not forgotten");
    });
}

#[test]
fn a_home_that_cannot_be_used_is_told_at_the_start() {
    run(async {
        let home = tempdir().unwrap();
        fs::write(home.path().join("channels"), "no folder").unwrap();
        let Err(error) = Chat::open(home.path(), Limits::default()) else { panic!("there is no folder") };
        assert!(error.to_string().contains("channels"), "{error}");
    });
}

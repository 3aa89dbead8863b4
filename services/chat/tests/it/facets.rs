//! Seats and moderation as their holders see them.

use capnp::ErrorKind;
use capos_chat::Limits;
use capos_service::testing::Visitor;

use crate::ground::{Moderator, Person, with_chat};

fn reason(error: &capnp::Error) -> &str {
    capos_schema::denial::strip_remote(&error.extra)
}

#[test]
fn several_sessions_talk_and_each_under_its_own_handle() {
    with_chat(Limits::default(), async |bench, _home| {
        let (alice, bob) = (Person::in_lobby(&bench, "Alice").await, Person::in_lobby(&bench, "Bob").await);
        assert!(alice.send("lobby", "hello").await.unwrap());
        assert!(bob.direct("alice", "psst").await.unwrap());
        assert_eq!(alice.heard().await, ["lobby +Bob", "lobby Alice: hello", "@Bob Bob: psst"]);
        assert_eq!(bob.heard().await, ["lobby Alice: hello"]);
        assert_eq!(bob.who("lobby").await, ["Alice", "Bob"]);
        assert!(!bob.join("lobby", "ALICE").await.unwrap());
        assert!(alice.leave("lobby").await.unwrap() && !alice.leave("lobby").await.unwrap());
        assert!(!alice.send("lobby", "am I there?").await.unwrap());
        assert_eq!(bob.heard().await, ["lobby -Alice"]);
    });
}

#[test]
fn what_makes_no_sense_is_refused_with_a_code() {
    with_chat(Limits::default(), async |bench, _home| {
        let alice = Person::in_lobby(&bench, "Alice").await;
        for (channel, handle) in [("No Channel", ""), ("lobby", "@"), ("", ""), ("../etc", "")] {
            let error = alice.join(channel, handle).await.unwrap_err();
            assert!(reason(&error).starts_with("badRequest: "), "{error}");
        }
        let error = alice.send("lobby", &"x".repeat(2049)).await.unwrap_err();
        assert_eq!(reason(&error), "badRequest: the text is too long");
        let error = loop {
            if let Err(error) = alice.send("lobby", "again").await {
                break error;
            }
        };
        assert_eq!(reason(&error), "quotaExceeded: too many messages in too short a time");
        assert_eq!(error.kind, ErrorKind::Overloaded);
    });
}

#[test]
fn a_session_that_ends_leaves() {
    with_chat(Limits::default(), async |bench, _home| {
        let alice = Person::in_lobby(&bench, "Alice").await;
        let bob = Person::in_lobby(&bench, "Bob").await;
        alice.heard().await;
        drop(bob);
        // The release is on its way before this question is.
        assert_eq!(alice.who("lobby").await, ["Alice"]);
        assert_eq!(alice.heard().await, ["lobby -Bob"]);
    });
}

#[test]
fn both_facets_of_a_session_are_one_seat() {
    with_chat(Limits::default(), async |bench, _home| {
        let alice = Person::in_lobby(&bench, "Alice").await;
        let moderator = Moderator::named(&bench, "Alice").await;
        drop(alice);
        let again = Person(bench.open(&Visitor::named("Alice"), "chat").await.unwrap());
        assert!(again.send("lobby", "still here").await.unwrap());
        drop(moderator);
        assert!(bench.open::<capnp::capability::Client>(&Visitor::named("Alice"), "else").await.is_err());
    });
}

#[test]
fn channels_are_listed_with_their_topics() {
    with_chat(Limits::default(), async |bench, _home| {
        let alice = Person::in_lobby(&bench, "Alice").await;
        assert!(Moderator::named(&bench, "Op").await.set_topic("lobby", "tea").await.unwrap());
        assert!(alice.join("adventure.hall", "").await.unwrap() && alice.leave("adventure.hall").await.unwrap());
        let answer = alice.0.channels_request().send().promise.await.unwrap();
        let channels = answer.get().unwrap().get_channels().unwrap();
        assert_eq!(channels.len(), 1);
        let lobby = channels.get(0);
        assert_eq!(
            (lobby.get_name().unwrap().to_str().unwrap(), lobby.get_members(), lobby.get_joined()),
            ("lobby", 1, true)
        );
        assert_eq!(lobby.get_topic().unwrap().to_str().unwrap(), "tea");
    });
}

#[test]
fn moderators_see_who_is_there_and_what_holds_for_them() {
    with_chat(Limits::default(), async |bench, _home| {
        let (alice, bob) = (Person::in_lobby(&bench, "Alice").await, Person::in_lobby(&bench, "Bob").await);
        let moderator = Moderator::named(&bench, "Op").await;
        assert!(moderator.mute("lobby", "bob", 60).await.unwrap());
        let mut request = moderator.0.members_request();
        request.get().set_channel("lobby");
        let answer = request.send().promise.await.unwrap();
        let muted: Vec<bool> =
            answer.get().unwrap().get_members().unwrap().iter().map(|one| one.get_muted_until_ms() > 0).collect();
        assert_eq!(muted, [false, true]);
        assert!(!bob.send("lobby", "mpf").await.unwrap() && alice.send("lobby", "quiet").await.unwrap());
        assert!(moderator.ban("lobby", "Bob", 0).await.unwrap());
        assert!(!bob.join("lobby", "").await.unwrap());
        assert!(moderator.pardon("lobby", "bob").await.unwrap() && bob.join("lobby", "").await.unwrap());
        assert!(moderator.close("lobby").await.unwrap() && !alice.join("lobby", "").await.unwrap());
        let mut request = moderator.0.reopen_request();
        request.get().set_channel("lobby");
        assert!(request.send().promise.await.unwrap().get().unwrap().get_done());
        assert!(alice.join("lobby", "").await.unwrap());
        let mut request = moderator.0.remove_request();
        request.get().set_channel("lobby");
        request.get().set_handle("alice");
        assert!(request.send().promise.await.unwrap().get().unwrap().get_done());
        assert!(alice.who("lobby").await.is_empty());
    });
}

use super::*;

fn ruled() -> Vec<Change> {
    vec![Change::Ruled(ChannelName::parse(LOBBY).unwrap())]
}

#[test]
fn whoever_is_muted_says_nothing_there_until_it_is_over() {
    let (mut ground, alice, bob) = two();
    let second = ground.sit("Bob");
    ground.join(second, LOBBY, "Bobby");
    assert!(ground.hall.mute(LOBBY, "BOB", 60, ground.now_ms).unwrap());
    assert_eq!(ground.hall.take_changes(), ruled());
    let muted: Vec<u64> = ground.hall.members(LOBBY, ground.now_ms).iter().map(|one| one.muted_until_ms).collect();
    assert_eq!(muted, [0, 1_060_000, 1_060_000], "the account is muted, with all its seats");
    assert!(
        !ground.send(bob, LOBBY, "mpf") && !ground.direct(bob, "alice", "mpf") && !ground.send(second, LOBBY, "mpf")
    );
    assert!(ground.join(bob, LOBBY, "Someone"), "another handle does not help");
    assert!(!ground.send(bob, LOBBY, "mpf"));
    assert!(ground.join(bob, "tea", "") && ground.send(bob, "tea", "elsewhere I may"));
    assert!(ground.hall.mute(LOBBY, "Someone", 0, ground.now_ms).unwrap());
    assert!(ground.send(bob, LOBBY, "ah"));
    ground.hall.mute(LOBBY, "Someone", 60, ground.now_ms).unwrap();
    ground.pass(60);
    assert!(ground.send(bob, LOBBY, "ah"));
    assert!(
        !ground.hall.mute(LOBBY, "nobody here", 1, 0).unwrap() && !ground.hall.mute("nowhere", "bob", 1, 0).unwrap()
    );
    let heard = ground.heard(alice);
    assert!(!heard.iter().any(|line| line.contains("mpf") || line.contains("muted")), "{heard:?}");
}

#[test]
fn whoever_is_sent_out_may_come_back() {
    let (mut ground, alice, bob) = two();
    assert!(ground.hall.remove(LOBBY, "bob", "too loud", ground.now_ms).unwrap());
    assert!(!ground.hall.remove(LOBBY, "bob", "", ground.now_ms).unwrap());
    assert_eq!(ground.heard(alice), ["lobby -Bob"]);
    assert_eq!(ground.heard(bob), ["lobby * you were sent out: too loud"]);
    assert!(!ground.send(bob, LOBBY, "what?"));
    assert!(ground.join(bob, LOBBY, ""));
}

#[test]
fn whoever_is_banned_stays_out_under_any_handle_and_in_any_session() {
    let (mut ground, alice, bob) = two();
    let second = ground.sit("Bob");
    ground.join(second, LOBBY, "Bobby");
    assert!(ground.hall.ban(LOBBY, "Bob", 60, "spam", ground.now_ms).unwrap());
    assert_eq!(ground.hall.take_changes(), ruled());
    assert_eq!(ground.who(alice, LOBBY), ["Alice"]);
    ground.hall.stand_up(bob, ground.now_ms);
    let third = ground.sit("Bob");
    for seat in [second, third] {
        assert!(!ground.join(seat, LOBBY, "") && !ground.join(seat, LOBBY, "Innocent"));
        assert!(ground.hall.list(seat, ground.now_ms).unwrap().is_empty(), "it is not open to this one");
    }
    let other = ground.sit("Robert");
    assert!(!ground.join(other, LOBBY, "b0b"), "nor is the handle for anybody else");
    ground.pass(60);
    assert!(ground.join(third, LOBBY, ""));
}

#[test]
fn a_ban_without_an_end_ends_with_a_pardon() {
    let (mut ground, _, bob) = two();
    ground.hall.leave(bob, LOBBY, ground.now_ms);
    assert!(ground.hall.ban(LOBBY, "bob", 0, "", ground.now_ms).unwrap(), "it was there just now");
    ground.pass(1_000_000_000);
    assert!(!ground.join(bob, LOBBY, "Innocent"));
    assert!(ground.hall.pardon(LOBBY, "BOB", ground.now_ms).unwrap());
    assert!(!ground.hall.pardon(LOBBY, "BOB", ground.now_ms).unwrap());
    assert!(ground.join(bob, LOBBY, "Innocent"));
}

#[test]
fn a_visitor_is_banned_with_its_seat_and_its_handle() {
    let mut ground = ground();
    let visitor = ground.sit_as("Guest", None).unwrap();
    ground.join(visitor, LOBBY, "Troll");
    ground.hall.ban(LOBBY, "Troll", 0, "", ground.now_ms).unwrap();
    assert!(!ground.join(visitor, LOBBY, "Other"));
    let next = ground.sit_as("Guest", None).unwrap();
    assert!(!ground.join(next, LOBBY, "Troll") && ground.join(next, LOBBY, "Other"));
}

#[test]
fn an_erased_message_is_no_longer_told() {
    let (mut ground, alice, bob) = two();
    ["one", "two"].iter().for_each(|text| assert!(ground.send(alice, LOBBY, text)));
    ground.hall.take_changes();
    assert!(ground.hall.erase(LOBBY, 1) && !ground.hall.erase(LOBBY, 1) && !ground.hall.erase("nowhere", 1));
    assert_eq!(ground.hall.take_changes(), [Change::Rewritten(ChannelName::parse(LOBBY).unwrap())]);
    let page = ground.hall.history(bob, LOBBY, 0, 9, ground.now_ms).unwrap();
    assert_eq!(page.messages.iter().map(|message| &*message.text).collect::<Vec<_>>(), ["two"]);
}

#[test]
fn a_topic_is_told_and_listed() {
    let (mut ground, alice, _) = two();
    assert!(ground.hall.set_topic(LOBBY, " tea ", ground.now_ms).unwrap());
    assert_eq!(ground.heard(alice), ["lobby * topic: tea"]);
    assert_eq!(&*ground.hall.list(alice, 0).unwrap()[0].topic, "tea");
    assert!(ground.hall.set_topic(LOBBY, &"x".repeat(256), 0).unwrap());
    assert!(matches!(ground.hall.set_topic(LOBBY, &"x".repeat(257), 0), Err(Error::BadRequest(_))));
    assert!(matches!(ground.hall.set_topic(LOBBY, "a\x1b[2J", 0), Err(Error::BadRequest(_))));
    assert!(!ground.hall.set_topic("nowhere", "tea", 0).unwrap());
}

#[test]
fn a_closed_channel_is_empty_until_it_is_opened_again() {
    let (mut ground, alice, bob) = two();
    ground.send(alice, LOBBY, "last words");
    ground.heard(bob);
    assert!(ground.hall.close(LOBBY, "night").unwrap() && !ground.hall.close(LOBBY, "night").unwrap());
    assert_eq!(ground.heard(bob), ["lobby * the channel was closed: night"]);
    assert!(!ground.send(alice, LOBBY, "hello?") && !ground.join(alice, LOBBY, ""));
    assert!(ground.hall.list(alice, 0).unwrap().is_empty());
    assert!(ground.hall.reopen(LOBBY, 0) && !ground.hall.reopen(LOBBY, 0));
    assert!(ground.join(alice, LOBBY, ""));
    assert_eq!(ground.heard(alice).last().unwrap(), "lobby +Alice");
}

#[test]
fn a_channel_has_so_many_bans_and_one_more_is_refused() {
    let mut ground = Ground::new(Limits { sanctions: 2, ..Limits::default() });
    assert!(ground.hall.ban(LOBBY, "ann", 0, "", 0).unwrap() && ground.hall.ban(LOBBY, "ben", 0, "", 0).unwrap());
    assert!(matches!(ground.hall.ban(LOBBY, "cleo", 0, "", 0), Err(Error::Quota(_))));
    assert!(ground.hall.ban(LOBBY, "ann", 9, "", 0).unwrap(), "the same one again");
}

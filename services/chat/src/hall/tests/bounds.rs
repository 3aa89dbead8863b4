use super::*;

fn is_over(outcome: Result<bool, Error>) -> bool {
    matches!(outcome, Err(Error::Quota(_)))
}

#[test]
fn a_text_is_so_long_and_no_longer() {
    let (mut ground, alice, _) = two();
    assert!(ground.send(alice, LOBBY, &"x".repeat(2048)));
    assert!(matches!(ground.hall.send(alice, LOBBY, &"x".repeat(2049), 0), Err(Error::BadRequest(_))));
    assert!(matches!(ground.hall.direct(alice, "bob", &"x".repeat(2049), 0), Err(Error::BadRequest(_))));
    assert!(matches!(ground.hall.send(alice, LOBBY, "a\nb", 0), Err(Error::BadRequest(_))));
}

#[test]
fn a_seat_sends_so_often_and_then_as_fast_as_its_rate() {
    let (mut ground, alice, bob) = two();
    assert!((0..20).all(|_| ground.send(alice, LOBBY, "x")));
    assert!(is_over(ground.hall.send(alice, LOBBY, "x", ground.now_ms)));
    assert!(is_over(ground.hall.direct(alice, "bob", "x", ground.now_ms)));
    assert!(ground.send(bob, LOBBY, "I am not her"));
    assert_eq!(ground.heard(bob).len(), 21, "nobody heard what was refused");
    ground.pass(1);
    assert!((0..5).all(|_| ground.send(alice, LOBBY, "x")));
    assert!(is_over(ground.hall.send(alice, LOBBY, "x", ground.now_ms)));
}

#[test]
fn an_account_sends_no_more_by_way_of_many_sessions() {
    let mut ground = ground();
    let mut sent = 0;
    for _ in 0..10 {
        let seat = ground.sit("Alice");
        assert!(ground.join(seat, LOBBY, ""));
        sent += (0..20).filter(|_| ground.hall.send(seat, LOBBY, "x", ground.now_ms).is_ok()).count();
        ground.hall.stand_up(seat, ground.now_ms);
    }
    assert_eq!(sent, 80);
}

#[test]
fn joins_and_looks_have_rates() {
    let mut ground = ground();
    let alice = ground.sit("Alice");
    let joined = (0..100).filter(|_| ground.try_join(alice, LOBBY, "").is_ok()).count();
    assert_eq!(joined, 80);
    let looked = (0..150).filter(|_| ground.hall.who(alice, LOBBY, ground.now_ms).is_ok()).count();
    assert_eq!(looked, 100);
    assert!(is_over(ground.hall.list(alice, ground.now_ms).map(|_| true)));
    assert!(is_over(ground.hall.history(alice, LOBBY, 0, 1, ground.now_ms).map(|_| true)));
}

#[test]
fn a_seat_is_in_so_many_channels() {
    let mut ground = Ground::new(Limits { channels_per_seat: 3, ..Limits::default() });
    let alice = ground.sit("Alice");
    assert!(["a", "b", "c"].iter().all(|name| ground.join(alice, name, "")));
    assert!(is_over(ground.try_join(alice, "d", "")));
    assert!(ground.join(alice, "a", "Queen"), "a handle is no further channel");
    assert!(ground.hall.leave(alice, "a", 0));
    assert!(ground.join(alice, "d", ""));
}

#[test]
fn an_account_opens_no_more_channels_than_it_may_be_in_with_all_its_sessions() {
    let mut ground = Ground::new(Limits { channels_per_person: 3, ..Limits::default() });
    let (first, second, other) = (ground.sit("Alice"), ground.sit("Alice"), ground.sit("Bob"));
    assert!(["a", "b"].iter().all(|name| ground.join(first, name, "")) && ground.join(second, "c", ""));
    assert!(is_over(ground.try_join(second, "d", "")));
    assert!(ground.join(second, LOBBY, ""), "it is there already");
    assert!(ground.join(other, "d", ""));
}

#[test]
fn first_words_in_channels_have_a_rate_of_their_own() {
    let limits = Limits { opening_burst: 2, openings_per_minute: 1, send_burst: 99, ..Limits::default() };
    let mut ground = Ground::new(limits);
    let alice = ground.sit("Alice");
    assert!(["a", "b", "c"].iter().all(|name| ground.join(alice, name, "")));
    assert!(ground.send(alice, "a", "x") && ground.send(alice, "b", "x") && ground.send(alice, "a", "x"));
    assert!(is_over(ground.hall.send(alice, "c", "x", ground.now_ms)));
    ground.pass(60);
    assert!(ground.send(alice, "c", "x"));
}

#[test]
fn a_channel_has_so_many_members() {
    let mut ground = Ground::new(Limits { members: 2, ..Limits::default() });
    let seats: Vec<SeatNumber> = ["Ann", "Ben", "Cleo"].map(|name| ground.sit(name)).into();
    assert!(ground.join(seats[0], LOBBY, "") && ground.join(seats[1], LOBBY, ""));
    assert!(is_over(ground.try_join(seats[2], LOBBY, "")));
    ground.hall.stand_up(seats[0], ground.now_ms);
    assert!(ground.join(seats[2], LOBBY, ""));
}

#[test]
fn so_many_sit_and_no_more() {
    let mut ground = Ground::new(Limits { seats: 2, ..Limits::default() });
    let first = ground.sit("Ann");
    ground.sit("Ben");
    assert!(matches!(ground.sit_as("Cleo", None), Err(Error::Quota(_))));
    ground.hall.stand_up(first, 0);
    assert!(ground.sit_as("Cleo", None).is_ok());
}

#[test]
fn a_new_channel_takes_the_place_of_the_one_idle_for_longest_and_of_no_other() {
    let mut ground = Ground::new(Limits { channels: 3, idle_seconds: 100, ..Limits::default() });
    let alice = ground.sit("Alice");
    for name in ["first", "second"] {
        ground.join(alice, name, "");
        ground.send(alice, name, "x");
        ground.hall.leave(alice, name, ground.now_ms);
        ground.pass(1);
    }
    ground.pass(97);
    assert!(is_over(ground.try_join(alice, "third", "")), "they were used 99 s ago, and lobby stays");
    ground.hall.take_changes();
    ground.pass(1);
    assert!(ground.join(alice, "third", ""));
    assert_eq!(ground.hall.take_changes(), [Change::Gone(ChannelName::parse("first").unwrap())]);
    ground.hall.set_topic("second", "kept", ground.now_ms).unwrap();
    ground.pass(1000);
    assert!(is_over(ground.try_join(alice, "fourth", "")), "a moderator's channel stays, and so does one with members");
}

#[test]
fn in_a_crowd_only_the_newcomer_is_told_that_it_came() {
    let mut ground = Ground::new(Limits { presence_members: 2, ..Limits::default() });
    let seats: Vec<SeatNumber> = ["Ann", "Ben", "Cleo"].map(|name| ground.sit(name)).into();
    seats.iter().for_each(|seat| assert!(ground.join(*seat, LOBBY, "")));
    assert_eq!(ground.heard(seats[0]), ["lobby +Ann", "lobby +Ben"]);
    assert_eq!(ground.heard(seats[2]), ["lobby +Cleo"]);
    ground.hall.stand_up(seats[2], 0);
    assert!(ground.heard(seats[0]).is_empty());
    ground.hall.stand_up(seats[1], 0);
    assert_eq!(ground.heard(seats[0]), ["lobby -Ben"]);
}

#[test]
fn what_nobody_takes_is_dropped_and_told() {
    let limits = Limits { queue_events: 3, send_burst: 9, ..Limits::default() };
    let mut ground = Ground::new(limits);
    let alice = ground.sit("Alice");
    ground.join(alice, LOBBY, "");
    ground.heard(alice);
    (1..=3).for_each(|n| assert!(ground.send(alice, LOBBY, &n.to_string())));
    assert_eq!(ground.heard(alice).len(), 3);
    (1..=5).for_each(|n| assert!(ground.send(alice, LOBBY, &n.to_string())));
    assert!(ground.hall.poll(alice, 0).is_empty());
    let first = ground.hall.poll(alice, 2);
    assert_eq!(first.len(), 2, "the note is one of those asked for");
    assert_eq!(&*first[0].text, "2 events were dropped: nobody took them");
    assert_eq!(ground.heard(alice), ["lobby Alice: 4", "lobby Alice: 5"]);
}

#[test]
fn a_page_of_history_is_bounded_whatever_is_asked_for() {
    let limits = Limits { history_page: 2, history_messages: 3, history_replayed: 1, ..Limits::default() };
    let mut ground = Ground::new(limits);
    let (alice, bob) = (ground.sit("Alice"), ground.sit("Bob"));
    ground.join(alice, LOBBY, "");
    (1..=4).for_each(|n| assert!(ground.send(alice, LOBBY, &n.to_string())));
    let page = |ground: &mut Ground, before| {
        let page = ground.hall.history(alice, LOBBY, before, 999, ground.now_ms).unwrap();
        (page.messages.iter().map(|message| message.number).collect::<Vec<_>>(), page.more)
    };
    assert_eq!(page(&mut ground, 0), (vec![3, 4], true));
    assert_eq!(page(&mut ground, 3), (vec![2], false));
    ground.join(bob, LOBBY, "");
    assert_eq!(ground.heard(bob), ["lobby (Alice: 4)", "lobby +Bob"]);
}

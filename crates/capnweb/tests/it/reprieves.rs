//! Bounds that change, and what waits for them.

use capnweb::{Error, Limits, Value};

use crate::objects::Records;
use crate::peer::Peer;

/// What a peer has first: nothing here needs more, and everything has its bound nearby.
fn narrow() -> Limits {
    Limits {
        message_bytes: 600,
        message_work: 40,
        table_entries: 10,
        pending_calls: 6,
        pipes: 0,
        held_bytes: 8_000,
        ..Limits::default()
    }
}

fn echo(argument: &str) -> String {
    format!(r#"["push",["pipeline",0,["echo"],[{argument}]]]"#)
}

/// Messages past one bound each.
fn past() -> Vec<(&'static str, String)> {
    let text = format!("\"{}\"", "x".repeat(700));
    let objects = (1..=11).map(|id| format!("[\"export\",-{id}]")).collect::<Vec<_>>().join(",");
    vec![
        ("message_bytes", echo(&text)),
        ("message_work", echo(&format!("[[{}0]]", "0,".repeat(40)))),
        ("table_entries", echo(&objects)),
        ("pipes", "[\"pipe\"]".to_owned()),
    ]
}

fn is_refused(peer: &Peer) -> bool {
    peer.ended().is_some_and(|reason| reason.starts_with("RangeError: "))
}

#[test]
fn without_a_reprieve_what_is_past_a_bound_ends_the_session() {
    for (bound, message) in past() {
        let peer = Peer::with(narrow(), Records::new().main());
        peer.send(&message);
        assert!(is_refused(&peer), "{bound}");
        let peer = Peer::with(narrow(), Records::new().main());
        peer.0.set_limits(Limits::default());
        peer.send(&message);
        assert_eq!(None, peer.ended(), "{bound}");
    }
}

#[test]
fn in_a_reprieve_it_waits_and_is_taken_by_the_bounds_that_come() {
    for (bound, message) in past() {
        let peer = Peer::with(narrow(), Records::new().main());
        let reprieve = peer.0.reprieve(Limits::default());
        assert!(peer.send(&message).is_empty() && !peer.0.wants_input(), "{bound}");
        assert!(!peer.0.is_idle(), "{bound}");
        assert_eq!(2, peer.tables().iter().sum::<usize>(), "nothing of it was done: {bound}");
        peer.0.set_limits(Limits::default());
        drop(reprieve);
        peer.read();
        assert!(peer.0.wants_input() && peer.0.is_idle(), "{bound}");
        let told = peer.send("[\"pull\",1]");
        assert_eq!((None, 1), (peer.ended(), told.len()), "{bound}: {told:?}");
    }
}

#[test]
fn a_reprieve_that_ends_in_the_same_bounds_ends_the_session_with_what_waits() {
    for (bound, message) in past() {
        let peer = Peer::with(narrow(), Records::new().main());
        let (one, other) = (peer.0.reprieve(Limits::default()), peer.0.reprieve(Limits::default()));
        peer.send(&message);
        drop(one);
        peer.read();
        assert_eq!(None, peer.ended(), "another one is held: {bound}");
        drop(other);
        assert!(peer.read().last().is_some_and(|last| last.starts_with("[\"abort\"")), "{bound}");
        assert!(is_refused(&peer), "{bound}");
    }
}

#[test]
fn what_the_bounds_have_room_for_does_not_wait() {
    let peer = Peer::with(narrow(), Records::new().main());
    let _reprieve = peer.0.reprieve(Limits::default());
    let told = peer.send_all([&*echo("1"), "[\"pull\",1]", "[\"release\",1,1]"]);
    assert_eq!(vec!["[\"resolve\",1,1]".to_owned()], told);
    assert!(peer.0.wants_input());
    // The message itself is as long as one may be.
    let long = format!("{:<600}", echo("2"));
    assert_eq!(1, peer.send_all([&*long, "[\"pull\",2]"]).len());
    peer.send(&format!("{long} "));
    assert!(!peer.0.wants_input(), "one more byte");
}

#[test]
fn calls_that_wait_are_as_many_as_may_and_the_next_waits_with_its_peer() {
    let records = Records::new();
    let peer = Peer::with(narrow(), records.main());
    let reprieve = peer.0.reprieve(Limits::default());
    let call = "[\"push\",[\"pipeline\",0,[\"later\"],[]]]";
    let mut taken = 0;
    while peer.0.wants_input() {
        peer.send(call);
        taken += 1;
        assert!(taken < 20);
    }
    assert!(records.later.borrow().len() <= 6);
    assert_eq!(None, peer.ended());
    peer.0.set_limits(Limits::default());
    drop(reprieve);
    peer.read();
    assert_eq!(taken, records.later.borrow().len(), "all of them were made");
}

#[test]
fn bytes_that_wait_are_as_many_as_may() {
    let records = Records::new();
    let peer = Peer::with(narrow(), records.main());
    peer.send("[\"push\",[\"pipeline\",0,[\"later\"],[]]]");
    let reprieve = peer.0.reprieve(Limits { message_bytes: 600, ..Limits::default() });
    let text = "x".repeat(500);
    let call = format!("[\"push\",[\"pipeline\",1,[\"x\"],[\"{text}\"]]]");
    // Their bound is not the one that holds here.
    peer.0.set_limits(Limits { pending_calls: 1_000, table_entries: 1_000, ..narrow() });
    let mut taken = 0;
    while peer.0.wants_input() {
        peer.send(&call);
        taken += 1;
        assert!(taken < 20);
    }
    assert!((3..=16).contains(&taken), "{taken}");
    assert_eq!(None, peer.ended());
    drop(reprieve);
    peer.read();
    assert_eq!(None, peer.ended(), "it is measured as what it is in the end, which is less than it might have been");
}

#[test]
fn what_no_bounds_would_have_room_for_is_refused_at_once() {
    let peer = Peer::with(narrow(), Records::new().main());
    let _reprieve = peer.0.reprieve(Limits { message_bytes: 1_000, ..Limits::default() });
    let told = peer.send(&format!("{:<1001}", echo("1")));
    assert!(told.last().is_some_and(|last| last.starts_with("[\"abort\"")));
    assert!(is_refused(&peer));
}

#[test]
fn a_peer_that_goes_on_while_its_message_waits_is_ended() {
    let peer = Peer::with(narrow(), Records::new().main());
    let _reprieve = peer.0.reprieve(Limits::default());
    peer.send("[\"pipe\"]");
    peer.send("[\"pull\",1]");
    assert!(is_refused(&peer));
}

#[test]
fn what_is_malformed_is_no_reason_to_wait() {
    let peer = Peer::with(narrow(), Records::new().main());
    let _reprieve = peer.0.reprieve(Limits::default());
    peer.send("[\"push\"");
    assert!(peer.ended().is_some());
}

#[test]
fn a_mapping_is_charged_by_the_bounds_of_when_it_is_done() {
    let records = Records::new();
    let map = r#"["push",["remap",1,[],[],[[[["pipeline",0,[]]]]]]]"#;
    for widened in [false, true] {
        // Room enough for the message itself, whose lists might all be calls.
        let peer = Peer::with(Limits { pending_calls: 20, table_entries: 20, ..narrow() }, records.main());
        let reprieve = peer.0.reprieve(Limits::default());
        peer.send_all(["[\"push\",[\"pipeline\",0,[\"later\"],[]]]", map, "[\"pull\",2]"]);
        assert_eq!((None, true), (peer.ended(), peer.0.wants_input()));
        if widened {
            peer.0.set_limits(Limits::default());
        }
        drop(reprieve);
        let many = vec![Value::from(1.0); 100];
        records.later(usize::from(widened)).set(Ok(Value::Array(many)));
        let told = peer.read();
        assert_eq!(widened, peer.ended().is_none(), "{told:?}");
    }
}

#[test]
fn narrower_bounds_leave_what_there_is() {
    let peer = Peer::with(Limits::default(), Records::new().main());
    for _ in 0..20 {
        peer.send("[\"push\",1]");
    }
    peer.0.set_limits(narrow());
    peer.send("[\"release\",1,1]");
    assert_eq!(None, peer.ended());
    peer.send("[\"push\",1]");
    assert!(is_refused(&peer));
}

#[test]
fn pipes_are_as_many_as_may_be() {
    let peer = Peer::with(Limits { pipes: 2, ..Limits::default() }, Records::new().main());
    peer.send_all(["[\"pipe\"]", "[\"pipe\"]", "[\"release\",1,1]", "[\"pipe\"]"]);
    assert_eq!(None, peer.ended());
    peer.send("[\"pipe\"]");
    assert!(is_refused(&peer));
}

#[test]
fn what_waited_in_vain_ends_the_session_with_the_reason() {
    for (bound, message) in past() {
        let peer = Peer::with(narrow(), Records::new().main());
        let reprieve = peer.0.reprieve(Limits::default());
        peer.send(&message);
        peer.0.refuse(Error::new("denied", "It is not."));
        drop(reprieve);
        peer.read();
        assert_eq!(Some("denied: It is not."), peer.ended().as_deref(), "{bound}");
        // It is no reason for what comes after another message.
        let peer = Peer::with(narrow(), Records::new().main());
        peer.0.refuse(Error::new("denied", "It is not."));
        peer.send(&echo("1"));
        peer.send(&message);
        assert!(is_refused(&peer), "{bound}");
    }
}

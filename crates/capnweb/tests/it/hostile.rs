//! Peers that break the protocol.

use std::rc::Rc;

use capnweb::{Limits, Session, Stub};

use crate::objects::Records;
use crate::pair::{options, shown};
use crate::peer::Peer;

/// What no session takes, each after `USUAL`.
const MALFORMED: &[&str] = &[
    "",
    "{",
    "null",
    "[]",
    "5",
    "{\"push\":1}",
    "[\"nonsense\"]",
    "[\"push\"]",
    "[\"push\",[\"what\"]]",
    "[\"push\",[]]",
    "[\"push\",[1,2]]",
    "[\"stream\"]",
    "[\"pull\"]",
    "[\"pull\",\"1\"]",
    "[\"pull\",1.5]",
    "[\"pull\",99]",
    "[\"pull\",-99]",
    "[\"pull\",1e300]",
    "[\"pull\",9223372036854775807]",
    "[\"resolve\"]",
    "[\"resolve\",1]",
    "[\"resolve\",\"1\",1]",
    "[\"resolve\",1,[\"what\"]]",
    "[\"reject\",1]",
    "[\"reject\",1,[\"what\"]]",
    "[\"release\",1]",
    "[\"release\",99,1]",
    "[\"release\",1,2]",
    "[\"release\",1,-1]",
    "[\"release\",1,0.5]",
    "[\"release\",1,\"1\"]",
    "[\"release\",1,1e300]",
    "[\"release\",0,2]",
    "[\"abort\"]",
    "[\"abort\",[\"what\"]]",
    "[\"push\",[\"import\",99]]",
    "[\"push\",[\"import\",-99]]",
    "[\"push\",[\"pipeline\",99]]",
    "[\"push\",[\"pipeline\",99,[\"add\"],[]]]",
    "[\"push\",[\"pipeline\"]]",
    "[\"push\",[\"pipeline\",0,\"add\"]]",
    "[\"push\",[\"pipeline\",0,[{}]]]",
    "[\"push\",[\"pipeline\",0,[null],[]]]",
    "[\"push\",[\"pipeline\",0,[],{}]]",
    "[\"push\",[\"pipeline\",0,[],[],1]]",
    "[\"push\",[\"export\",0]]",
    "[\"push\",[\"export\",1]]",
    "[\"push\",[\"export\",99]]",
    "[\"push\",[\"export\"]]",
    "[\"push\",[\"promise\",1]]",
    "[\"push\",[[[\"promise\",-1],[\"promise\",-1]]]]",
    "[\"push\",[[[\"export\",-1],[\"promise\",-1]]]]",
    "[\"push\",[[[\"promise\",-1],[\"export\",-1]]]]",
    "[\"resolve\",-50,1]",
    "[\"push\",[\"writable\",3]]",
    "[\"push\",[\"readable\",0]]",
    "[\"push\",[\"readable\",1]]",
    "[\"push\",[\"readable\",99]]",
    "[\"push\",[\"remap\",99,[],[],[1]]]",
    "[\"push\",[\"remap\",0,[],[],1]]",
    "[\"push\",[\"remap\",0,[],[[\"import\",99]],[1]]]",
    "[\"push\",[\"remap\",0,[],[[\"pipeline\",0]],[1]]]",
    "[\"push\",[\"remap\",0,[],[[\"export\",1]],[1]]]",
    "[\"push\",[\"error\",1]]",
    "[\"push\",[\"bytes\",5]]",
];

/// Something is called, and something is held of the peer's.
const USUAL: &[&str] =
    &["[\"push\",[\"pipeline\",0,[\"later\"],[]]]", "[\"push\",[\"pipeline\",0,[\"hold\"],[[\"export\",-50]]]]"];

#[test]
fn what_is_malformed_ends_one_session_and_nothing_else() {
    let other = Records::new();
    let bystander = Peer::new(other.main());
    for message in MALFORMED {
        let records = Records::new();
        let peer = Peer::new(records.main());
        peer.send_all(USUAL.iter().copied());
        let held = records.held.borrow()[0].clone();
        let told = peer.send(message);
        let last = told.last().map(String::as_str).unwrap_or_default();
        assert!(last.starts_with("[\"abort\",[\"error\",\""), "{message}: {told:?}");
        assert_eq!(1, told.iter().filter(|told| told.contains("abort")).count(), "{message}");
        assert_eq!(
            4,
            serde_json::from_str::<Value2>(last).unwrap()[1].as_array().unwrap().len() + 1,
            "{message}: {last}"
        );
        assert_eq!([0, 0], peer.tables(), "{message}");
        assert_eq!(0, records.later(0).waiting(), "{message}");
        assert!(crate::pair::poll(&mut held.broken()).is_some(), "{message}");
        assert!(peer.send("[\"push\",[\"pipeline\",0,[\"add\"],[1,2]]]").is_empty());
        assert_eq!(2, records.calls.borrow().len(), "{message}");
        records.held.borrow_mut().clear();
    }
    let told = bystander.send_all(["[\"push\",[\"pipeline\",0,[\"add\"],[1,2]]]", "[\"pull\",1]"]);
    assert_eq!(told, ["[\"resolve\",1,3]"]);
}

type Value2 = serde_json::Value;

#[test]
fn what_was_drawn_in_by_a_bad_message_is_released() {
    let records = Records::new();
    let peer = Peer::new(records.main());
    peer.send("[\"push\",[[[\"export\",-1],[\"pipeline\",0,[\"counter\"],[1]],[\"what\"]]]]");
    assert_eq!((1, 1), (records.made.get(), records.gone.get()));
    assert_eq!([0, 0], peer.tables());
}

#[test]
fn answers_that_nobody_asked_for_are_ignored_but_what_is_in_them_is_released() {
    let peer = Peer::new(Records::new().main());
    for message in [
        "[\"resolve\",99,[[[\"export\",-1],{\"a\":[\"promise\",-2]}]]]",
        "[\"reject\",-99,[\"error\",\"Error\",\"x\",null,{\"a\":[\"export\",-3]}]]",
    ] {
        let told = peer.send(message);
        assert!(!told.is_empty() && told.iter().all(|told| told.starts_with("[\"release\",-")), "{told:?}");
    }
    assert_eq!(None, peer.ended());
    assert_eq!([1, 1], peer.tables());
}

#[test]
fn an_answer_comes_once() {
    let peer = Peer::new(Records::new().main());
    let answer = peer.0.remote().call(Some("x"), vec![]);
    peer.send("[\"resolve\",1,1]");
    peer.send("[\"resolve\",1,2]");
    assert_eq!("Number(1.0)", shown(crate::pair::poll(&mut answer.into_future()).unwrap()));
    assert_eq!(None, peer.ended());
}

use std::future::IntoFuture;

#[test]
fn a_promise_of_the_peers_that_is_never_kept_holds_up_its_call_alone() {
    let records = Records::new();
    let peer = Peer::new(records.main());
    let told = peer.send_all([
        "[\"push\",[\"pipeline\",0,[\"echo\"],[[\"promise\",-1]]]]",
        "[\"pull\",1]",
        "[\"push\",[\"pipeline\",0,[\"add\"],[1,1]]]",
        "[\"pull\",2]",
    ]);
    assert_eq!(told, ["[\"resolve\",2,2]"]);
    assert_eq!(peer.send("[\"reject\",-1,5]"), ["[\"release\",-1,1]", "[\"reject\",1,5]"]);
}

#[test]
fn a_peer_that_resolves_a_promise_with_itself_waits_for_itself() {
    let peer = Peer::new(Records::new().main());
    let told = peer.send_all([
        "[\"push\",[\"pipeline\",0,[\"echo\"],[[\"promise\",-1]]]]",
        "[\"pull\",1]",
        // Of ours, which waits for that of theirs.
        "[\"resolve\",-1,[\"pipeline\",1]]",
        "[\"push\",[\"pipeline\",0,[\"add\"],[1,1]]]",
        "[\"pull\",2]",
    ]);
    assert_eq!(Some("[\"resolve\",2,2]"), told.last().map(String::as_str));
    peer.send_all(["[\"release\",1,1]", "[\"release\",2,1]"]);
}

#[test]
fn long_chains_take_no_stack() {
    let limits = Limits { table_entries: 200_000, pending_calls: 200_000, ..Limits::default() };
    let records = Records::new();
    let peer = Peer::with(limits, records.main());
    peer.send("[\"push\",[\"pipeline\",0,[\"later\"],[]]]");
    for id in 1..50_000 {
        peer.send(&format!("[\"push\",[\"pipeline\",{id},[\"x\"],[]]]"));
        peer.send(&format!("[\"release\",{id},1]"));
    }
    peer.send("[\"pull\",50000]");
    records.later(0).set(Err(capnweb::Error::range_error("after all").into()));
    assert_eq!(peer.read(), ["[\"reject\",50000,[\"error\",\"RangeError\",\"after all\"]]"]);

    peer.send("[\"push\",[\"pipeline\",0,[\"later\"],[]]]");
    for id in 50_001..100_000 {
        peer.send(&format!("[\"push\",[\"pipeline\",{id},[\"x\"],[]]]"));
        peer.send(&format!("[\"release\",{id},1]"));
    }
    peer.send("[\"release\",100000,1]");
    assert_eq!(0, records.later(1).waiting());

    // Values within values, each of which is an answer of its own.
    peer.send("[\"push\",[[1]]]");
    for id in 100_001..150_000 {
        peer.send(&format!("[\"push\",[[[\"import\",{id}]]]]"));
        peer.send(&format!("[\"release\",{id},1]"));
    }
    peer.send("[\"release\",150000,1]");
    assert_eq!(None, peer.ended());
}

#[test]
fn a_program_in_a_message_takes_no_stack() {
    let records = Records::new();
    let peer =
        Peer::with(Limits { pending_calls: 100_000, message_work: 1 << 20, ..Limits::default() }, records.main());
    let mut program = String::from("[\"pipeline\",-1,[\"later\"],[]]");
    for variable in 1..20_000 {
        program.push_str(&format!(",[\"pipeline\",{variable},[\"x\"],[]]"));
    }
    peer.send("[\"push\",5]");
    peer.send(&format!("[\"push\",[\"remap\",1,[],[[\"import\",0]],[{program}]]]"));
    assert_eq!(None, peer.ended());
    assert_eq!(1, records.later(0).waiting());
    peer.send("[\"release\",2,1]");
    assert_eq!(0, records.later(0).waiting());
}

#[test]
fn ids_of_the_peers_choice_cost_nothing() {
    let records = Records::new();
    let peer = Peer::new(records.main());
    let id = i64::MIN / 4_096;
    let told = peer.send_all([&*format!("[\"push\",[\"pipeline\",0,[\"hold\"],[[\"export\",{id}]]]]")]);
    assert!(told.is_empty());
    assert_eq!([2, 2], peer.tables());
}

#[test]
fn a_bad_message_does_not_reach_another_session_of_the_same_objects() {
    let records = Records::new();
    let main = records.main();
    let sessions = [0, 1].map(|_| Session::new(options(Limits::default()), |_| Some(main.clone())));
    assert!(sessions[0].receive("[\"nonsense\"]").is_err());
    assert!(sessions[1].receive("[\"push\",[\"pipeline\",0,[\"add\"],[1,1]]]").is_ok());
    assert_eq!(1, records.calls.borrow().len());
    let _: Rc<Records> = records;
    let _: Stub = main;
}

#[test]
fn a_promise_cannot_be_made_to_stand_for_itself() {
    for (kept, resolution) in [
        ("[\"promise\",-2]", "[\"import\",1]"),
        ("[\"promise\",-2]", "[\"pipeline\",1]"),
        ("[\"promise\",-2]", "[\"export\",-2]"),
        ("[\"promise\",-2]", "[\"promise\",-2]"),
        ("[\"promise\",-2]", "[\"import\",1,[]]"),
        ("[\"export\",-2]", "[\"import\",1]"),
        ("[\"export\",-2]", "[\"export\",-2]"),
    ] {
        let peer = Peer::new(Records::new().main());
        let told = peer.send_all([
            &*format!("[\"push\",{kept}]"),
            &*format!("[\"resolve\",-2,{resolution}]"),
            "[\"push\",[\"pipeline\",1,[\"x\"],[]]]",
            "[\"pull\",2]",
        ]);
        let last = told.last().map(String::as_str).unwrap_or_default();
        assert!(last.starts_with("[\"reject\",2,") || last.starts_with("[\"abort\","), "{kept} {resolution}: {told:?}");
    }
}

#[test]
fn circles_are_given_back_at_the_end_and_when_there_are_many() {
    // Each is a promise whose value refers to something that refers to the promise, and to an object.
    let circles = [
        "[[[\"import\",ID]]]",
        "[[[\"pipeline\",ID],[\"pipeline\",0,[\"counter\"],[1]]]]",
        "[[[\"import\",ID],[\"import\",ID],[\"pipeline\",0,[\"counter\"],[1]]]]",
    ];
    let pushes = [
        "[\"push\",[[[\"promise\",-NEW],[\"pipeline\",0,[\"counter\"],[1]]]]]",
        "[\"push\",[\"pipeline\",0,[\"echo\"],[[\"promise\",-NEW],[\"pipeline\",0,[\"counter\"],[1]]]]]",
        "[\"push\",[\"promise\",-NEW]]",
    ];
    for (push, circle) in pushes.iter().flat_map(|push| circles.iter().map(move |circle| (push, circle))) {
        let records = Records::new();
        let peer = Peer::with(Limits { pending_calls: 20_000, ..Limits::default() }, records.main());
        let (mut most, rounds) = (0, if *push == pushes[1] { 5_000_u32 } else { 50 });
        for id in 1..rounds {
            let (new, id) = (format!("-{}", id + 1), id.to_string());
            peer.send(&push.replace("-NEW", &new));
            peer.send(&format!("[\"resolve\",{new},{}]", circle.replace("ID", &id)));
            peer.send(&format!("[\"release\",{id},1]"));
            most = most.max(records.made.get() - records.gone.get());
        }
        assert_eq!(None, peer.ended(), "{push} {circle}");
        assert!(most < 4_500, "{push} {circle}: {most} are never given back");
        drop(peer);
        records.calls.borrow_mut().clear();
        assert_eq!(records.made.get(), records.gone.get(), "{push} {circle}");
    }
}

#[test]
fn a_call_that_is_in_a_circle_ends_with_its_session() {
    let guard = Rc::new(());
    let weak = Rc::downgrade(&guard);
    let main = Stub::function(move |arguments| {
        let guard = guard.clone();
        capnweb::Answer::later(async move {
            let _kept = (guard, arguments);
            std::future::pending().await
        })
    });
    let peer = Peer::new(main);
    // The call keeps the promise, whose value is the call.
    peer.send_all([
        "[\"push\",[\"promise\",-2]]",
        "[\"push\",[\"pipeline\",0,[],[[\"import\",1]]]]",
        "[\"resolve\",-2,[[[\"import\",2]]]]",
        "[\"release\",1,1]",
        "[\"release\",2,1]",
    ]);
    assert_eq!(None, peer.ended());
    peer.0.disconnected(capnweb::Error::new("Error", "gone"));
    drop(peer);
    assert_eq!(0, weak.strong_count());
}

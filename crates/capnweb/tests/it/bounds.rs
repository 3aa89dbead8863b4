//! Each bound of a session, at it and one past it.

use capnweb::{Limits, Value};

use crate::objects::Records;
use crate::peer::Peer;

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

fn is_aborted_for(peer: &Peer, told: &[String]) -> bool {
    peer.ended().is_some_and(|reason| reason.starts_with("RangeError: "))
        && told.last().is_some_and(|last| last.starts_with("[\"abort\",[\"error\",\"RangeError\",\""))
        && peer.tables() == [0, 0]
}

#[test]
fn a_message_has_so_many_bytes() {
    let message = "[\"push\",[\"pipeline\",0,[\"echo\"],[\"x\"]]]";
    let peer = Peer::with(limits(|limits| limits.message_bytes = message.len()), Records::new().main());
    assert!(peer.send(message).is_empty());
    let told = peer.send(&message.replace('x', "xy"));
    assert!(is_aborted_for(&peer, &told));
}

#[test]
fn a_message_nests_so_deeply() {
    let nested = |levels: usize| format!("[\"push\",{}1{}]", "[".repeat(levels), "]".repeat(levels));
    let peer = Peer::with(limits(|limits| limits.depth = 21), Records::new().main());
    assert!(peer.send(&nested(20)).is_empty());
    let told = peer.send(&nested(22));
    assert!(is_aborted_for(&peer, &told));
}

#[test]
fn a_value_nests_so_deeply_once_its_promises_are_put_in() {
    let records = Records::new();
    let peer = Peer::with(limits(|limits| limits.depth = 12), records.main());
    let mut messages = vec!["[\"push\",[\"pipeline\",0,[\"echo\"],[1]]]".to_owned()];
    for id in 1..30 {
        messages.push(format!("[\"push\",[\"pipeline\",0,[\"echo\"],[[[[\"pipeline\",{id}]]]]]]"));
    }
    messages.push("[\"pull\",10]".to_owned());
    messages.push("[\"pull\",30]".to_owned());
    let told = peer.send_all(messages.iter().map(String::as_str));
    assert!(told[0].starts_with("[\"resolve\",10,[[[["), "{told:?}");
    assert!(told[1].starts_with("[\"reject\",30,[\"error\",\"RangeError\""), "{told:?}");
    assert_eq!(None, peer.ended());
}

#[test]
fn a_peer_holds_so_many_answers_and_objects() {
    let peer = Peer::with(limits(|limits| limits.table_entries = 10), Records::new().main());
    for _ in 0..9 {
        assert!(peer.send("[\"push\",1]").is_empty());
    }
    assert_eq!([1, 10], peer.tables());
    let told = peer.send("[\"push\",1]");
    assert!(is_aborted_for(&peer, &told));

    let peer = Peer::with(limits(|limits| limits.table_entries = 10), Records::new().main());
    let told = peer.send_all(["[\"push\",[\"pipeline\",0,[\"counters\"],[8]]]", "[\"pull\",1]"]);
    assert_eq!((1, [1, 10]), (told.len(), peer.tables()));
    peer.send("[\"release\",1,1]");
    let told = peer.send_all(["[\"push\",[\"pipeline\",0,[\"counter\"],[8]]]", "[\"pull\",2]"]);
    assert!(is_aborted_for(&peer, &told));
}

#[test]
fn a_peer_offers_so_many_objects() {
    let records = Records::new();
    let peer = Peer::with(limits(|limits| limits.table_entries = 10), records.main());
    let offer = |from: usize, to: usize| {
        let objects: Vec<String> = (from..=to).map(|id| format!("[\"export\",-{id}]")).collect();
        format!("[\"push\",[\"pipeline\",0,[\"later\"],[{}]]]", objects.join(","))
    };
    peer.send(&offer(1, 10).replace("later", "echo"));
    // The arguments of a call that gives one of them are gone, so there is room.
    peer.send(&offer(11, 19));
    assert_eq!(None, peer.ended());
    let peer = Peer::with(limits(|limits| limits.table_entries = 10), records.main());
    let told = peer.send(&offer(1, 11));
    assert!(is_aborted_for(&peer, &told));
}

#[test]
fn so_many_calls_wait_for_their_answers() {
    let records = Records::new();
    let peer = Peer::with(limits(|limits| limits.pending_calls = 5), records.main());
    let call = "[\"push\",[\"pipeline\",0,[\"later\"],[]]]";
    for _ in 0..5 {
        peer.send(call);
    }
    records.later(0).set(Ok(Value::Null));
    peer.read();
    peer.send("[\"release\",2,1]");
    peer.send_all([call, call]);
    assert_eq!(None, peer.ended());
    // One that waits for another is one as well.
    let told = peer.send("[\"push\",[\"pipeline\",3,[\"x\"],[]]]");
    assert!(is_aborted_for(&peer, &told));
    assert!(records.later.borrow().iter().all(|later| later.waiting() == 0));
}

#[test]
fn a_call_that_waits_for_the_peer_itself_counts_as_well() {
    for waiting in
        ["[\"push\",[\"pipeline\",0,[\"echo\"],[[\"promise\",-ID]]]]", "[\"push\",[\"pipeline\",1,[\"x\"],[]]]"]
    {
        let peer = Peer::with(limits(|limits| limits.pending_calls = 5), Records::new().main());
        // An object of the peer's own.
        peer.send("[\"push\",[\"export\",-100]]");
        for id in 1..=5 {
            peer.send(&waiting.replace("ID", &id.to_string()));
        }
        assert_eq!(None, peer.ended(), "{waiting}");
        let told = peer.send(&waiting.replace("ID", "6"));
        assert!(is_aborted_for(&peer, &told), "{waiting}");
    }
}

#[test]
fn so_much_waits_for_a_peer_that_does_not_read() {
    let peer = Peer::with(limits(|limits| limits.held_bytes = 10_000), Records::new().main());
    let text = "x".repeat(980);
    let mut id = 0;
    let mut ask = || {
        id += 1;
        for message in [
            format!("[\"push\",[\"pipeline\",0,[\"echo\"],[\"{text}\"]]]"),
            format!("[\"pull\",{id}]"),
            format!("[\"release\",{id},1]"),
        ] {
            let _ = peer.0.receive(&message);
        }
    };
    assert!(peer.0.wants_input());
    for _ in 0..3 {
        ask();
    }
    assert!(!peer.0.wants_input(), "what is slow is not read from");
    for _ in 3..10 {
        ask();
    }
    assert_eq!(None, peer.ended());
    for _ in 0..10 {
        assert!(peer.0.next_message().is_some());
    }
    assert!(peer.0.wants_input());
    for _ in 0..11 {
        ask();
    }
    let told = peer.read();
    assert!(is_aborted_for(&peer, &told));
    assert_eq!(1, told.len(), "what was not read is dropped");
}

#[test]
fn so_much_is_kept_in_answers() {
    let peer = Peer::with(limits(|limits| limits.held_bytes = 10_000), Records::new().main());
    let push = format!("[\"push\",[\"pipeline\",0,[\"echo\"],[\"{}\"]]]", "x".repeat(1_900));
    for _ in 0..5 {
        peer.send(&push);
    }
    peer.send("[\"release\",2,1]");
    peer.send(&push);
    assert_eq!(None, peer.ended());
    let told = peer.send(&push);
    assert!(is_aborted_for(&peer, &told));
}

#[test]
fn so_much_is_kept_for_calls_that_wait() {
    for call in [
        "[\"push\",[\"pipeline\",1,[\"x\"],[\"TEXT\"]]]",
        "[\"push\",[\"pipeline\",0,[\"echo\"],[[\"pipeline\",1],\"TEXT\"]]]",
        "[\"push\",[\"pipeline\",0,[\"later\"],[\"TEXT\"]]]",
        "[\"push\",[\"remap\",1,[],[],[\"TEXT\"]]]",
    ] {
        let records = Records::new();
        let peer = Peer::with(limits(|limits| limits.held_bytes = 10_000), records.main());
        peer.send("[\"push\",[\"pipeline\",0,[\"later\"],[]]]");
        let push = call.replace("TEXT", &"x".repeat(1_800));
        for _ in 0..4 {
            peer.send(&push);
        }
        peer.send("[\"release\",2,1]");
        peer.send(&push);
        assert_eq!(None, peer.ended(), "{call}");
        let told = peer.send_all([&*push, &*push]);
        assert!(is_aborted_for(&peer, &told), "{call}");
    }
}

#[test]
fn a_message_asks_for_so_much_work() {
    let values = |count: usize| format!("[\"push\",[[{}]]]", vec!["1"; count].join(","));
    let peer = Peer::with(limits(|limits| limits.message_work = 1_000), Records::new().main());
    let mut most = 0;
    for count in 900..1_100 {
        let told = Peer::with(limits(|limits| limits.message_work = 1_000), Records::new().main()).send(&values(count));
        if told.is_empty() {
            most = count;
        }
    }
    assert!((990..1_000).contains(&most));
    for _ in 0..5 {
        assert!(peer.send(&values(most)).is_empty());
    }
    let told = peer.send(&values(most + 1));
    assert!(is_aborted_for(&peer, &told));
}

#[test]
fn mappings_within_mappings_are_paid_for_as_they_expand() {
    let peer = Peer::new(Records::new().main());
    // 1,000 elements, each mapped to 1,000, each to 1,000.
    let mut program = "[1]".to_owned();
    for _ in 0..2 {
        program = format!(
            "[[\"pipeline\",-1,[\"list\"],[1000]],[\"remap\",1,[],[[\"import\",-1]],{program}],[\"pipeline\",2]]"
        );
    }
    let remap = format!("[\"push\",[\"remap\",1,[],[[\"import\",0]],{program}]]");
    let told = peer.send_all(["[\"push\",[\"pipeline\",0,[\"list\"],[1000]]]", &*remap]);
    assert!(is_aborted_for(&peer, &told));
}

#[test]
fn a_mapping_that_waited_is_paid_for_by_the_message_that_brought_it() {
    let records = Records::new();
    let peer = Peer::with(limits(|limits| limits.message_work = 2_000), records.main());
    let list = |count: usize| (0..count).map(|number| number as f64).collect::<Value>();
    for (count, is_over) in [(500, false), (2_500, true)] {
        let id = records.later.borrow().len() * 2 + 1;
        peer.send("[\"push\",[\"pipeline\",0,[\"later\"],[]]]");
        peer.send(&format!("[\"push\",[\"remap\",{id},[],[],[7]]]"));
        records.later(id / 2).set(Ok(list(count)));
        let told = peer.read();
        assert_eq!(is_over, is_aborted_for(&peer, &told), "{told:?}");
    }
}

#[test]
fn values_that_double_are_paid_for() {
    let peer = Peer::new(Records::new().main());
    let mut messages = vec!["[\"push\",[\"pipeline\",0,[\"echo\"],[[[1,2,3,4]]]]]".to_owned()];
    for id in 1..40 {
        messages.push(format!("[\"push\",[\"pipeline\",0,[\"echo\"],[[[[\"pipeline\",{id}],[\"pipeline\",{id}]]]]]]"));
    }
    let told = peer.send_all(messages.iter().map(String::as_str));
    assert!(is_aborted_for(&peer, &told));
}

#[test]
fn what_a_mapping_copies_is_paid_for() {
    for (bytes, is_over) in [(64, false), (6_400, true)] {
        let records = Records::new();
        let peer = Peer::with(limits(|limits| limits.message_work = 2_000), records.main());
        peer.send("[\"push\",[\"pipeline\",0,[\"later\"],[]]]");
        peer.send("[\"push\",[\"remap\",1,[],[],[7]]]");
        records.later(0).set(Ok((0..100).map(|_| Value::from("x".repeat(bytes))).collect()));
        let told = peer.read();
        assert_eq!(is_over, is_aborted_for(&peer, &told), "{told:?}");
    }
}

#[test]
fn what_many_wait_for_sets_off_no_more_work_than_a_message() {
    let mapped = |work: usize, maps: usize| {
        let records = Records::new();
        let peer = Peer::with(limits(|limits| limits.message_work = work), records.main());
        peer.send("[\"push\",[\"pipeline\",0,[\"later\"],[]]]");
        if peer.ended().is_some() {
            return false;
        }
        for _ in 0..maps {
            peer.send("[\"push\",[\"remap\",1,[],[],[{\"a\":[[1,2,3,4]]}]]]");
        }
        if peer.ended().is_some() {
            return false;
        }
        records.later(0).set(Ok([1.0; 20].into()));
        let told = peer.read();
        assert_eq!(peer.ended().is_some(), is_aborted_for(&peer, &told));
        peer.ended().is_none()
    };
    let bound = (1..100_000).find(|work| mapped(*work, 10)).expect("a bound");
    assert!(!mapped(bound - 1, 10));
    assert!(mapped(bound / 10 + 20, 1), "each of them is small");
}

#[test]
fn whatever_a_peer_makes_this_side_keep_counts() {
    let kilobytes = "x".repeat(10_000);
    let held: [(&str, String); 8] = [
        ("", format!("[\"push\",[\"headers\",[[\"a\",\"{kilobytes}\"]]]]")),
        ("", format!("[\"push\",[\"headers\",[{}[\"a\",\"b\"]]]]", "[\"a\",\"b\"],".repeat(250))),
        ("", format!("[\"push\",[\"request\",\"http://x/\",{{\"method\":\"POST\",\"body\":\"{kilobytes}\"}}]]")),
        ("", format!("[\"push\",[\"response\",\"{kilobytes}\",{{}}]]")),
        ("", format!("[\"push\",[[{}1]]]", format!("[\"bigint\",\"{}\"],", "9".repeat(1_000)).repeat(10))),
        (LATER, format!("[\"push\",[\"pipeline\",1,[\"{kilobytes}\"]]]")),
        (LATER, format!("[\"push\",[\"remap\",1,[],[{}[\"import\",0]],[1]]]", "[\"import\",0],".repeat(1_500))),
        (REJECTED, "[\"push\",[\"pipeline\",0,[\"echo\"],[[\"pipeline\",1]]]]".to_owned()),
    ];
    for (before, message) in held {
        let peer = Peer::with(limits(|limits| limits.held_bytes = 95_000), Records::new().main());
        peer.send_all(
            before
                .split('\n')
                .filter(|line| !line.is_empty())
                .map(|line| line.replace('X', &kilobytes))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
        );
        assert_eq!(None, peer.ended(), "{before}");
        let told: Vec<String> = (0..10).flat_map(|_| peer.send(&message)).collect();
        assert!(is_aborted_for(&peer, &told), "{}", &message[..40]);
    }
}

const LATER: &str = "[\"push\",[\"pipeline\",0,[\"later\"],[]]]";
const REJECTED: &str = "[\"push\",[\"promise\",-1]]\n[\"reject\",-1,\"X\"]";

#[test]
fn a_long_reason_of_an_abort_is_not_kept_by_all_that_it_ends() {
    let peer = Peer::new(Records::new().main());
    peer.send(&format!("[\"abort\",\"{}\"]", "x".repeat(5_000)));
    assert_eq!(Some("Error: The reason that was given is too long to be kept."), peer.ended().as_deref());
}

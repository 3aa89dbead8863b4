//! The end of objects, calls and sessions.

use std::future::IntoFuture;
use std::rc::Rc;

use capnweb::{Error, Key, Object, Session, Stub, Value};

use crate::objects::Records;
use crate::pair::{Pair, poll, shown};
use crate::peer::Peer;

#[test]
fn an_object_is_gone_with_its_last_reference() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let value = pair.wait(pair.main().call(Some("counter"), vec![1.0.into()])).unwrap();
    let stub = value.as_stub().unwrap().clone();
    drop(value);
    pair.run();
    assert_eq!(0, records.gone.get());
    assert_eq!([2, 1, 1, 2], pair.tables());
    assert_eq!("Number(2.0)", shown(pair.wait(stub.call(Some("increment"), vec![]))));
    drop(stub);
    assert_eq!([1, 1, 1, 1], pair.tables());
    assert_eq!(1, records.gone.get());
}

#[test]
fn all_that_is_in_a_result_is_released_with_it() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let bundle = pair.wait(pair.main().call(Some("bundle"), vec![])).unwrap();
    assert_eq!([5, 1, 1, 5], pair.tables());
    let adder = bundle.as_object().unwrap().get("adder").unwrap().as_stub().unwrap().clone();
    assert_eq!("Number(101.0)", shown(pair.wait(adder.call(None, vec![1.0.into()]))));
    drop((bundle, adder));
    assert_eq!([1, 1, 1, 1], pair.tables());
    assert_eq!((3, 3), (records.made.get(), records.gone.get()));
}

#[test]
fn an_object_that_is_sent_twice_has_one_position_and_two_references() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let both = pair.wait(pair.main().call(Some("twice"), vec![1.0.into()])).unwrap();
    let [one, other] = both.as_array().unwrap() else { panic!() };
    assert!(one.as_stub().unwrap().is_same(other.as_stub().unwrap()));
    assert!(!one.as_stub().unwrap().is_same(&pair.main()));
    assert_eq!([2, 1, 1, 2], pair.tables());
    drop(both);
    assert!(pair.sent().contains(&">[\"release\",-1,2]".to_owned()) || pair.tables() == [1, 1, 1, 1]);
    assert_eq!(1, records.gone.get());
}

#[test]
fn references_may_be_released_one_by_one_or_at_once() {
    for releases in [
        &["[\"release\",-1,1]", "[\"release\",-1,1]"][..],
        &["[\"release\",-1,2]"],
        &["[\"release\",-1,0]", "[\"release\",-1,2]"],
    ] {
        let records = Records::new();
        let peer = Peer::new(records.main());
        peer.send_all(["[\"push\",[\"pipeline\",0,[\"twice\"],[1]]]", "[\"pull\",1]", "[\"release\",1,1]"]);
        assert_eq!([1, 2], peer.tables());
        for release in releases {
            assert_eq!(0, records.gone.get());
            peer.send(release);
        }
        assert_eq!(([1, 1], 1), (peer.tables(), records.gone.get()));
        assert_eq!(None, peer.ended());
    }
}

#[test]
fn an_answer_keeps_its_objects_for_the_calls_that_follow_it() {
    let records = Records::new();
    let peer = Peer::new(records.main());
    let told = peer.send_all(["[\"push\",[\"pipeline\",0,[\"counter\"],[1]]]", "[\"pull\",1]"]);
    assert_eq!(told, ["[\"resolve\",1,[\"export\",-1]]"]);
    peer.send("[\"release\",-1,1]");
    assert_eq!(0, records.gone.get());
    let told = peer.send_all(["[\"push\",[\"pipeline\",1,[\"increment\"],[]]]", "[\"pull\",2]"]);
    assert_eq!(told, ["[\"resolve\",2,2]"]);
    peer.send_all(["[\"release\",1,1]", "[\"release\",2,1]"]);
    assert_eq!(1, records.gone.get());
}

#[test]
fn arguments_are_released_when_nobody_kept_them() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let local = Records::new();
    let answer = pair
        .main()
        .call(Some("count"), vec![Value::Stub(local.counter(1.0)), [Value::Stub(local.counter(2.0))].into()]);
    assert_eq!("Number(2.0)", shown(pair.wait(answer)));
    records.calls.borrow_mut().clear();
    assert_eq!([1, 1, 1, 1], pair.tables());
    assert_eq!(2, local.gone.get());
}

#[test]
fn a_callback_can_be_kept_after_the_call() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let local = Records::new();
    pair.wait(pair.main().call(Some("hold"), vec![Value::Stub(local.counter(1.0))])).unwrap();
    assert_eq!([1, 2, 2, 1], pair.tables());
    let held = records.held.borrow()[0].clone();
    assert_eq!("Number(3.0)", shown(pair.wait(held.call(Some("increment"), vec![2.0.into()]))));
    assert_eq!(0, local.gone.get());
    drop(held);
    records.held.borrow_mut().clear();
    assert_eq!([1, 1, 1, 1], pair.tables());
    assert_eq!(1, local.gone.get());
}

#[test]
fn a_call_that_is_given_up_is_dropped() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let call = pair.main().call(Some("later"), vec![]);
    let following = call.call_at(&[Key::from("then")], vec![Value::Stub(records.counter(1.0))]);
    pair.run();
    assert_eq!(1, records.later(0).waiting());
    drop(call);
    pair.run();
    assert_eq!(1, records.later(0).waiting(), "what follows it still wants it");
    drop(following);
    assert_eq!([1, 1, 1, 1], pair.tables());
    assert_eq!(0, records.later(0).waiting());
    assert_eq!(1, records.gone.get(), "what it was to be called with is released");
}

#[test]
fn a_call_that_was_given_up_while_it_waited_is_never_made() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let counter = pair.main().call(Some("later"), vec![]);
    let given_up = counter.call_at(&[Key::from("increment")], vec![10.0.into()]);
    let kept = counter.call_at(&[Key::from("increment")], vec![1.0.into()]);
    pair.run();
    drop(given_up);
    pair.run();
    records.later(0).set(Ok(Value::Stub(records.counter(0.0))));
    assert_eq!("Number(1.0)", shown(pair.wait(kept)));
}

#[test]
fn answers_that_nobody_waits_for_are_released() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let mut answer = pair.main().call(Some("later"), vec![]).into_future();
    assert!(!pair.is_ready(&mut answer));
    records.later(0).set(Ok([Value::Stub(records.counter(1.0)), Value::Promise(stub_promise(&records))].into()));
    let _ = pair.server.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    drop(answer);
    assert_eq!([1, 1, 1, 1], pair.tables());
    records.later.borrow_mut().clear();
    assert_eq!(records.made.get(), records.gone.get());
}

fn stub_promise(records: &Rc<Records>) -> capnweb::Promise {
    let stub = records.counter(2.0);
    capnweb::Promise::new(async move { Ok(Value::Stub(stub)) })
}

#[test]
fn the_end_of_a_session_breaks_what_is_held_and_drops_what_was_given() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let local = Records::new();
    pair.wait(pair.main().call(Some("hold"), vec![Value::Stub(local.counter(1.0))])).unwrap();
    let held = records.held.borrow()[0].clone();
    let counter = pair.wait(pair.main().call(Some("counter"), vec![1.0.into()])).unwrap();
    let mut broken = [held.broken(), counter.as_stub().unwrap().broken(), pair.main().broken()];
    let mut answer = pair.main().call(Some("later"), vec![]).into_future();
    assert!(!pair.is_ready(&mut answer));
    assert!(broken.iter_mut().all(|broken| poll(broken).is_none()));
    pair.server.abort(Error::new("Error", "enough"));
    pair.run();
    for broken in &mut broken {
        assert_eq!("Error: enough", poll(broken).unwrap().to_string());
    }
    assert_eq!("! Error: enough", shown(poll(&mut answer).unwrap()));
    assert_eq!("! Error: enough", shown(pair.wait(pair.main().call(Some("add"), vec![]))));
    assert_eq!([0, 0, 0, 0], pair.tables());
    assert_eq!((1, 1, 0), (records.gone.get(), local.gone.get(), records.later(0).waiting()));
    assert_eq!(Some("<[\"abort\",[\"error\",\"Error\",\"enough\"]]".to_owned()), pair.sent().pop());
    assert!(pair.client.receive("[\"pull\",0]").is_err());
}

#[test]
fn a_connection_that_is_lost_says_nothing_more() {
    let records = Records::new();
    let peer = Peer::new(records.main());
    let stub = peer.0.remote();
    peer.0.disconnected(Error::new("Error", "gone"));
    assert!(peer.read().is_empty());
    assert_eq!("Error: gone", poll(&mut stub.broken()).unwrap().to_string());
    assert_eq!(Some("Error: gone".to_owned()), peer.ended());
}

#[test]
fn a_session_that_nobody_keeps_is_over() {
    let records = Records::new();
    let session = Session::new(capnweb::Options::default(), |_| Some(records.counter(1.0)));
    let (stub, weak) = (session.remote(), session.downgrade());
    let mut broken = stub.broken();
    assert!(poll(&mut broken).is_none());
    drop(session);
    assert!(weak.upgrade().is_none());
    assert_eq!("Error: The session is over.", poll(&mut broken).unwrap().to_string());
    assert_eq!(1, records.gone.get());
    assert_eq!("! Error: The session is over.", shown(poll(&mut stub.call(None, vec![]).into_future()).unwrap()));
}

#[test]
fn the_peers_reason_is_why_a_session_ended() {
    let peer = Peer::new(Records::new().main());
    assert!(peer.send("[\"abort\",[\"error\",\"RangeError\",\"too much\"]]").is_empty());
    assert_eq!(Some("RangeError: too much".to_owned()), peer.ended());
}

#[test]
fn a_stub_may_be_dropped_and_called_from_anywhere() {
    let records = Records::new();
    let kept: Rc<std::cell::RefCell<Vec<Stub>>> = Rc::default();
    let (keep, weak) = (kept.clone(), Rc::new(std::cell::RefCell::new(None::<capnweb::WeakSession>)));
    let session = weak.clone();
    let main = Stub::function(move |arguments| {
        // Everything that is held is dropped, more is called, and the session is ended, while it receives.
        keep.borrow_mut().clear();
        keep.borrow_mut().extend(arguments.iter().filter_map(Value::as_stub).cloned());
        let session = session.borrow().as_ref().unwrap().upgrade().unwrap();
        drop(session.remote().call(Some("more"), vec![Object::new().into()]));
        if arguments.len() > 1 {
            session.abort(Error::new("Error", "myself"));
            keep.borrow_mut().clear();
        }
        capnweb::Answer::Now(Ok(Value::Null))
    });
    let peer = Peer::new(main);
    *weak.borrow_mut() = Some(peer.0.downgrade());
    for id in 1..4 {
        peer.send(&format!("[\"push\",[\"pipeline\",0,[],[[\"export\",-{id}]]]]"));
    }
    assert_eq!([2, 4], peer.tables());
    let last = peer.send("[\"push\",[\"pipeline\",0,[],[[\"export\",-9],[\"export\",-10]]]]");
    assert_eq!(Some("[\"abort\",[\"error\",\"Error\",\"myself\"]]"), last.last().map(String::as_str));
    assert_eq!(0, records.gone.get());
}

//! Every bound, at it and one past it; and what nobody signed in on comes to an end.

use std::time::Duration;

use capnp::traits::HasTypeId;
use capos_schema::gateway_capnp::RemoteAuthKind;
use capos_schema::{Code, Denial};
use capos_testkit::hostile::{Call, HostilePeer, Target, message};
use capos_testkit::lab::{Answer, CallbackState};
use capos_testkit::lab_capnp::lab;
use tokio::net::TcpStream;
use tokio::task::spawn_local;

use crate::client::{Line, aborted, code, denial, echo, get, keep, next, run};
use crate::node::{Grants, Node, PASSWORD, Setup};

#[test]
fn sign_ins_under_way_on_one_connection_are_bounded() {
    run(async {
        let node = Node::start().await;
        let line = Line::plain(&node).await;
        let start = async || line.start(RemoteAuthKind::Password, "ada", "").await;
        let mut flows = Vec::new();
        for _ in 0..4 {
            flows.push(start().await.unwrap());
        }
        assert_eq!(code(start().await), Code::Overloaded);
        assert_eq!(code(line.guest().await), Code::Overloaded);
        assert_eq!(code(start().await), Code::Overloaded);
        Line::plain(&node).await.password("ada", PASSWORD, "").await.expect("nobody else notices");
        flows.pop();
        let again = start().await.expect("one was let go of");
        again.cancel_request().send().promise.await.unwrap();
        line.guest().await.expect("one was given up");
        line.cut();
        let rows = reached(&node, "connectionFlows", 2).await;
        assert!(rows[0].contains(r#""count":1"#) && rows[1].contains(r#""count":2"#), "{rows:?}");
    });
}

#[test]
fn sessions_on_one_connection_are_bounded() {
    run(async {
        let node = Node::with(|setup| setup.limits.sessions = 2).await;
        let (line, first) = Line::signed_in(&node, "ada").await;
        line.guest().await.unwrap();
        assert_eq!(code(line.guest().await), Code::TooManySessions);
        assert_eq!(code(line.password("ada", PASSWORD, "").await), Code::TooManySessions);
        first.list().await.expect("those that are go on");
        first.logout().await.unwrap();
        line.password("ada", PASSWORD, "").await.expect("there is room");
        reached(&node, "connectionSessions", 1).await;
    });
}

#[test]
fn calls_before_sign_in_are_bounded() {
    run(async {
        let bounded = |setup: &mut Setup| {
            setup.limits.front_calls = 2;
            setup.slow_hashes();
        };
        let node = Node::with(bounded).await;
        let line = Line::plain(&node).await;
        let mut flows = Vec::new();
        for _ in 0..2 {
            let flow = line.start(RemoteAuthKind::Password, "ada", "").await.unwrap();
            next(&flow, b"").await.unwrap();
            flows.push(flow);
        }
        let judged = tokio::join!(next(&flows[0], PASSWORD.as_bytes()), next(&flows[1], PASSWORD.as_bytes()), async {
            line.door.auth_methods_request().send().promise.await
        });
        assert!(judged.0.unwrap().is_some() && judged.1.unwrap().is_some());
        assert_eq!(code(judged.2), Code::TooManyCalls);
        line.door.auth_methods_request().send().promise.await.expect("there is room");
        reached(&node, "frontCalls", 1).await;
    });
}

#[test]
fn what_a_request_holds_is_bounded() {
    run(async {
        let node = Node::start().await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let caps = held.caps();
        assert_eq!(code(get(&caps, &"n".repeat(256), 1).await), Code::UnknownCap);
        assert_eq!(code(get(&caps, &"n".repeat(257), 1).await), Code::BadRequest);
        line.start(RemoteAuthKind::Password, &"a".repeat(256), &"p".repeat(256)).await.unwrap();
        assert_eq!(code(line.start(RemoteAuthKind::Password, &"a".repeat(257), "").await), Code::BadRequest);
        assert_eq!(code(line.start(RemoteAuthKind::Password, "ada", &"p".repeat(257)).await), Code::BadRequest);
        for (bytes, expected) in [(256, None), (257, Some(Code::BadRequest))] {
            let mut request = line.door.start_request();
            request.get().init_request().set_client_nonce(&vec![1; bytes]);
            assert_eq!(request.send().promise.await.err().map(|error| code::<()>(Err(error))), expected);
        }
        // Below the gateway's bound, the authority has its own.
        let beyond = |denial: Denial| denial.sentence == "a part of the request is too long";
        for (bytes, expected) in [(16 << 10, false), ((16 << 10) + 1, true)] {
            let flow = line.start(RemoteAuthKind::PublicKey, "ada", "").await.unwrap();
            next(&flow, b"").await.unwrap();
            assert_eq!(beyond(denial(next(&flow, &vec![b'x'; bytes]).await)), expected);
            let mut request = held.0.renew_request();
            request.get().set_proof(&vec![b'x'; bytes]);
            assert_eq!(beyond(denial(request.send().promise.await)), expected);
        }
        reached(&node, "requestSize", 1).await;
    });
}

#[test]
fn grants_that_are_held_are_bounded() {
    run(async {
        let node = Node::with(|setup| setup.limits.grants = 2).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let lab = held.lab("lab").await;
        held.user_session().await;
        let third = held.get_as::<capos_schema::system_info_capnp::system_info::Client>("system_info").await;
        assert_eq!(code(third), Code::QuotaExceeded);
        held.lab("lab").await;
        echo(&lab, b"").await.unwrap();
        reached(&node, "grantsHeld", 1).await;
    });
}

#[test]
fn calls_of_one_session_are_bounded_over_all_its_grants() {
    run(async {
        let node = Node::with(|setup| setup.limits.session_calls = 3).await;
        let other = Grants::lab("other", "");
        node.profile("lab", &["human"], &[Grants::LAB, &other]).await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let (_, bystander) = Line::signed_in(&node, "ada").await;
        let (lab, other) = (held.lab("lab").await, held.lab("other").await);
        let hanging: Vec<_> =
            [&lab, &lab, &other].map(|lab| spawn_local(lab.hang_request().send().promise)).into_iter().collect();
        node.labs.tally("lab").until(|counts| counts.running() == 2).await;
        node.labs.tally("other").until(|counts| counts.running() == 1).await;
        assert_eq!(code(echo(&lab, b"").await), Code::TooManyCalls);
        assert_eq!(code(echo(&other, b"").await), Code::TooManyCalls);
        assert_eq!(code(held.list().await), Code::TooManyCalls);
        bystander.list().await.expect("nobody else notices");
        let handle = busy(&node).await;
        let all = node.gateway.holdings().of(&handle).await.expect("it is live");
        assert_eq!(all.iter().map(|grant| grant.in_flight).collect::<Vec<_>>(), [2, 1]);
        hanging.iter().for_each(tokio::task::JoinHandle::abort);
        node.labs.tally("lab").until(|counts| counts.running() == 0).await;
        echo(&lab, b"").await.expect("there is room");
        assert_eq!(node.gateway.figures().denied_calls, 2);
        line.cut();
        let rows = reached(&node, "calls", 2).await;
        assert!(rows[1].contains(r#""count":2"#) && rows[0].contains("session"), "{rows:?}");
    });
}

#[test]
fn a_session_is_not_held_to_the_bounds_of_the_front_door() {
    run(async {
        let node = Node::with(|setup| setup.limits.front_calls = 2).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let lab = held.lab("lab").await;
        let hanging: Vec<_> = (0..5).map(|_| spawn_local(lab.hang_request().send().promise)).collect();
        node.labs.tally("lab").until(|counts| counts.running() == 5).await;
        held.list().await.unwrap();
        hanging.iter().for_each(tokio::task::JoinHandle::abort);
    });
}

/// The session that has calls under way.
async fn busy(node: &Node) -> capos_authority::Handle {
    for session in node.authority.sessions() {
        let handle = session.context().handle;
        let all = node.gateway.holdings().of(&handle).await.expect("it is live");
        if all.iter().any(|grant| grant.in_flight > 0) {
            return handle;
        }
    }
    panic!("no session has calls under way");
}

#[test]
fn a_grants_own_bounds_hold() {
    run(async {
        let node = Node::start().await;
        let few = Grants::lab("few", r#""calls": { "inFlight": 2, "perSecond": 0, "total": 4 }"#);
        let slow = Grants::lab("slow", r#""calls": { "inFlight": 9, "perSecond": 2, "total": 0 }"#);
        node.profile("lab", &["human"], &[Grants::LAB, &few, &slow]).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let (few, slow) = (held.lab("few").await, held.lab("slow").await);
        let hanging: Vec<_> = (0..2).map(|_| spawn_local(few.hang_request().send().promise)).collect();
        node.labs.tally("few").until(|counts| counts.running() == 2).await;
        assert_eq!(code(echo(&few, b"").await), Code::TooManyCalls);
        hanging.iter().for_each(tokio::task::JoinHandle::abort);
        node.labs.tally("few").until(|counts| counts.running() == 0).await;
        echo(&few, b"3").await.unwrap();
        echo(&few, b"4").await.unwrap();
        assert_eq!(code(echo(&few, b"5").await), Code::QuotaExceeded);
        let again = held.lab("few").await;
        assert_eq!(code(echo(&again, b"5").await), Code::QuotaExceeded, "to take it again fills nothing");
        for _ in 0..2 {
            echo(&slow, b"").await.unwrap();
        }
        assert_eq!(code(echo(&slow, b"").await), Code::TooManyCalls);
        node.time.advance(Duration::from_millis(500));
        echo(&slow, b"").await.unwrap();
        echo(&held.lab("lab").await, b"").await.expect("another grant has its own");
    });
}

#[test]
fn a_quota_is_its_holders_in_all_its_sessions_and_in_the_next_one() {
    run(async {
        let node = Node::with(|setup| setup.limits.quota_rest = Duration::from_secs(60)).await;
        let few = Grants::lab("few", r#""calls": { "total": 3 }"#);
        node.profile("lab", &["human"], &[&few]).await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let (_other_line, other) = Line::signed_in(&node, "ada").await;
        let (few, again) = (held.lab("few").await, other.lab("few").await);
        echo(&few, b"1").await.unwrap();
        echo(&again, b"2").await.unwrap();
        held.0.logout_request().send().promise.await.unwrap();
        drop((few, held, line));
        let (_third_line, third) = Line::signed_in(&node, "ada").await;
        let few = third.lab("few").await;
        echo(&few, b"3").await.unwrap();
        assert_eq!(code(echo(&few, b"4").await), Code::QuotaExceeded);
        assert_eq!(code(echo(&again, b"4").await), Code::QuotaExceeded);
        for session in [third, other] {
            session.0.logout_request().send().promise.await.unwrap();
        }
        node.time.advance(Duration::from_secs(61));
        let (_last_line, last) = Line::signed_in(&node, "ada").await;
        echo(&last.lab("few").await, b"1").await.expect("it has rested");
    });
}

#[test]
fn a_used_quota_stays_used_though_the_object_behind_it_was_down_in_between() {
    run(async {
        let node = Node::start().await;
        let leased = Grants::lab("leased", r#""lease": "1h", "calls": { "total": 2 }"#);
        node.profile("lab", &["human"], &[&leased]).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let before = held.lab("leased").await;
        for _ in 0..2 {
            echo(&before, b"").await.unwrap();
        }
        let mut request = held.0.renew_request();
        request.get().set_proof(PASSWORD.as_bytes());
        request.send().promise.await.unwrap();
        node.labs.set_down(true);
        assert_eq!(code(get(&held.caps(), "leased", lab::Client::TYPE_ID).await), Code::ServiceUnavailable);
        node.labs.set_down(false);
        let after = held.lab("leased").await;
        assert_eq!(code(echo(&after, b"").await), Code::QuotaExceeded);
        let handle = held.handle().await;
        let all = node.gateway.holdings().of(&handle).await.expect("it is live");
        let mut numbers: Vec<_> = all[0].references.iter().map(|reference| reference.lineage.number).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), 2, "both are held, by numbers of their own");
    });
}

#[test]
fn callbacks_of_one_session_are_bounded() {
    run(async {
        let node = Node::with(|setup| setup.limits.callbacks = 2).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let lab = held.lab("lab").await;
        let callback = CallbackState::new(Answer::Hang);
        keep(&lab, callback.client()).await.unwrap();
        let ring = || lab.ring_request().send().promise;
        let hanging: Vec<_> = (0..2).map(|_| spawn_local(ring())).collect();
        while callback.payloads().len() < 2 {
            tokio::task::yield_now().await;
        }
        let error = ring().await.err().expect("one too many");
        assert!(error.extra.contains("tooManyCalls"), "{error}");
        assert_eq!(callback.payloads().len(), 2);
        drop(hanging);
    });
}

#[test]
fn who_does_not_bootstrap_loses_the_place() {
    run(async {
        let node = Node::with(|setup| setup.gate.entry_time = Duration::from_millis(300)).await;
        let mut silent = HostilePeer::new(TcpStream::connect(node.address).await.unwrap());
        // Enough to be known as plain, and no more.
        silent.send(&[0]).await;
        let mut entered = HostilePeer::new(TcpStream::connect(node.address).await.unwrap());
        entered.send(&message::bootstrap(0)).await;
        entered.receive().await.expect("the bootstrap object");
        assert_eq!(aborted(&mut silent).await, Code::Unauthenticated);
        node.until(|node| node.gateway.figures().connections_open == 1).await;
        entered.send(&Call::new(1, Target::answer(0), 0xdff4_5c43_61b0_3269, 0).frame()).await;
        entered.expect_results(1).await;
    });
}

#[test]
fn who_rests_without_a_session_loses_the_place() {
    run(async {
        let node = Node::with(|setup| setup.limits.rest_time = Duration::from_millis(150)).await;
        let (signed_in, held) = Line::signed_in(&node, "ada").await;
        let mut resting = HostilePeer::new(TcpStream::connect(node.address).await.unwrap());
        resting.send(&message::bootstrap(0)).await;
        assert_eq!(aborted(&mut resting).await, Code::Unauthenticated);
        held.list().await.expect("a session may rest");
        held.logout().await.unwrap();
        signed_in.ended().await;
        node.until(|node| node.gateway.figures().connections_open == 0).await;
    });
}

#[test]
fn a_step_has_its_time_and_then_the_connection_rests() {
    run(async {
        let times = |setup: &mut Setup| {
            setup.limits.rest_time = Duration::from_millis(100);
            setup.authority.step_time = Duration::from_millis(1_500);
        };
        let node = Node::with(times).await;
        let line = Line::plain(&node).await;
        let flow = line.start(RemoteAuthKind::Password, "ada", "").await.unwrap();
        Line::plain(&node).await.ended().await;
        next(&flow, b"").await.expect("a step may take longer than a rest");
        assert_eq!(code(next(&flow, b"wrong").await), Code::AuthenticationDenied);
        line.ended().await;
        let line = Line::plain(&node).await;
        let _flow = line.start(RemoteAuthKind::Password, "ada", "").await.unwrap();
        line.ended().await;
    });
}

#[test]
fn nobody_keeps_a_place_by_beginning_sign_ins_for_ever() {
    run(async {
        let node = Node::with(|setup| setup.limits.unsigned_time = Duration::from_millis(300)).await;
        let line = Line::plain(&node).await;
        let (door, busy) = (line.door.clone(), Line::plain(&node).await);
        let begins = spawn_local(async move {
            while busy.start(RemoteAuthKind::Password, "ada", "").await.is_ok() {}
            drop(busy);
        });
        line.ended().await;
        begins.await.unwrap();
        drop(door);
    });
}

#[test]
fn a_sign_in_frees_its_place_at_the_gate_and_its_end_takes_one() {
    run(async {
        let node = Node::with(|setup| setup.gate.node = 1).await;
        let (one, held) = Line::signed_in(&node, "ada").await;
        let two = Line::plain(&node).await;
        let flow = two.start(RemoteAuthKind::Password, "ada", "").await.expect("the place was free");
        held.logout().await.unwrap();
        assert_eq!(code(one.guest().await), Code::Overloaded, "there is no place to come back to");
        next(&flow, b"").await.unwrap();
        next(&flow, PASSWORD.as_bytes()).await.unwrap().expect("a session");
        one.guest().await.expect("the place is free again");
        reached(&node, "connectionPlaces", 1).await;
    });
}

/// The journal's rows of a bound, once there are so many.
async fn reached(node: &Node, bound: &str, count: usize) -> Vec<String> {
    let named = format!(r#""cause":"{bound}""#);
    for rows in 1.. {
        let all = node.journaled("limit.reached", rows).await;
        let of_bound: Vec<_> = all.into_iter().filter(|row| row.contains(&named)).collect();
        if of_bound.len() >= count {
            return of_bound;
        }
    }
    unreachable!("rows are counted up for ever")
}

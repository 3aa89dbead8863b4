//! Every end there is, and what is left after it.

use std::sync::Arc;
use std::time::Duration;

use capos_authority::{Actor, EndReason};
use capos_schema::{Code, Denial};
use capos_testkit::lab::{Answer, CallbackState};
use capos_testkit::lab_capnp::lab;
use tokio::task::spawn_local;

use crate::client::{Held, Line, code, denial, echo, keep, run};
use crate::node::{Grants, Node, PASSWORD};

#[test]
fn after_a_logout_every_object_answers_that_the_session_is_over() {
    run(async {
        for by_grant in [false, true] {
            let node = Node::start().await;
            let (line, held) = Line::signed_in(&node, "ada").await;
            let lab = held.lab("lab").await;
            let child = lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
            let (caps, session) = (held.caps(), held.user_session().await);
            let pending = spawn_local(lab.hang_request().send().promise);
            node.labs.tally("lab").until(|counts| counts.running() == 1).await;
            if by_grant {
                session.logout_request().send().promise.await.unwrap();
            } else {
                held.logout().await.unwrap();
            }
            let stale: Denial = EndReason::Logout.into();
            assert_eq!(denial(pending.await.unwrap()), stale);
            assert_eq!(denial(echo(&lab, b"").await), stale);
            assert_eq!(denial(echo(&child, b"").await), stale);
            assert_eq!(denial(caps.list_request().send().promise.await), stale);
            assert_eq!(denial(session.info_request().send().promise.await), stale);
            assert_eq!(denial(session.audit_context_request().send().promise.await), stale);
            assert_eq!(denial(held.id().await), stale);
            assert_eq!(denial(held.0.renew_request().send().promise.await), stale);
            assert_eq!(code(held.logout().await), Code::StaleSession);
            assert_eq!(node.labs.alive(), 0, "what was granted is freed, though the client holds on");
            assert_eq!(node.gateway.holdings().of(&capos_authority::Handle([0; 16])).await.map(|all| all.len()), None);
            let again = line.guest().await.expect("a new sign-in may begin at once");
            again.list().await.unwrap();
        }
    });
}

#[test]
fn a_logout_that_nobody_waits_for_is_one() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let handle = held.handle().await;
        drop(held.0.logout_request().send());
        node.until(|node| node.authority.session(&handle).is_none()).await;
        assert_eq!(code(held.list().await), Code::StaleSession);
    });
}

#[test]
fn a_grant_that_is_revoked_takes_its_calls_along_and_no_other() {
    run(async {
        let node = Node::start().await;
        let other = Grants::lab("other", "");
        node.profile("lab", &["human"], &[Grants::LAB, &other]).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let (lab, sibling) = (held.lab("lab").await, held.lab("other").await);
        let pending = spawn_local(lab.hang_request().send().promise);
        node.labs.tally("lab").until(|counts| counts.running() == 1).await;
        let session = node.authority.session(&held.handle().await).expect("it is live");
        let revoked = tokio::spawn(async move { session.revoke_grant("lab", &Actor::offline(), "a test").await });
        assert!(revoked.await.unwrap().unwrap(), "there was such a grant");
        assert_eq!(code(pending.await.unwrap()), Code::Revoked);
        assert_eq!(code(echo(&lab, b"").await), Code::Revoked);
        assert_eq!(node.labs.tally("lab").counts().running(), 0, "the call was cancelled");
        echo(&sibling, b"").await.expect("siblings live");
        assert!(held.list().await.unwrap().iter().all(|entry| entry.0 != "lab"));
        let again = held.get_as::<lab::Client>("lab").await;
        assert!(matches!(code(again), Code::Revoked | Code::UnknownCap));
    });
}

#[test]
fn one_reference_is_cut_off_with_what_came_through_it() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let lab = held.lab("lab").await;
        let child = async |lab: &lab::Client| {
            lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap()
        };
        let one = child(&lab).await;
        let (two, below) = (child(&lab).await, child(&one).await);
        let handle = held.handle().await;
        let holdings = node.gateway.holdings();
        let all = holdings.of(&handle).await.expect("it is live");
        let of_lab = all.into_iter().find(|grant| grant.grant.name == "lab").expect("granted");
        let number = of_lab.references[1].lineage.number;
        let elsewhere = holdings.clone();
        let revoked = tokio::spawn(async move { elsewhere.revoke(&handle, "lab", number).await });
        assert!(revoked.await.unwrap());
        assert_eq!(code(echo(&one, b"").await), Code::Revoked);
        assert_eq!(code(echo(&below, b"").await), Code::Revoked);
        echo(&two, b"").await.unwrap();
        echo(&lab, b"").await.unwrap();
        assert!(!holdings.revoke(&handle, "lab", 1_000).await);
        assert!(!holdings.revoke(&handle, "nothing", number).await);
        held.logout().await.unwrap();
        assert!(!holdings.revoke(&handle, "lab", number).await, "the session is over");
        assert!(holdings.of(&handle).await.is_none());
    });
}

#[test]
fn a_lease_ends_and_other_grants_go_on() {
    run(async {
        let node = Node::start().await;
        let leased = Grants::lab("leased", r#""lease": "1h""#);
        node.profile("lab", &["human"], &[Grants::LAB, &leased]).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let (lab, leased) = (held.lab("lab").await, held.lab("leased").await);
        let until = held.list().await.unwrap().into_iter().find(|entry| entry.0 == "leased").expect("listed").2;
        assert_eq!(until, crate::node::Time::BEGINNING + 3_600_000);
        let pending = spawn_local(leased.hang_request().send().promise);
        node.labs.tally("leased").until(|counts| counts.running() == 1).await;
        node.time.advance(Duration::from_secs(3599));
        echo(&leased, b"").await.unwrap();
        node.time.advance(Duration::from_secs(1));
        assert_eq!(code(echo(&leased, b"").await), Code::LeaseExpired);
        assert_eq!(code(pending.await.unwrap()), Code::LeaseExpired);
        assert_eq!(code(held.get_as::<lab::Client>("leased").await), Code::LeaseExpired);
        echo(&lab, b"").await.expect("other grants go on");
        assert_eq!(held.list().await.unwrap().len(), 2, "what is over is listed with its end");
    });
}

#[test]
fn a_renewal_gives_new_leases_and_what_was_held_before_stays_known() {
    run(async {
        let node = Node::start().await;
        let leased = Grants::lab("leased", r#""lease": "1h", "audit": "all""#);
        node.profile("lab", &["human"], &[&leased]).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let before = held.lab("leased").await;
        node.time.advance(Duration::from_secs(1800));
        let mut request = held.0.renew_request();
        request.get().set_proof(PASSWORD.as_bytes());
        request.send().promise.await.unwrap();
        let after = held.lab("leased").await;
        let handle = held.handle().await;
        let holdings = node.gateway.holdings();
        let references = async || {
            let all = holdings.of(&handle).await.expect("it is live");
            all[0].references.iter().map(|reference| reference.lineage.number).collect::<Vec<_>>()
        };
        let numbers = references().await;
        assert_eq!(numbers.len(), 2, "both are held");
        echo(&before, b"").await.unwrap();
        echo(&after, b"").await.unwrap();
        let rows = node.journaled("call", 2).await;
        for (row, number) in rows.iter().zip(&numbers) {
            assert!(row.contains(&format!(r#""reference":{number}"#)), "{row} {number}");
        }
        node.time.advance(Duration::from_secs(1800));
        assert_eq!(code(echo(&before, b"").await), Code::LeaseExpired, "a reference keeps the lease it came with");
        echo(&after, b"").await.expect("and the new one has a new lease");
        assert!(holdings.revoke(&handle, "leased", numbers[1]).await);
        assert_eq!(code(echo(&after, b"").await), Code::Revoked);
        assert!(holdings.revoke(&handle, "leased", numbers[0]).await);
        held.logout().await.unwrap();
        node.until(|node| node.labs.alive() == 0).await;
    });
}

#[test]
fn calls_through_a_grant_keep_a_session_from_being_idle() {
    run(async {
        let node = Node::start().await;
        node.profile_with("lab", &["human"], "10m", &[Grants::LAB]).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let lab = held.lab("lab").await;
        for _ in 0..3 {
            node.time.advance(Duration::from_secs(599));
            echo(&lab, b"").await.unwrap();
        }
        node.time.advance(Duration::from_secs(600));
        node.until(|node| node.authority.sessions().is_empty()).await;
        assert_eq!(denial(echo(&lab, b"").await), EndReason::Idle.into());
    });
}

#[test]
fn time_and_administrators_end_sessions() {
    run(async {
        let node = Node::start().await;
        let (_one, held) = Line::signed_in(&node, "ada").await;
        let (_two, other) = Line::signed_in(&node, "ada").await;
        let session = node.authority.session(&held.handle().await).expect("it is live");
        session.end_by(&Actor::offline(), "a test").await.unwrap();
        assert_eq!(denial(held.list().await), EndReason::Administrator.into());
        other.list().await.expect("another session goes on");
        let pending = spawn_local(other.lab("lab").await.hang_request().send().promise);
        node.labs.tally("lab").until(|counts| counts.running() == 1).await;
        node.time.advance(Duration::from_secs(12 * 3600));
        assert_eq!(denial(pending.await.unwrap()), EndReason::Expired.into());
        node.until(|node| node.gateway.figures().sessions_live == 0).await;
    });
}

#[test]
fn a_connection_takes_all_its_sessions_along_and_frees_everything() {
    run(async {
        let node = Node::start().await;
        let before = Arc::strong_count(&node.registry);
        let (bystander, watching) = Line::signed_in(&node, "ada").await;
        for encrypted in [false, true] {
            let line = if encrypted { Line::tls(&node).await } else { Line::plain(&node).await };
            let callback = CallbackState::new(Answer::Echo);
            for _ in 0..2 {
                let held = line.password("ada", PASSWORD, "").await.unwrap();
                let lab = held.lab("lab").await;
                keep(&lab, callback.client()).await.unwrap();
                spawn_local(lab.hang_request().send().promise);
                node.labs.tally("lab").until(|counts| counts.running() == 1).await;
            }
            assert_eq!((node.authority.sessions().len(), node.gateway.figures().sessions_live), (3, 3));
            assert_eq!(callback.alive(), 2);
            line.cut();
            node.until(|node| node.authority.sessions().len() == 1).await;
            node.until(|node| node.gateway.figures().connections_open == 1).await;
            assert_eq!(node.gateway.figures().sessions_live, 1);
            node.until(|node| node.labs.alive() == 0).await;
        }
        assert_eq!(node.journaled("session.ended", 4).await.len(), 4);
        watching.list().await.expect("the bystander notices nothing");
        bystander.cut();
        node.until(|node| Arc::strong_count(&node.registry) == before).await;
        assert_eq!(node.gateway.figures().connections_total, 3);
    });
}

#[test]
fn sessions_on_one_connection_are_apart() {
    run(async {
        let node = Node::start().await;
        let (line, one) = Line::signed_in(&node, "ada").await;
        let two = line.guest().await.unwrap();
        let (lab, info) = (one.lab("lab").await, two.user_session().await);
        assert_ne!(one.id().await.unwrap(), two.id().await.unwrap());
        assert_eq!(code(two.get_as::<lab::Client>("lab").await), Code::UnknownCap);
        assert_eq!(code(line.password("ada", "wrong", "").await), Code::AuthenticationDenied);
        two.logout().await.unwrap();
        assert_eq!(code(info.info_request().send().promise.await), Code::StaleSession);
        echo(&lab, b"").await.expect("the other session goes on");
        one.logout().await.unwrap();
        assert_eq!(code(echo(&lab, b"").await), Code::StaleSession);
    });
}

#[test]
fn who_is_in_the_middle_of_a_stream_of_calls_is_stopped_from_another_thread() {
    run(async {
        let node = Node::start().await;
        for _ in 0..8 {
            let (line, held) = Line::signed_in(&node, "ada").await;
            let lab = held.lab("lab").await;
            let session = node.authority.session(&held.handle().await).expect("it is live");
            let calls = spawn_local(async move {
                loop {
                    if let Err(error) = echo(&lab, b"busy").await {
                        break error;
                    }
                }
            });
            let tally = node.labs.tally("lab");
            tally.until(|counts| counts.finished > 3).await;
            let ended = tokio::spawn(async move {
                session.end(EndReason::PolicyChanged).await;
                tally.counts().started
            });
            let started = ended.await.unwrap();
            assert_eq!(denial::<()>(Err(calls.await.unwrap())), EndReason::PolicyChanged.into());
            assert_eq!(node.labs.tally("lab").counts().started, started, "nothing began after the end");
            drop(held);
            line.cut();
        }
    });
}

#[test]
fn a_session_that_has_ended_leaves_its_connection_for_the_next() {
    run(async {
        let node = Node::start().await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        held.logout().await.unwrap();
        for _ in 0..3 {
            let held: Held = line.guest().await.unwrap();
            held.logout().await.unwrap();
        }
        assert_eq!(node.gateway.figures().sessions_live, 0);
        assert_eq!(node.gateway.figures().connections_open, 1);
    });
}

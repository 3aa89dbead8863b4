//! Services and sessions that want too much harm themselves alone.

use std::time::Duration;

use capos_authority::PrincipalKind;
use capos_schema::Code;
use capos_testkit::lab::{Answer, CallbackState};
use futures::future::join_all;
use tokio::task::spawn_local;

use crate::client::{Held, Line, code, echo, keep, run};
use crate::hall::{BENCH, Hall, OWN, bench, flood, granted, order};
use crate::node::Grants;

async fn hall() -> Hall {
    Hall::with(&[BENCH], &[&granted("bench", "bench/bench"), Grants::LAB]).await
}

/// Has the service again, which may have been cut off for what it did.
async fn again(held: &Held) {
    while order(&bench(held, "bench").await, "had again").await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn one_sessions_callbacks_leave_room_for_anothers() {
    run(async {
        let hall = hall().await;
        let (_line, held) = hall.ada().await;
        hall.node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let (_other, bob) = Line::signed_in(&hall.node, "bob").await;
        let (adas, bobs) = (bench(&held, "bench").await, bench(&bob, "bench").await);
        order(&bobs, "hello").await.unwrap();
        let most = capos_runner::Limits::default().session_callbacks as usize;
        let callbacks: Vec<_> = (0..4_200).map(|_| CallbackState::new(Answer::Echo)).collect();
        let mut refused = 0;
        for some in callbacks.chunks(200) {
            let kept = join_all(some.iter().map(|callback| keep(&adas, callback.client()))).await;
            for one in kept {
                if let Err(error) = one {
                    assert_eq!(code::<()>(Err(error)), Code::QuotaExceeded);
                    refused += 1;
                }
            }
        }
        assert_eq!(refused, 4_200 - most, "so many and no more");
        keep(&bobs, CallbackState::new(Answer::Echo).client()).await.expect("another session has its own share");
        order(&bobs, "and is served").await.unwrap();
        order(&adas, "so is the greedy one").await.unwrap();
        assert_eq!(hall.seen.started("bench"), 1, "the service was not cut off");
        hall.close().await;
    });
}

#[test]
fn a_service_that_floods_callbacks_does_not_cut_its_client() {
    run(async {
        let grants = [&granted("bench", "bench/bench"), Grants::LAB];
        let narrow = |setup: &mut crate::node::Setup| setup.connections.queued_bytes = 1 << 20;
        let hall = Hall::set_up(&[BENCH], &grants, narrow).await;
        let (_line, held) = hall.ada().await;
        let taken = bench(&held, "bench").await;
        let lab = held.lab("lab").await;
        let callback = CallbackState::new(Answer::Hang);
        let (flooded, client) = (taken.clone(), callback.client());
        // Each more than may wait for the client, and then two hundred megabytes in small pieces; no answer is waited
        // for. However it ends: the service may be cut off, the client not.
        let flooding = spawn_local(async move {
            drop(flood(&flooded, client.clone(), 20, 1_200_000).await);
            drop(flood(&flooded, client, 3_000, 64 << 10).await);
        });
        for _ in 0..50 {
            echo(&lab, b"the session goes on").await.expect("all the while");
        }
        tokio::time::timeout(Duration::from_secs(40), flooding).await.expect("it ends").unwrap();
        echo(&lab, b"and after").await.unwrap();
        again(&held).await;
        hall.close().await;
    });
}

#[test]
fn large_answers_are_refused_where_they_would_cut_the_client() {
    run(async {
        let grants = [&granted("bench", "bench/bench"), Grants::LAB];
        let narrow = |setup: &mut crate::node::Setup| setup.connections.queued_bytes = 4 << 20;
        let hall = Hall::set_up(&[BENCH], &grants, narrow).await;
        let (_line, held) = hall.ada().await;
        let taken = bench(&held, "bench").await;
        assert_eq!(echo(&taken, b"large:3000000").await.unwrap().len(), 3_000_000);
        // What would wait is more than may, and less, and more again: each is refused, and cuts nobody.
        for bytes in [5_000_000, 3_200_000, 7_000_000] {
            assert_eq!(code(echo(&taken, format!("large:{bytes}").as_bytes()).await), Code::Overloaded, "{bytes}");
        }
        let all = join_all((0..16).map(|_| echo(&taken, b"large:3000000"))).await;
        assert!(all.into_iter().all(|one| one.is_ok() || code(one) == Code::Overloaded));
        echo(&held.lab("lab").await, b"the session goes on").await.unwrap();
        order(&taken, "and so does the service").await.unwrap();
        hall.close().await;
    });
}

#[test]
fn an_answer_beyond_a_message_is_the_services_own_trouble() {
    run(async {
        let hall = hall().await;
        let (_line, held) = hall.ada().await;
        let taken = bench(&held, "bench").await;
        order(&taken, "hello").await.unwrap();
        echo(&taken, b"large:100000000").await.unwrap_err();
        echo(&held.lab("lab").await, b"the session goes on").await.unwrap();
        again(&held).await;
        hall.close().await;
    });
}

#[test]
fn many_objects_of_a_service_do_not_cut_the_client() {
    run(async {
        let hall = hall().await;
        let (_line, held) = hall.ada().await;
        let taken = bench(&held, "bench").await;
        let mut kept = Vec::new();
        let refused = loop {
            let mut request = taken.many_request();
            request.get().set_count(500);
            match request.send().promise.await {
                Ok(many) => kept.push(many),
                Err(error) => break error,
            }
        };
        assert_eq!(code::<()>(Err(refused)), Code::QuotaExceeded);
        assert_eq!(kept.len(), 6, "three quarters of what a connection exports");
        echo(&held.lab("lab").await, b"the session goes on").await.unwrap();
        kept.clear();
        loop {
            let mut request = taken.many_request();
            request.get().set_count(500);
            if request.send().promise.await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        hall.close().await;
    });
}

#[test]
fn a_session_that_floods_a_service_is_refused_and_others_are_served() {
    run(async {
        let hall = hall().await;
        let (_line, held) = hall.ada().await;
        hall.node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let (_other, bob) = Line::signed_in(&hall.node, "bob").await;
        let (adas, bobs) = (bench(&held, "bench").await, bench(&bob, "bench").await);
        order(&adas, "hello").await.unwrap();
        order(&bobs, "hello").await.unwrap();
        let most = capos_runner::Limits::default().session_calls as usize;
        let hanging: Vec<_> = (0..most).map(|_| spawn_local(adas.hang_request().send().promise)).collect();
        while code_of(echo(&adas, b"one more").await) != Some(Code::TooManyCalls) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        order(&bobs, "another has its own share").await.unwrap();
        hanging.iter().for_each(tokio::task::JoinHandle::abort);
        hall.close().await;
    });
}

fn code_of<T>(result: capnp::Result<T>) -> Option<Code> {
    result.err().and_then(|error| capos_schema::Denial::from_error(&error)).map(|denial| denial.code)
}

#[test]
fn a_hanging_service_of_ones_own_does_not_keep_the_session() {
    run(async {
        let hall = Hall::with(&[OWN], &[&granted("own", "own/own")]).await;
        let (_line, held) = hall.ada().await;
        let own = bench(&held, "own").await;
        order(&own, "hello").await.unwrap();
        let hanging: Vec<_> = (0..50).map(|_| spawn_local(own.hang_request().send().promise)).collect();
        held.logout().await.unwrap();
        for call in hanging {
            assert_eq!(code(call.await.unwrap()), Code::StaleSession);
        }
        hall.until(|hall| hall.seen.over("own") == 1).await;
        hall.close().await;
    });
}

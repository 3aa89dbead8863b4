//! Every budget, at its bound and one past it.

use std::time::Duration;

use capnp_rpc::rpc_capnp::{cap_descriptor, return_};
use capos_rpc::{Ending, Limits};
use capos_schema::Code;
use capos_testkit::lab_capnp::lab;
use tokio::time::Instant;

use crate::harness::{Scene, scene, until};
use crate::raw::{CALL_BACK, ECHO, HANG, KEEP, LOOPBACK, MANY, Raw, call_frame, results, with_capability};

async fn ended_with(raw: &mut Raw, scene: &Scene, code: Code) {
    assert_eq!(raw.denied().await, code);
    scene.bystander_is_served().await;
}

fn payload(bytes: u32) -> impl Fn(capnp_rpc::rpc_capnp::payload::Builder<'_>) {
    move |payload| {
        payload.get_content().init_as::<lab::echo_params::Builder<'_>>().init_payload(bytes);
    }
}

#[test]
fn calls_never_finished_end_at_their_bound() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        for question in 1..=1024 {
            raw.call(question, HANG, |_| {}).await;
        }
        until("all calls are open", || raw.handle.account().open_answers == 1024).await;
        raw.call(1025, HANG, |_| {}).await;
        ended_with(&mut raw, &scene, Code::TooManyCalls).await;
    });
}

#[test]
fn bootstraps_count_as_calls() {
    scene(Limits { open_answers: 3, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        for question in 1..=3 {
            raw.bootstrap(question).await;
            raw.returned(question).await;
        }
        raw.bootstrap(4).await;
        ended_with(&mut raw, &scene, Code::TooManyCalls).await;
    });
}

#[test]
fn ten_thousand_pipelined_calls_end_the_connection_that_sent_them() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        raw.call(1, HANG, |_| {}).await;
        for question in 2..=10_000 {
            let taken = raw
                .call_with(question, |mut call| {
                    call.reborrow().init_target().init_promised_answer().set_question_id(1);
                })
                .await;
            if !taken {
                break;
            }
        }
        ended_with(&mut raw, &scene, Code::TooManyCalls).await;
    });
}

/// A chain of `length` calls, each on the answer of the one before, of which the first never comes.
async fn chain(raw: &mut Raw, length: u32) {
    raw.call(1, HANG, |_| {}).await;
    for question in 2..=length {
        raw.call_with(question, |mut call| {
            call.reborrow().init_target().init_promised_answer().set_question_id(question - 1);
        })
        .await;
    }
}

#[test]
fn chains_of_calls_end_before_the_stack_does() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        chain(&mut raw, 65).await;
        until("the chain is open", || raw.handle.account().open_answers == 65).await;
        assert!(raw.still_answers(100).await);
        let mut raw = scene.raw().await;
        chain(&mut raw, 66).await;
        ended_with(&mut raw, &scene, Code::TooManyCalls).await;
    });
}

#[test]
fn chains_of_promises_end_before_the_stack_does() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        raw.call(1, KEEP, |payload| with_capability(payload, |mut descriptor| descriptor.set_sender_promise(1))).await;
        raw.returned(1).await;
        for promise in 1..=66 {
            raw.send(|message| {
                let mut resolve = message.init_resolve();
                resolve.set_promise_id(promise);
                resolve.init_cap().set_sender_promise(promise + 1);
            })
            .await;
        }
        ended_with(&mut raw, &scene, Code::BadRequest).await;
    });
}

#[test]
fn answered_calls_do_not_count() {
    scene(Limits { open_answers: 2, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        for question in 1..5000 {
            assert!(raw.still_answers(question).await);
        }
        assert_eq!(raw.handle.account().open_answers, 0);
    });
}

#[test]
fn cancelled_calls_have_a_bound_of_their_own() {
    scene(Limits { cancelled_calls: 100, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        for question in 1..=100 {
            raw.call(question, HANG, |_| {}).await;
            raw.finish(question, true).await;
        }
        assert!(raw.still_answers(1000).await);
        assert_eq!(raw.handle.account().open_answers, 0);
        raw.call(101, HANG, |_| {}).await;
        raw.finish(101, true).await;
        ended_with(&mut raw, &scene, Code::TooManyCalls).await;
    });
}

async fn many(raw: &mut Raw, question: u32, count: u32) {
    raw.call(question, MANY, |payload| {
        payload.get_content().init_as::<lab::many_params::Builder<'_>>().set_count(count);
    })
    .await;
}

#[test]
fn references_given_out_end_at_their_bound() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        many(&mut raw, 1, 4095).await;
        raw.returned(1).await;
        assert_eq!(raw.handle.account().exports, 4096);
        raw.finish(1, true).await;
        assert!(raw.still_answers(2).await);
        assert_eq!(raw.handle.account().exports, 1);
        many(&mut raw, 3, 4095).await;
        raw.returned(3).await;
        many(&mut raw, 4, 1).await;
        ended_with(&mut raw, &scene, Code::Overloaded).await;
    });
}

#[test]
fn references_passed_in_end_at_their_bound() {
    scene(Limits { imports: 10, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        let keep = |id| {
            move |payload: capnp_rpc::rpc_capnp::payload::Builder<'_>| {
                with_capability(payload, |mut descriptor| descriptor.set_sender_hosted(id))
            }
        };
        for id in 1..=10 {
            raw.call(id, KEEP, keep(id)).await;
            raw.returned(id).await;
        }
        assert_eq!(raw.handle.account().imports, 10);
        raw.call(11, KEEP, keep(10)).await;
        raw.returned(11).await;
        raw.call(12, KEEP, keep(11)).await;
        ended_with(&mut raw, &scene, Code::Overloaded).await;
    });
}

#[test]
fn references_dropped_here_are_given_back() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        raw.call(1, ECHO, |payload| with_capability(payload, |mut descriptor| descriptor.set_sender_hosted(7))).await;
        until("the import is released", || raw.handle.account().messages_out >= 3).await;
        assert_eq!(raw.handle.account().imports, 0);
        scene.bystander_is_served().await;
    });
}

#[test]
fn results_kept_for_unfinished_calls_end_at_their_bound() {
    scene(Limits { retained_bytes: 2000, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        let mut question = 0;
        while raw.handle.account().retained_bytes < 1500 {
            question += 1;
            many(&mut raw, question, 1).await;
            raw.returned(question).await;
        }
        for finished in 1..=question {
            raw.finish(finished, true).await;
        }
        assert!(raw.still_answers(500).await);
        assert_eq!(raw.handle.account().retained_bytes, 0);
        many(&mut raw, 501, 200).await;
        ended_with(&mut raw, &scene, Code::Overloaded).await;
    });
}

#[test]
fn results_never_read_end_at_their_bound() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        for question in 1..=40 {
            if !raw.call(question, ECHO, payload(1 << 20)).await {
                break;
            }
        }
        // It reads nothing, so not the reason either.
        let Ending::Denied(denial) = raw.handle.closed().await else { panic!("not denied") };
        assert_eq!(denial.code, Code::Overloaded);
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_peer_that_stops_reading_is_cut_after_the_stall_time() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        raw.call(1, ECHO, payload(1 << 20)).await;
        let start = Instant::now();
        raw.handle.closed().await;
        let took = start.elapsed();
        assert!(took >= Duration::from_secs(30) && took < Duration::from_millis(30_100), "{took:?}");
        assert!(raw.handle.account().messages_out >= 2);
        scene.bystander_is_served().await;
    });
}

#[test]
fn held_calls_stop_the_reading_until_they_are_done() {
    scene(Limits { inbound_window: 100_000, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        for question in 1..=3 {
            raw.call(question, HANG, payload(30_000)).await;
        }
        until("three are held", || raw.handle.account().inbound_bytes > 90_000).await;
        let fourth = call_frame(4, raw.lab, HANG, payload(30_000));
        raw.write(&fourth).await;
        until("the fourth is read", || raw.handle.account().bytes_in > 120_000).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(raw.handle.account().open_answers, 3);
        assert_eq!(raw.handle.ending(), None);
        scene.bystander_is_served().await;
    });
}

#[test]
fn reading_goes_on_while_an_answer_is_awaited_up_to_a_hard_bound() {
    scene(Limits { inbound_window: 100_000, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        // The server asks something back, and the answer comes behind much else.
        raw.call(1, CALL_BACK, |payload| with_capability(payload, |mut descriptor| descriptor.set_sender_hosted(5)))
            .await;
        until("the server asks", || raw.handle.account().open_questions == 1).await;
        for question in 2..=6 {
            raw.call(question, HANG, payload(30_000)).await;
        }
        raw.send(|message| {
            let mut answer = message.init_return();
            answer.set_answer_id(0);
            answer.init_results();
        })
        .await;
        raw.returned(1).await;
        scene.bystander_is_served().await;

        assert_eq!(raw.handle.ending(), None);
        let mut other = scene.raw().await;
        other
            .call(1, CALL_BACK, |payload| with_capability(payload, |mut descriptor| descriptor.set_sender_hosted(5)))
            .await;
        until("the server asks", || other.handle.account().open_questions == 1).await;
        for question in 2..=9 {
            other.call(question, HANG, payload(30_000)).await;
        }
        ended_with(&mut other, &scene, Code::Overloaded).await;
    });
}

#[test]
fn disembargo_floods_are_output_that_must_be_read() {
    scene(Limits { queued_bytes: 10_000, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        raw.call(1, LOOPBACK, |payload| with_capability(payload, |mut descriptor| descriptor.set_sender_hosted(5)))
            .await;
        let message = raw.returned(1).await;
        let return_::Results(Ok(back)) = results(&message).which().unwrap() else { panic!("no results") };
        assert!(matches!(back.get_cap_table().unwrap().get(0).which().unwrap(), cap_descriptor::ReceiverHosted(5)));
        for embargo in 0..20_000 {
            let taken = raw
                .send(|message| {
                    let mut disembargo = message.init_disembargo();
                    disembargo.reborrow().init_context().set_sender_loopback(embargo);
                    let mut answer = disembargo.init_target().init_promised_answer();
                    answer.set_question_id(1);
                    answer.init_transform(1).get(0).set_get_pointer_field(0);
                })
                .await;
            if !taken || raw.handle.ending().is_some() {
                break;
            }
        }
        ended_with(&mut raw, &scene, Code::Overloaded).await;
    });
}

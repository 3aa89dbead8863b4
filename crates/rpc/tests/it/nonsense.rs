//! Messages that make no sense. `capnp-rpc` would panic on some, loop over some and trust the rest.

use capnp_rpc::rpc_capnp::{cap_descriptor, message, return_};
use capos_rpc::{Ending, Limits};
use capos_schema::Code;

use crate::harness::{scene, until};
use crate::raw::{CALL_BACK, ECHO, KEEP, LATER, LOOPBACK, Raw, results, root, with_capability};

/// Each is sent on a connection of its own and must end it with `badRequest`.
macro_rules! refused {
    ($($name:ident: |$raw:ident| $send:expr;)*) => { $(
        #[test]
        fn $name() {
            scene(Limits::default(), |scene| async move {
                let mut raw = scene.raw().await;
                { let $raw = &mut raw; $send; }
                assert_eq!(raw.denied().await, Code::BadRequest);
                scene.bystander_is_served().await;
            });
        }
    )* };
}

async fn pass(raw: &mut Raw, question: u32, method: u16, describe: impl FnOnce(cap_descriptor::Builder<'_>)) {
    raw.call(question, method, |payload| with_capability(payload, describe)).await;
    raw.returned(question).await;
}

async fn resolve(raw: &mut Raw, promise: u32, describe: impl FnOnce(cap_descriptor::Builder<'_>)) {
    raw.send(|message| {
        let mut resolve = message.init_resolve();
        resolve.set_promise_id(promise);
        describe(resolve.init_cap());
    })
    .await;
}

async fn answer(raw: &mut Raw, question: u32, fill: impl FnOnce(return_::Builder<'_>)) {
    raw.send(|message| {
        let mut answer = message.init_return();
        answer.set_answer_id(question);
        fill(answer);
    })
    .await;
}

/// Makes the server ask question 0.
async fn be_asked(raw: &mut Raw) {
    raw.call(1, CALL_BACK, |payload| with_capability(payload, |mut descriptor| descriptor.set_sender_hosted(5))).await;
    until("the server asks", || raw.handle.account().open_questions == 1).await;
}

async fn embargo(raw: &mut Raw, target: u32) {
    raw.send(|message| {
        let mut disembargo = message.init_disembargo();
        disembargo.reborrow().init_context().set_sender_loopback(1);
        disembargo.init_target().set_imported_cap(target);
    })
    .await;
}

refused! {
    a_return_to_no_question: |raw| answer(raw, 77, |answer| { answer.init_results(); }).await;
    a_second_return: |raw| {
        be_asked(raw).await;
        for _ in 0..2 {
            answer(raw, 0, |answer| { answer.init_results(); }).await;
        }
    };
    a_return_that_takes_from_elsewhere: |raw| {
        be_asked(raw).await;
        answer(raw, 0, |mut answer| answer.set_take_from_other_question(1)).await;
    };
    a_return_sent_elsewhere: |raw| {
        be_asked(raw).await;
        answer(raw, 0, |mut answer| answer.set_results_sent_elsewhere(())).await;
    };
    a_return_cancelled_though_nobody_did: |raw| {
        be_asked(raw).await;
        answer(raw, 0, |mut answer| answer.set_canceled(())).await;
    };
    a_question_id_in_use: |raw| {
        raw.bootstrap(3).await;
        raw.call(3, ECHO, |_| {}).await;
    };
    a_second_bootstrap_of_the_same_id: |raw| {
        raw.bootstrap(3).await;
        raw.bootstrap(3).await;
    };
    a_call_to_nothing: |raw| {
        raw.lab = 99;
        raw.call(1, ECHO, |_| {}).await;
    };
    results_sent_to_the_caller_itself: |raw| raw.call_with(1, |call| call.get_send_results_to().set_yourself(())).await;
    a_release_of_nothing: |raw| raw.release(99, 1).await;
    a_release_of_more_than_is_held: |raw| raw.release(raw.lab, 2).await;
    an_embargo_of_a_settled_object: |raw| embargo(raw, raw.lab).await;
    an_embargo_of_nothing: |raw| embargo(raw, 99).await;
    the_end_of_no_embargo: |raw| {
        raw.send(|message| {
            let mut disembargo = message.init_disembargo();
            disembargo.reborrow().init_context().set_receiver_loopback(0);
            disembargo.init_target().set_imported_cap(0);
        }).await;
    };
    an_embargo_for_a_third_party: |raw| {
        raw.send(|message| message.init_disembargo().init_context().set_accept(())).await;
    };
    a_promise_that_resolves_to_itself: |raw| {
        pass(raw, 1, KEEP, |mut descriptor| descriptor.set_sender_promise(5)).await;
        resolve(raw, 5, |mut descriptor| descriptor.set_sender_promise(5)).await;
    };
    two_promises_that_resolve_to_each_other: |raw| {
        for id in [5, 6] {
            pass(raw, id, KEEP, |mut descriptor| descriptor.set_sender_promise(id)).await;
        }
        // Both at once: the second must be refused before the first is given back.
        let mut frames = Vec::new();
        for (from, to) in [(5, 6), (6, 5)] {
            frames.extend(crate::raw::framed(|message| {
                let mut resolve = message.init_resolve();
                resolve.set_promise_id(from);
                resolve.init_cap().set_sender_promise(to);
            }));
        }
        raw.write(&frames).await;
        raw.release(99, 1).await;
    };
    a_promise_that_resolves_to_no_capability: |raw| {
        pass(raw, 1, KEEP, |mut descriptor| descriptor.set_sender_promise(5)).await;
        resolve(raw, 5, |mut descriptor| descriptor.set_none(())).await;
    };
    a_settled_object_passed_again_as_a_promise: |raw| {
        pass(raw, 1, KEEP, |mut descriptor| descriptor.set_sender_hosted(5)).await;
        raw.call(2, KEEP, |payload| with_capability(payload, |mut descriptor| descriptor.set_sender_promise(5))).await;
    };
    a_capability_of_a_third_party: |raw| {
        raw.call(1, KEEP, |payload| with_capability(payload, |descriptor| { descriptor.init_third_party_hosted(); })).await;
    };
    a_path_without_end_into_an_answer: |raw| {
        raw.call_with(1, |mut call| {
            call.reborrow().init_target().init_promised_answer().init_transform(65);
        }).await;
    };
    a_declined_call: |raw| raw.send(|message| { message.init_unimplemented().init_call(); }).await;
    a_declined_resolve_of_nothing: |raw| {
        raw.send(|message| message.init_unimplemented().init_resolve().init_cap().set_sender_hosted(99)).await;
    };
    a_provide: |raw| raw.send(|message| { message.init_provide(); }).await;
    a_join: |raw| raw.send(|message| { message.init_join(); }).await;
}

#[test]
fn what_does_no_harm_is_passed_over() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        assert!(raw.still_answers(1).await);
        raw.finish(1, true).await;
        raw.finish(1, true).await;
        raw.finish(4_000_000_000, false).await;
        resolve(&mut raw, 99, |mut descriptor| descriptor.set_sender_hosted(98)).await;
        pass(&mut raw, 2, KEEP, |mut descriptor| descriptor.set_sender_hosted(7)).await;
        resolve(&mut raw, 7, |mut descriptor| descriptor.set_sender_hosted(8)).await;
        pass(&mut raw, 3, KEEP, |mut descriptor| descriptor.set_receiver_hosted(99)).await;
        raw.call_with(4, |mut call| {
            call.reborrow().init_target().init_promised_answer().set_question_id(1);
        })
        .await;
        let message = raw.returned(4).await;
        assert!(matches!(results(&message).which().unwrap(), return_::Exception(_)));
        assert!(raw.still_answers(5).await);
        assert_eq!(raw.handle.account().imports, 1);
    });
}

#[test]
fn a_promise_that_comes_round_by_way_of_an_answer_stays_unresolved() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        pass(&mut raw, 1, LOOPBACK, |mut descriptor| descriptor.set_sender_promise(5)).await;
        resolve(&mut raw, 5, |descriptor| {
            let mut answer = descriptor.init_receiver_answer();
            answer.set_question_id(1);
            answer.init_transform(1).get(0).set_get_pointer_field(0);
        })
        .await;
        assert!(raw.still_answers(2).await);
        // The same where the answer is still to come, and where it is a promise of the server's own.
        raw.call(3, LATER, |_| {}).await;
        let message = raw.returned(3).await;
        let return_::Results(Ok(payload)) = results(&message).which().unwrap() else { panic!("no results") };
        let cap_descriptor::SenderPromise(promise) = payload.get_cap_table().unwrap().get(0).which().unwrap() else {
            panic!("no promise")
        };
        resolve(&mut raw, 5, |mut descriptor| descriptor.set_receiver_hosted(promise)).await;
        assert!(raw.still_answers(4).await);
        let lab = raw.lab;
        resolve(&mut raw, 5, |mut descriptor| descriptor.set_receiver_hosted(lab)).await;
        assert!(raw.still_answers(5).await);
        resolve(&mut raw, 5, |mut descriptor| descriptor.set_receiver_hosted(lab)).await;
        assert!(raw.still_answers(6).await || raw.handle.ending().is_some());
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_message_of_a_later_version_is_declined() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        let mut frame = crate::raw::framed(|message| {
            message.init_release();
        });
        // The union's tag is the first number of the root struct.
        frame[16] = 200;
        raw.write(&frame).await;
        let message = raw.receive().await.unwrap();
        assert!(matches!(root(&message).which().unwrap(), message::Unimplemented(_)));
        assert!(raw.still_answers(1).await);
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_peer_may_give_up() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        raw.send(|message| message.init_abort().set_reason("remote exception: enough")).await;
        assert_eq!(raw.handle.closed().await, Ending::PeerAborted("enough".to_owned()));
        scene.bystander_is_served().await;
    });
}

#[test]
fn nesting_is_bounded() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        raw.send(|message| {
            let mut inner = message.init_unimplemented();
            for _ in 0..70 {
                inner = inner.init_unimplemented();
            }
        })
        .await;
        assert_eq!(raw.denied().await, Code::BadRequest);
        scene.bystander_is_served().await;
    });
}

#[test]
fn calls_with_capabilities_survive_a_promise_that_became_ours_or_broke() {
    scene(Limits::default(), |scene| async move {
        for broken in [false, true] {
            let mut raw = scene.raw().await;
            pass(&mut raw, 1, LOOPBACK, |mut descriptor| descriptor.set_sender_promise(5)).await;
            let lab = raw.lab;
            if broken {
                raw.send(|message| {
                    let mut resolve = message.init_resolve();
                    resolve.set_promise_id(5);
                    resolve.init_exception().set_reason("gone");
                })
                .await;
            } else {
                resolve(&mut raw, 5, |mut descriptor| descriptor.set_receiver_hosted(lab)).await;
            }
            raw.call_with(2, |mut call| {
                let mut target = call.reborrow().init_target().init_promised_answer();
                target.set_question_id(1);
                target.init_transform(1).get(0).set_get_pointer_field(0);
                with_capability(call.init_params(), |mut descriptor| {
                    descriptor.set_sender_hosted(9);
                });
            })
            .await;
            // It goes by way of the peer, which is asked.
            until("the peer is asked", || raw.handle.account().open_questions == 1).await;
            assert!(raw.still_answers(3).await);
        }
        scene.bystander_is_served().await;
    });
}

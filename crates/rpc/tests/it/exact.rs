//! Bounds on counts and bytes: what is just within is served, and one more is not.

use capnp::message::{Builder, HeapAllocator};
use capnp_rpc::rpc_capnp::{call, message, payload, return_};
use capos_rpc::Limits;
use capos_schema::Code;
use capos_testkit::lab_capnp::{lab, nest};

use crate::harness::{Scene, scene, until};
use crate::raw::{CALL_BACK, ECHO, HANG, KEEP, LAB, MANY, NEXT, Raw, call_frame, results, with_capability};

fn payload(bytes: u32) -> impl Fn(payload::Builder<'_>) {
    move |payload| {
        payload.get_content().init_as::<lab::echo_params::Builder<'_>>().init_payload(bytes);
    }
}

async fn ended_with(raw: &mut Raw, scene: &Scene, code: Code) {
    assert_eq!(raw.denied().await, code);
    scene.bystander_is_served().await;
}

/// A call of `echo` in one segment.
fn echo_of(question: u32, target: u32, bytes: usize) -> Vec<u8> {
    let words = u32::try_from(bytes / 8 + 100).unwrap();
    let mut message = Builder::new(HeapAllocator::new().first_segment_words(words));
    let mut call = message.init_root::<message::Builder<'_>>().init_call();
    call.set_question_id(question);
    call.set_interface_id(LAB);
    call.set_method_id(ECHO);
    call.reborrow().init_target().set_imported_cap(target);
    payload(u32::try_from(bytes).unwrap())(call.init_params());
    capnp::serialize::write_message_to_words(&message)
}

/// A call of `echo` whose body is exactly that long; the header is one word.
fn echo_of_body(question: u32, target: u32, body: usize) -> Vec<u8> {
    let around = echo_of(question, target, 8).len() - 16;
    let frame = echo_of(question, target, body - around);
    assert_eq!(frame.len(), body + 8);
    frame
}

#[test]
fn a_message_may_be_as_large_as_the_limit_and_not_a_word_larger() {
    // Assembled in the read buffer, apart from it, and the default.
    for message_bytes in [4 << 10, 256 << 10, 8 << 20] {
        scene(Limits { message_bytes, ..Limits::default() }, |scene| async move {
            let mut raw = scene.raw().await;
            let frame = echo_of_body(1, raw.lab, message_bytes);
            raw.write(&frame).await;
            assert!(matches!(results(&raw.returned(1).await).which().unwrap(), return_::Results(_)));
            raw.finish(1, true).await;
            let frame = echo_of_body(2, raw.lab, message_bytes + 8);
            raw.write(&frame).await;
            ended_with(&mut raw, &scene, Code::BadRequest).await;
        });
    }
}

/// The same message in that many segments, all but the first of them empty.
fn split(frame: &[u8], segments: u32) -> Vec<u8> {
    let mut split = (segments - 1).to_le_bytes().to_vec();
    split.extend_from_slice(&frame[4..8]);
    split.resize((4 + 4 * segments as usize).next_multiple_of(8), 0);
    split.extend_from_slice(&frame[8..]);
    split
}

#[test]
fn a_message_may_have_as_many_segments_as_the_limit_and_not_one_more() {
    for segments in [1, 7, 512] {
        scene(Limits { segments, ..Limits::default() }, |scene| async move {
            let segments = u32::try_from(segments).unwrap();
            let mut raw = scene.raw().await;
            let frame = split(&echo_of(1, raw.lab, 8), segments);
            raw.write(&frame).await;
            raw.returned(1).await;
            let frame = split(&echo_of(2, raw.lab, 8), segments + 1);
            raw.write(&frame).await;
            ended_with(&mut raw, &scene, Code::BadRequest).await;
        });
    }
}

/// Params that nest so deep: the message, the call and the payload are three levels above them.
fn nested(depth: usize) -> impl Fn(payload::Builder<'_>) {
    move |payload| {
        let mut inner = payload.get_content().init_as::<nest::Builder<'_>>();
        for _ in 1..depth - 3 {
            inner = inner.init_next();
        }
    }
}

#[test]
fn pointers_may_nest_to_the_limit_and_not_one_deeper() {
    for nesting in [8, 64] {
        scene(Limits { nesting, ..Limits::default() }, |scene| async move {
            let mut raw = scene.raw().await;
            raw.call(1, HANG, nested(nesting)).await;
            until("it is taken in", || raw.handle.account().open_answers == 1).await;
            assert!(raw.still_answers(2).await);
            raw.call(3, HANG, nested(nesting + 1)).await;
            ended_with(&mut raw, &scene, Code::BadRequest).await;
        });
    }
}

fn path(steps: u32) -> impl Fn(call::Builder<'_>) {
    move |mut call| {
        let mut answer = call.reborrow().init_target().init_promised_answer();
        answer.set_question_id(1);
        let mut transform = answer.init_transform(steps);
        (1..steps).for_each(|step| transform.reborrow().get(step).set_noop(()));
        transform.get(0).set_get_pointer_field(0);
    }
}

#[test]
fn a_path_into_an_answer_may_have_as_many_steps_as_the_limit_and_not_one_more() {
    for transform_steps in [3, 64] {
        scene(Limits { transform_steps, ..Limits::default() }, |scene| async move {
            let mut raw = scene.raw().await;
            raw.call(1, NEXT, |_| {}).await;
            raw.returned(1).await;
            raw.call_with(2, path(transform_steps)).await;
            assert!(matches!(results(&raw.returned(2).await).which().unwrap(), return_::Results(_)));
            raw.call_with(3, path(transform_steps + 1)).await;
            ended_with(&mut raw, &scene, Code::BadRequest).await;
        });
    }
}

async fn resolve(raw: &mut Raw, promise: u32) {
    raw.send(|message| {
        let mut resolve = message.init_resolve();
        resolve.set_promise_id(promise);
        resolve.init_cap().set_sender_promise(promise + 1);
    })
    .await;
}

#[test]
fn promises_may_resolve_to_promises_as_often_as_the_chain_is_long_and_not_once_more() {
    for chain in [3, 64] {
        scene(Limits { chain, ..Limits::default() }, |scene| async move {
            let mut raw = scene.raw().await;
            raw.call(1, KEEP, |payload| with_capability(payload, |mut descriptor| descriptor.set_sender_promise(1)))
                .await;
            raw.returned(1).await;
            for promise in 1..=chain {
                resolve(&mut raw, promise).await;
            }
            assert!(raw.still_answers(2).await);
            resolve(&mut raw, chain + 1).await;
            ended_with(&mut raw, &scene, Code::BadRequest).await;
        });
    }
}

#[test]
fn a_chain_of_calls_may_be_as_long_as_the_limit_and_not_one_longer() {
    scene(Limits { chain: 3, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        raw.call(1, HANG, |_| {}).await;
        let on = |question| {
            move |mut call: call::Builder<'_>| {
                call.reborrow().init_target().init_promised_answer().set_question_id(question);
            }
        };
        for question in 1..=3 {
            raw.call_with(question + 1, on(question)).await;
        }
        assert!(raw.still_answers(100).await);
        assert_eq!(raw.handle.account().open_answers, 4);
        // The same depth by way of a parameter.
        raw.call(5, KEEP, |payload| {
            with_capability(payload, |descriptor| descriptor.init_receiver_answer().set_question_id(3));
        })
        .await;
        assert!(raw.still_answers(101).await);
        raw.call(6, KEEP, |payload| {
            with_capability(payload, |descriptor| descriptor.init_receiver_answer().set_question_id(4));
        })
        .await;
        ended_with(&mut raw, &scene, Code::TooManyCalls).await;
    });
}

/// Has the server ask question 0 and answers it with answers of its own that are still to come.
async fn link(raw: &mut Raw, count: u32) {
    raw.call(1, CALL_BACK, |payload| with_capability(payload, |mut descriptor| descriptor.set_sender_hosted(5))).await;
    until("the server asks", || raw.handle.account().open_questions == 1).await;
    for question in 10..10 + count {
        raw.call(question, HANG, |_| {}).await;
    }
    raw.send(|message| {
        let mut answer = message.init_return();
        answer.set_answer_id(0);
        let mut table = answer.init_results().init_cap_table(count);
        for index in 0..count {
            table.reborrow().get(index).init_receiver_answer().set_question_id(10 + index);
        }
    })
    .await;
}

#[test]
fn returns_may_lead_to_no_answer_to_come() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        link(&mut raw, 0).await;
        raw.returned(1).await;
        assert!(raw.still_answers(100).await);
        let mut raw = scene.raw().await;
        link(&mut raw, 1).await;
        ended_with(&mut raw, &scene, Code::BadRequest).await;
    });
}

#[test]
fn questions_of_ours_end_at_their_bound() {
    for open_questions in [3, 16_384] {
        scene(Limits { open_questions, open_answers: 20_000, ..Limits::default() }, |scene| async move {
            let mut raw = scene.raw().await;
            let asking = |payload: payload::Builder<'_>| {
                with_capability(payload, |mut descriptor| descriptor.set_sender_hosted(5));
            };
            let bound = u32::try_from(open_questions).unwrap();
            for question in 1..=bound {
                raw.call(question, CALL_BACK, asking).await;
                let message = raw.receive().await.unwrap();
                assert!(matches!(crate::raw::root(&message).which().unwrap(), message::Call(_)));
            }
            assert_eq!(raw.handle.account().open_questions, u64::from(bound));
            assert!(raw.still_answers(bound + 2).await);
            raw.call(bound + 1, CALL_BACK, asking).await;
            ended_with(&mut raw, &scene, Code::Overloaded).await;
        });
    }
}

#[test]
fn references_in_one_message_end_at_the_same_bound() {
    for imports in [10, 4096] {
        scene(Limits { imports, ..Limits::default() }, |scene| async move {
            let bound = u32::try_from(imports).unwrap();
            let table = |count: u32| {
                move |payload: payload::Builder<'_>| {
                    let mut table = payload.init_cap_table(count);
                    (0..count).for_each(|id| table.reborrow().get(id).set_sender_hosted(id));
                }
            };
            let mut raw = scene.raw().await;
            raw.call(1, HANG, table(bound)).await;
            assert!(raw.still_answers(2).await);
            assert_eq!(raw.handle.account().imports, u64::from(bound));
            let mut raw = scene.raw().await;
            raw.call(1, HANG, table(bound + 1)).await;
            ended_with(&mut raw, &scene, Code::Overloaded).await;
        });
    }
}

/// Asks for references: results with references in them are kept until the call is finished.
async fn many(raw: &mut Raw, question: u32) {
    raw.call(question, MANY, |payload| {
        payload.get_content().init_as::<lab::many_params::Builder<'_>>().set_count(100);
    })
    .await;
}

/// What [`many`] costs here: bytes retained, and bytes written.
fn cost() -> (usize, usize) {
    let (send, receive) = std::sync::mpsc::channel();
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        let before = raw.handle.account();
        many(&mut raw, 3).await;
        raw.returned(3).await;
        let after = raw.handle.account();
        send.send((after.retained_bytes - before.retained_bytes, after.bytes_out - before.bytes_out)).unwrap();
    });
    let (retained, written) = receive.recv().unwrap();
    (usize::try_from(retained).unwrap(), usize::try_from(written).unwrap())
}

#[test]
fn results_are_retained_to_the_byte() {
    let (retained_bytes, _) = cost();
    assert!(retained_bytes > 800);
    scene(Limits { retained_bytes, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        many(&mut raw, 1).await;
        raw.returned(1).await;
        assert_eq!(raw.handle.account().retained_bytes, u64::try_from(retained_bytes).unwrap());
        raw.finish(1, true).await;
        assert!(raw.still_answers(2).await);
    });
    scene(Limits { retained_bytes: retained_bytes - 1, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        many(&mut raw, 1).await;
        ended_with(&mut raw, &scene, Code::Overloaded).await;
    });
}

#[test]
fn output_is_queued_to_the_byte() {
    let (_, queued_bytes) = cost();
    assert!(queued_bytes > 800);
    scene(Limits { queued_bytes, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        many(&mut raw, 1).await;
        raw.returned(1).await;
        assert!(raw.still_answers(2).await);
    });
    scene(Limits { queued_bytes: queued_bytes - 1, ..Limits::default() }, |scene| async move {
        let mut raw = scene.raw().await;
        many(&mut raw, 1).await;
        ended_with(&mut raw, &scene, Code::Overloaded).await;
    });
}

fn hang_of(question: u32, target: u32) -> Vec<u8> {
    call_frame(question, target, HANG, payload(8000))
}

#[test]
fn calls_are_held_to_the_byte_of_the_window() {
    let three = 3 * held_by(8000);
    for (inbound_window, taken) in [(three, 3), (three - 1, 2)] {
        scene(Limits { inbound_window, ..Limits::default() }, |scene| async move {
            let mut raw = scene.raw().await;
            let frames: Vec<u8> = (1..=3).flat_map(|question| hang_of(question, raw.lab)).collect();
            let before = raw.handle.account().bytes_in;
            raw.write(&frames).await;
            until("all is read", || raw.handle.account().bytes_in - before == frames.len() as u64).await;
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert_eq!(raw.handle.account().open_answers, taken);
            assert_eq!(raw.handle.ending(), None);
            scene.bystander_is_served().await;
        });
    }
}

/// Bytes that a call of `hang` with that payload holds, as the account has it.
fn held_by(bytes: u32) -> usize {
    let (send, receive) = std::sync::mpsc::channel();
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        raw.call(1, HANG, payload(bytes)).await;
        until("it is held", || raw.handle.account().open_answers == 1).await;
        send.send(raw.handle.account().inbound_bytes).unwrap();
    });
    usize::try_from(receive.recv().unwrap()).unwrap()
}

#[test]
fn reading_on_for_an_answer_ends_at_twice_the_window_to_the_byte() {
    let asking = |payload: payload::Builder<'_>| {
        with_capability(payload, |mut descriptor| descriptor.set_sender_hosted(5));
    };
    let call_back = call_frame(1, 0, CALL_BACK, asking).len() - 8;
    let twice = call_back + 4 * held_by(8000);
    assert_eq!(twice % 2, 0);
    for (inbound_window, kept) in [(twice / 2, true), (twice / 2 - 1, false)] {
        scene(Limits { inbound_window, ..Limits::default() }, |scene| async move {
            let mut raw = scene.raw().await;
            raw.call(1, CALL_BACK, asking).await;
            until("the server asks", || raw.handle.account().open_questions == 1).await;
            assert_eq!(raw.handle.account().inbound_bytes, call_back as u64);
            for question in 2..=5 {
                raw.write(&hang_of(question, raw.lab)).await;
            }
            if kept {
                until("all are open", || raw.handle.account().open_answers == 5).await;
                assert_eq!(raw.handle.account().inbound_bytes, twice as u64);
                assert_eq!(raw.handle.ending(), None);
            } else {
                ended_with(&mut raw, &scene, Code::Overloaded).await;
            }
        });
    }
}

#[test]
fn output_is_written_early_once_enough_is_ready() {
    for (flush_bytes, writes) in [(usize::MAX, 1..=1), (1, 2..=301)] {
        scene(Limits { flush_bytes, ..Limits::default() }, |scene| async move {
            let mut raw = scene.raw().await;
            let before = raw.handle.account().writes;
            let frames: Vec<u8> = (1..=300).flat_map(|question| call_frame(question, raw.lab, ECHO, |_| {})).collect();
            raw.write(&frames).await;
            for question in 1..=300 {
                raw.returned(question).await;
            }
            let writes_made = raw.handle.account().writes - before;
            assert!(writes.contains(&writes_made), "{flush_bytes}: {writes_made}");
            assert_eq!(raw.handle.ending(), None);
        });
    }
}

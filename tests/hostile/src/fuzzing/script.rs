//! Messages of `rpc.capnp` that mostly mean something, in any order.

use capnp::any_pointer;
use capnp::message::{Builder, HeapAllocator};
use capnp::traits::{HasTypeId as _, ImbueMut as _};
use capnp_rpc::rpc_capnp::{cap_descriptor, exception, message, message_target, payload, promised_answer};
use capos_testkit::hostile::placeholder;
use capos_testkit::lab_capnp::{callback, lab};

use super::bytes::Bytes;

/// The laboratory's last method.
const LAST_METHOD: u8 = 16;

/// One message, now and then with some of its bits turned.
pub(super) fn frame(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let choice = bytes.byte();
    let mut builder = Builder::new(HeapAllocator::new());
    message(bytes, choice & 0x1f, builder.init_root());
    let mut frame = capnp::serialize::write_message_to_words(&builder);
    if choice & 0xe0 == 0xe0 {
        for _ in 0..bytes.below(4) {
            let at = usize::from(bytes.byte()) % frame.len();
            frame[at] ^= bytes.byte();
        }
    }
    frame
}

fn message(bytes: &mut Bytes<'_>, kind: u8, message: message::Builder<'_>) {
    match kind {
        0 => message.init_bootstrap().set_question_id(bytes.id()),
        1..=11 => call(bytes, message),
        12..=16 => answer(bytes, message),
        17..=19 => {
            let mut finish = message.init_finish();
            finish.set_question_id(bytes.id());
            finish.set_release_result_caps(bytes.yes());
        }
        20 => {
            let mut release = message.init_release();
            release.set_id(bytes.id());
            release.set_reference_count(u32::from(bytes.below(3)));
        }
        21..=24 => resolve(bytes, message),
        25..=27 => disembargo(bytes, message),
        28 => unimplemented(bytes, message),
        29 => foreign(bytes, message),
        30 => fail(bytes, message.init_abort()),
        _ => {
            message.init_obsolete_save();
        }
    }
}

fn call(bytes: &mut Bytes<'_>, message: message::Builder<'_>) {
    let mut call = message.init_call();
    call.set_question_id(bytes.id());
    let (interface, method) = match bytes.byte() {
        0..=15 => (callback::Client::TYPE_ID, 0),
        16..=18 => (u64::from(bytes.word()), u16::from(bytes.byte())),
        method => (lab::Client::TYPE_ID, u16::from(method % (LAST_METHOD + 1))),
    };
    call.set_interface_id(interface);
    call.set_method_id(method);
    target(bytes, call.reborrow().init_target());
    let mut results_to = call.reborrow().get_send_results_to();
    match bytes.below(64) {
        63 => results_to.set_yourself(()),
        62 => {
            results_to.init_third_party();
        }
        _ => results_to.set_caller(()),
    }
    payload(bytes, call.init_params());
}

fn answer(bytes: &mut Bytes<'_>, message: message::Builder<'_>) {
    let mut answer = message.init_return();
    answer.set_answer_id(bytes.id());
    answer.set_no_finish_needed(bytes.below(4) == 3);
    match bytes.below(32) {
        0..=23 => payload(bytes, answer.init_results()),
        24..=27 => fail(bytes, answer.init_exception()),
        28 => answer.set_canceled(()),
        29 => answer.set_results_sent_elsewhere(()),
        30 => answer.set_take_from_other_question(bytes.id()),
        _ => {
            answer.init_accept_from_third_party();
        }
    }
}

fn resolve(bytes: &mut Bytes<'_>, message: message::Builder<'_>) {
    let mut resolve = message.init_resolve();
    resolve.set_promise_id(bytes.id());
    if bytes.below(8) == 7 {
        fail(bytes, resolve.init_exception());
    } else {
        describe(bytes, resolve.init_cap());
    }
}

fn disembargo(bytes: &mut Bytes<'_>, message: message::Builder<'_>) {
    let mut disembargo = message.init_disembargo();
    target(bytes, disembargo.reborrow().init_target());
    let mut context = disembargo.init_context();
    match bytes.below(16) {
        0..=7 => context.set_sender_loopback(bytes.id()),
        8..=14 => context.set_receiver_loopback(bytes.id()),
        _ => context.set_accept(()),
    }
}

fn unimplemented(bytes: &mut Bytes<'_>, mut message: message::Builder<'_>) {
    for _ in 0..=bytes.below(4) {
        message = message.init_unimplemented();
    }
    if bytes.yes() {
        resolve(bytes, message);
    } else {
        message.init_bootstrap().set_question_id(bytes.id());
    }
}

fn foreign(bytes: &mut Bytes<'_>, message: message::Builder<'_>) {
    match bytes.below(3) {
        0 => message.init_provide().set_question_id(bytes.id()),
        1 => message.init_accept().set_question_id(bytes.id()),
        _ => message.init_join().set_question_id(bytes.id()),
    }
}

fn fail(bytes: &mut Bytes<'_>, mut exception: exception::Builder<'_>) {
    exception.set_reason("so it is");
    exception.set_type(match bytes.below(4) {
        0 => exception::Type::Failed,
        1 => exception::Type::Overloaded,
        2 => exception::Type::Disconnected,
        _ => exception::Type::Unimplemented,
    });
}

fn target(bytes: &mut Bytes<'_>, mut target: message_target::Builder<'_>) {
    if bytes.yes() {
        path(bytes, target.init_promised_answer());
    } else {
        target.set_imported_cap(bytes.id());
    }
}

fn path(bytes: &mut Bytes<'_>, mut answer: promised_answer::Builder<'_>) {
    answer.set_question_id(bytes.id());
    // Mostly the path to the first field, where most answers have their capability.
    let steps = match bytes.below(8) {
        0 => 0,
        6 => 2,
        7 => 3,
        _ => 1,
    };
    let mut transform = answer.init_transform(steps);
    for step in 0..steps {
        let mut step = transform.reborrow().get(step);
        match bytes.below(16) {
            15 => step.set_noop(()),
            field => step.set_get_pointer_field(u16::from(field / 6)),
        }
    }
}

/// A table of up to three capabilities, and one of the shapes that the laboratory's methods speak.
fn payload(bytes: &mut Bytes<'_>, mut payload: payload::Builder<'_>) {
    let mut numbers = Vec::new();
    let mut content = payload.reborrow().get_content();
    content.imbue_mut(&mut numbers);
    fill(bytes, content);
    let rows = u32::from(bytes.below(4));
    let mut table = payload.init_cap_table(rows);
    for row in 0..rows {
        describe(bytes, table.reborrow().get(row));
    }
}

fn fill(bytes: &mut Bytes<'_>, mut content: any_pointer::Builder<'_>) {
    match bytes.below(12) {
        0..=2 => {
            let mut params = content.init_as::<lab::call_back_params::Builder<'_>>();
            params.set_to(placeholder());
            params.set_payload(bytes.take(3));
        }
        3..=4 => {
            content.init_as::<lab::loopback_params::Builder<'_>>().init_cap().set_as_capability(anything().client.hook)
        }
        5 => content.init_as::<lab::echo_params::Builder<'_>>().set_payload(bytes.take(3)),
        6 => content.init_as::<lab::many_params::Builder<'_>>().set_count(u32::from(bytes.byte())),
        7 => {
            let mut results = content.init_as::<callback::call_results::Builder<'_>>();
            results.set_payload(bytes.take(3));
            results.set_lab(placeholder());
        }
        8 => {
            let mut inner = content.init_as::<lab::nested_results::Builder<'_>>().init_inner();
            inner.reborrow().init_deeper().set_lab(placeholder());
            inner.init_next().init_deeper().set_lab(placeholder());
        }
        9 => {
            let mut labs = content.init_as::<lab::many_results::Builder<'_>>().init_labs(2);
            labs.set(0, anything().client.hook);
            labs.set(1, anything().client.hook);
        }
        10 => content.set_as_capability(anything().client.hook),
        _ => {}
    }
}

/// A capability that stands for the next row of the table.
fn anything() -> lab::Client {
    placeholder()
}

fn describe(bytes: &mut Bytes<'_>, mut row: cap_descriptor::Builder<'_>) {
    match bytes.below(32) {
        0..=7 => row.set_sender_hosted(bytes.id()),
        8..=14 => row.set_sender_promise(bytes.id()),
        15..=20 => row.set_receiver_hosted(bytes.id()),
        21..=28 => path(bytes, row.init_receiver_answer()),
        29..=30 => row.set_none(()),
        _ => row.init_third_party_hosted().set_vine_id(bytes.id()),
    }
}

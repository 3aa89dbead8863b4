//! Messages of `rpc.capnp` other than calls, as whole frames.

use capnp::message::{Builder, HeapAllocator};
use capnp_rpc::rpc_capnp::{exception, message};

use super::Target;

/// A frame with this message.
pub(super) fn frame(fill: impl FnOnce(message::Builder<'_>)) -> Vec<u8> {
    let mut builder = Builder::new(HeapAllocator::new());
    fill(builder.init_root());
    capnp::serialize::write_message_to_words(&builder)
}

/// Asks for the bootstrap object as this question.
#[must_use]
pub fn bootstrap(question: u32) -> Vec<u8> {
    frame(|message| message.init_bootstrap().set_question_id(question))
}

/// Ends a question.
#[must_use]
pub fn finish(question: u32, release_result_caps: bool) -> Vec<u8> {
    frame(|message| {
        let mut finish = message.init_finish();
        finish.set_question_id(question);
        finish.set_release_result_caps(release_result_caps);
    })
}

/// Gives back references to an object of the other side.
#[must_use]
pub fn release(import: u32, references: u32) -> Vec<u8> {
    frame(|message| {
        let mut release = message.init_release();
        release.set_id(import);
        release.set_reference_count(references);
    })
}

/// Resolves a promise of ours to an object of ours.
#[must_use]
pub fn resolve_to_own(promise: u32, export: u32) -> Vec<u8> {
    frame(|message| {
        let mut resolve = message.init_resolve();
        resolve.set_promise_id(promise);
        resolve.init_cap().set_sender_hosted(export);
    })
}

/// Resolves a promise of ours to an object that the other side exported.
#[must_use]
pub fn resolve_to_theirs(promise: u32, import: u32) -> Vec<u8> {
    frame(|message| {
        let mut resolve = message.init_resolve();
        resolve.set_promise_id(promise);
        resolve.init_cap().set_receiver_hosted(import);
    })
}

/// Breaks a promise of ours.
#[must_use]
pub fn resolve_to_failure(promise: u32, reason: &str) -> Vec<u8> {
    frame(|message| {
        let mut resolve = message.init_resolve();
        resolve.set_promise_id(promise);
        resolve.init_exception().set_reason(reason);
    })
}

/// Asks for an embargo to be echoed back to us.
#[must_use]
pub fn disembargo_to_us(target: &Target, embargo: u32) -> Vec<u8> {
    frame(|message| {
        let mut disembargo = message.init_disembargo();
        target.write(disembargo.reborrow().init_target());
        disembargo.init_context().set_sender_loopback(embargo);
    })
}

/// Echoes an embargo, asked for or not.
#[must_use]
pub fn disembargo_to_them(target: &Target, embargo: u32) -> Vec<u8> {
    frame(|message| {
        let mut disembargo = message.init_disembargo();
        target.write(disembargo.reborrow().init_target());
        disembargo.init_context().set_receiver_loopback(embargo);
    })
}

/// Answers a question of theirs with an empty result.
#[must_use]
pub fn return_nothing(answer: u32) -> Vec<u8> {
    frame(|message| {
        let mut returned = message.init_return();
        returned.set_answer_id(answer);
        returned.init_results();
    })
}

/// Answers a question of theirs with objects of ours, listed beside an empty result.
#[must_use]
pub fn return_caps(answer: u32, exports: &[u32]) -> Vec<u8> {
    frame(|message| {
        let mut returned = message.init_return();
        returned.set_answer_id(answer);
        let count = u32::try_from(exports.len()).expect("a test's table is small");
        let mut table = returned.init_results().init_cap_table(count);
        for (index, export) in (0..).zip(exports) {
            table.reborrow().get(index).set_sender_hosted(*export);
        }
    })
}

/// Answers a question of theirs with a failure.
#[must_use]
pub fn return_failure(answer: u32, kind: exception::Type, reason: &str) -> Vec<u8> {
    frame(|message| {
        let mut returned = message.init_return();
        returned.set_answer_id(answer);
        let mut failure = returned.init_exception();
        failure.set_type(kind);
        failure.set_reason(reason);
    })
}

/// Tells them to take the answer to a question of theirs from another one.
#[must_use]
pub fn return_other_question(answer: u32, other: u32) -> Vec<u8> {
    frame(|message| {
        let mut returned = message.init_return();
        returned.set_answer_id(answer);
        returned.set_take_from_other_question(other);
    })
}

/// Says that the results went where they were told to.
#[must_use]
pub fn return_elsewhere(answer: u32) -> Vec<u8> {
    frame(|message| {
        let mut returned = message.init_return();
        returned.set_answer_id(answer);
        returned.set_results_sent_elsewhere(());
    })
}

/// Gives up the connection.
#[must_use]
pub fn abort(reason: &str) -> Vec<u8> {
    frame(|message| message.init_abort().set_reason(reason))
}

/// "I do not know that message", `depth` times around one another.
#[must_use]
pub fn unimplemented(depth: usize) -> Vec<u8> {
    frame(|mut message| {
        for _ in 0..depth {
            message = message.init_unimplemented();
        }
        message.init_bootstrap().set_question_id(0);
    })
}

/// "I do not know that message", about a Resolve of theirs that carries this object.
#[must_use]
pub fn unimplemented_resolve(promise: u32, import: u32) -> Vec<u8> {
    frame(|message| {
        let mut resolve = message.init_unimplemented().init_resolve();
        resolve.set_promise_id(promise);
        resolve.init_cap().set_sender_hosted(import);
    })
}

/// Asks to hand an object to a third party, which nobody here supports.
#[must_use]
pub fn provide(question: u32, target: &Target) -> Vec<u8> {
    frame(|message| {
        let mut provide = message.init_provide();
        provide.set_question_id(question);
        target.write(provide.init_target());
    })
}

/// Asks for an object from a third party.
#[must_use]
pub fn accept(question: u32) -> Vec<u8> {
    frame(|message| message.init_accept().set_question_id(question))
}

/// Asks whether objects are the same.
#[must_use]
pub fn join(question: u32, target: &Target) -> Vec<u8> {
    frame(|message| {
        let mut join = message.init_join();
        join.set_question_id(question);
        target.write(join.init_target());
    })
}

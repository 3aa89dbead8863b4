//! Bounds that no connection reaches in the time of a test.

use capnp::message::{Builder, HeapAllocator};
use capnp_rpc::rpc_capnp::{cap_descriptor, message};

use super::{Ledger, MOST_REFERENCES};
use crate::error::Misuse;
use crate::limits::Limits;

fn framed(build: impl FnOnce(message::Builder<'_>)) -> Builder<HeapAllocator> {
    let mut message = Builder::new_default();
    build(message.init_root());
    message
}

fn incoming(ledger: &mut Ledger, build: impl FnOnce(message::Builder<'_>)) -> Result<(), Misuse> {
    let message = framed(build);
    ledger.incoming(message.get_root_as_reader().expect("just built")).map(drop)
}

fn outgoing(ledger: &mut Ledger, build: impl FnOnce(message::Builder<'_>)) -> Result<(), Misuse> {
    let message = framed(build);
    ledger.outgoing(message.get_root_as_reader().expect("just built"), 0)
}

fn give(ledger: &mut Ledger, answer: u32, id: u32) -> Result<(), Misuse> {
    incoming(ledger, |message| message.init_bootstrap().set_question_id(answer))?;
    outgoing(ledger, |message| {
        let mut results = message.init_return();
        results.set_answer_id(answer);
        results.init_results().init_cap_table(1).get(0).set_sender_hosted(id);
    })
}

fn pass(ledger: &mut Ledger, question: u32, describe: impl FnOnce(cap_descriptor::Builder<'_>)) -> Result<(), Misuse> {
    incoming(ledger, |message| {
        let mut call = message.init_call();
        call.set_question_id(question);
        call.reborrow().init_target().set_imported_cap(0);
        describe(call.init_params().init_cap_table(1).get(0));
    })
}

#[test]
fn one_object_of_ours_is_given_out_so_often_and_not_once_more() {
    let mut ledger = Ledger::new(&Limits::default());
    give(&mut ledger, 1, 0).expect("the first reference");
    ledger.exports.get_mut(&0).expect("it was given").references = MOST_REFERENCES - 1;
    assert_eq!(give(&mut ledger, 2, 0), Ok(()));
    assert_eq!(ledger.exports.get(&0).map(|export| export.references), Some(1 << 30));
    assert_eq!(give(&mut ledger, 3, 0), Err(Misuse::TooManyExports));
    assert_eq!(incoming(&mut ledger, |message| release(message, 0, (1 << 30) + 1)), Err(Misuse::ExportCount));
    assert_eq!(incoming(&mut ledger, |message| release(message, 0, 1 << 30)), Ok(()));
    assert_eq!(ledger.exports(), 0);
}

fn release(message: message::Builder<'_>, id: u32, count: u32) {
    let mut release = message.init_release();
    release.set_id(id);
    release.set_reference_count(count);
}

#[test]
fn one_object_of_the_peer_is_passed_so_often_and_not_once_more() {
    let mut ledger = Ledger::new(&Limits::default());
    give(&mut ledger, 0, 0).expect("a target for calls");
    pass(&mut ledger, 1, |mut descriptor| descriptor.set_sender_hosted(5)).expect("the first reference");
    ledger.imports.get_mut(&5).expect("it was passed").references = MOST_REFERENCES - 1;
    assert_eq!(pass(&mut ledger, 2, |mut descriptor| descriptor.set_sender_hosted(5)), Ok(()));
    assert_eq!(ledger.imports.get(&5).map(|import| import.references), Some(1 << 30));
    let refused = pass(&mut ledger, 3, |mut descriptor| descriptor.set_sender_hosted(5));
    assert_eq!(refused, Err(Misuse::TooManyImports));
    assert_eq!(outgoing(&mut ledger, |message| release(message, 5, 1 << 30)), Ok(()));
    assert_eq!(ledger.imports(), 0);
}

#[test]
fn an_answer_is_awaited_until_it_comes_or_is_given_up() {
    let mut ledger = Ledger::new(&Limits::default());
    let ask = |ledger: &mut Ledger, id| outgoing(ledger, |message| message.init_bootstrap().set_question_id(id));
    let finish = |ledger: &mut Ledger, id| outgoing(ledger, |message| message.init_finish().set_question_id(id));
    let answered = |ledger: &mut Ledger, id| {
        incoming(ledger, |message| {
            let mut answer = message.init_return();
            answer.set_answer_id(id);
            answer.init_results();
        })
    };
    for id in 0..3 {
        ask(&mut ledger, id).expect("within the bounds");
    }
    assert_eq!((ledger.open_questions(), ledger.awaited_answers()), (3, 3));
    answered(&mut ledger, 0).expect("it was asked");
    assert_eq!((ledger.open_questions(), ledger.awaited_answers()), (3, 2), "held, and not waited for");
    finish(&mut ledger, 1).expect("given up");
    assert_eq!((ledger.open_questions(), ledger.awaited_answers()), (3, 1));
    answered(&mut ledger, 1).expect("late, and no harm");
    finish(&mut ledger, 0).expect("let go");
    assert_eq!((ledger.open_questions(), ledger.awaited_answers()), (1, 1));
    answered(&mut ledger, 2).expect("it was asked");
    assert_eq!(answered(&mut ledger, 2), Err(Misuse::UnknownQuestion));
    assert_eq!(ledger.awaited_answers(), 0);
}

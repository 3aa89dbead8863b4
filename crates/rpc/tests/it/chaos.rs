//! Well-formed messages in an order that no peer would send them in.

use capnp_rpc::rpc_capnp::{cap_descriptor, message};
use capos_rpc::Limits;

use crate::harness::scene;
use crate::raw::{LAB, Raw, framed, with_capability};

/// Reproducible numbers: a failure is found again by its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 >> 33).unwrap() % bound
    }

    fn id(&mut self) -> u32 {
        self.below(6)
    }
}

fn describe(dice: &mut Dice, mut descriptor: cap_descriptor::Builder<'_>) {
    match dice.below(12) {
        0..=2 => descriptor.set_sender_hosted(dice.id()),
        3..=6 => descriptor.set_sender_promise(dice.id()),
        7..=8 => descriptor.set_receiver_hosted(dice.id()),
        9..=10 => {
            let mut answer = descriptor.init_receiver_answer();
            answer.set_question_id(dice.id());
            answer.init_transform(1).get(0).set_get_pointer_field(0);
        }
        _ => descriptor.set_none(()),
    }
}

fn target(dice: &mut Dice, mut target: capnp_rpc::rpc_capnp::message_target::Builder<'_>) {
    if dice.below(2) == 0 {
        target.set_imported_cap(dice.below(10) / 9);
    } else {
        let mut answer = target.init_promised_answer();
        answer.set_question_id(dice.id());
        answer.init_transform(1).get(0).set_get_pointer_field(u16::try_from(dice.below(2)).unwrap());
    }
}

/// Mostly what a peer might send, so that a connection lives long enough to get into odd states.
fn roll(dice: &mut Dice, questions: u32, message: message::Builder<'_>) {
    let mut kind = dice.below(100) / 4;
    if (9..=11).contains(&kind) && questions == 0 && dice.below(50) > 0 {
        kind = 1;
    }
    if kind >= 17 && dice.below(20) > 0 {
        kind = 1 + dice.below(14);
        if (9..=11).contains(&kind) && questions == 0 {
            kind = 2;
        }
    }
    match kind {
        0 => message.init_bootstrap().set_question_id(dice.id()),
        1..=8 => {
            let mut call = message.init_call();
            call.set_question_id(if dice.below(3) == 0 { dice.id() } else { 6 + dice.below(100_000) });
            call.set_interface_id(LAB);
            call.set_method_id(u16::try_from(dice.below(17)).unwrap());
            target(dice, call.reborrow().init_target());
            with_capability(call.init_params(), |descriptor| describe(dice, descriptor));
        }
        9..=11 => {
            let mut answer = message.init_return();
            answer.set_answer_id(dice.below(questions.max(1)));
            answer.set_no_finish_needed(dice.below(4) == 0);
            if dice.below(4) == 0 {
                answer.init_exception();
            } else {
                with_capability(answer.init_results(), |descriptor| describe(dice, descriptor));
            }
        }
        12..=13 => {
            let mut finish = message.init_finish();
            finish.set_question_id(dice.id());
            finish.set_release_result_caps(dice.below(2) == 0);
        }
        14..=16 => {
            let mut resolve = message.init_resolve();
            resolve.set_promise_id(dice.id());
            describe(dice, resolve.init_cap());
        }
        17 => {
            let mut release = message.init_release();
            release.set_id(dice.id());
            release.set_reference_count(dice.below(2));
        }
        _ => {
            let mut disembargo = message.init_disembargo();
            let mut context = disembargo.reborrow().init_context();
            if dice.below(2) == 0 {
                context.set_sender_loopback(dice.id());
            } else {
                context.set_receiver_loopback(dice.below(2));
            }
            target(dice, disembargo.init_target());
        }
    }
}

async fn throw(raw: &mut Raw, dice: &mut Dice) {
    for _ in 0..100 {
        let questions = u32::try_from(raw.handle.account().open_questions).unwrap();
        let frame = framed(|message| roll(dice, questions, message));
        if !raw.write(&frame).await || raw.handle.ending().is_some() {
            return;
        }
        for _ in 0..dice.below(8) {
            tokio::task::yield_now().await;
        }
    }
}

#[test]
fn no_order_of_messages_harms_the_neighbours() {
    scene(Limits::default(), |scene| async move {
        let mut longest = 0;
        for seed in 1..=3000 {
            let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
            let mut raw = scene.raw().await;
            throw(&mut raw, &mut dice).await;
            longest = longest.max(raw.handle.account().messages_in);
            scene.bystander_is_served().await;
        }
        assert!(longest > 20, "{longest}");
    });
}

#[test]
fn no_flipped_bits_harm_the_neighbours() {
    scene(Limits::default(), |scene| async move {
        for seed in 1..=2000 {
            let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
            let mut raw = scene.raw().await;
            for _ in 0..20 {
                let mut frame = framed(|message| roll(&mut dice, 1, message));
                let length = u32::try_from(frame.len()).unwrap();
                for _ in 0..dice.below(4) {
                    let at = usize::try_from(8 + dice.below(length - 8)).unwrap();
                    frame[at] ^= 1 << dice.below(8);
                }
                if !raw.write(&frame).await || raw.handle.ending().is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            scene.bystander_is_served().await;
        }
    });
}

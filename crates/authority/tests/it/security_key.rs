//! Security keys: what they sign is not the message, and it says whether they were touched.

use capos_authority::public_key::Refused;
use capos_authority::sshsig::verify;

use crate::envelope::{Envelope, Holder};
use crate::samples::MESSAGE;

const TOUCHED: u8 = 1;
const VERIFIED: u8 = 4;

fn holders() -> [Holder; 2] {
    [Holder::ed25519(), Holder::p256()]
}

fn outcome(holder: &Holder, known_for: &[u8], used_at: &[u8], flags: u8) -> Result<(), Refused> {
    let envelope = Envelope::of(holder.security_key(known_for));
    let signature = holder.assert(used_at, flags, 41, &envelope.signed(MESSAGE));
    let key = verify(&envelope.with(&signature), MESSAGE)?;
    assert!(key.is_hardware());
    Ok(())
}

#[test]
fn a_touched_key_proves_itself() {
    for holder in holders() {
        assert_eq!(outcome(&holder, b"ssh:", b"ssh:", TOUCHED), Ok(()));
        assert_eq!(outcome(&holder, b"ssh:capos", b"ssh:capos", TOUCHED | VERIFIED), Ok(()));
    }
}

#[test]
fn a_key_that_was_not_touched_proves_nothing() {
    for holder in holders() {
        for flags in [0, VERIFIED, !TOUCHED] {
            assert_eq!(outcome(&holder, b"ssh:", b"ssh:", flags), Err(Refused::NoUserPresence));
        }
    }
}

#[test]
fn a_key_is_bound_to_where_it_is_used() {
    for holder in holders() {
        assert_eq!(outcome(&holder, b"ssh:", b"https://elsewhere", TOUCHED), Err(Refused::Forged));
    }
}

#[test]
fn flags_and_counter_are_signed() {
    for holder in holders() {
        let envelope = Envelope::of(holder.security_key(b"ssh:"));
        let genuine = holder.assert(b"ssh:", TOUCHED, 41, &envelope.signed(MESSAGE));
        for from_end in 1..=5 {
            let mut changed = genuine.clone();
            let position = changed.len() - from_end;
            changed[position] ^= 2;
            assert_eq!(verify(&envelope.with(&changed), MESSAGE), Err(Refused::Forged), "{from_end} from the end");
        }
        assert_eq!(verify(&envelope.with(&genuine[..genuine.len() - 5]), MESSAGE), Err(Refused::Malformed));
    }
}

#[test]
fn a_plain_signature_does_not_pass_for_a_touch() {
    for holder in holders() {
        let envelope = Envelope::of(holder.security_key(b"ssh:"));
        let plain = holder.sign(&envelope.signed(MESSAGE));
        assert_eq!(verify(&envelope.with(&plain), MESSAGE), Err(Refused::Malformed));
        let trailed = [&plain[..], &[TOUCHED, 0, 0, 0, 41]].concat();
        assert_eq!(verify(&envelope.with(&trailed), MESSAGE), Err(Refused::SignatureKind));
    }
}

#[test]
fn a_touch_does_not_pass_for_a_plain_signature() {
    for holder in holders() {
        let envelope = Envelope::of(holder.key());
        let touch = holder.assert(b"ssh:", TOUCHED, 41, &envelope.signed(MESSAGE));
        assert_eq!(verify(&envelope.with(&touch), MESSAGE), Err(Refused::Malformed));
        assert_eq!(verify(&envelope.with(&touch[..touch.len() - 5]), MESSAGE), Err(Refused::SignatureKind));
    }
}

//! What the fuzz target `sshsig` does with its bytes; the ordinary test run does the same with its corpus.

use capos_authority::public_key::PublicKey;
use capos_authority::sshsig::verify;

use crate::samples::{GOOD, MESSAGE};

/// The first byte chooses: a signature, a key's line, or a change to one of the genuine signatures.
pub(crate) fn fuzz_sshsig(data: &[u8]) {
    match data.split_first() {
        Some((0, blob)) => {
            if let Ok(key) = verify(blob, MESSAGE) {
                check_stable(&key);
                assert!(verify(blob, b"another message").is_err());
            }
        }
        Some((1, line)) => {
            if let Ok(key) = std::str::from_utf8(line).map_or(Err(()), |line| line.parse().map_err(drop)) {
                check_stable(&key);
            }
        }
        Some((choice, change)) => change_genuine(usize::from(*choice), change),
        None => {}
    }
}

fn check_stable(key: &PublicKey) {
    let again: PublicKey = key.to_string().parse().expect("what is written can be read");
    assert_eq!(*key, again);
    assert_eq!((key.fingerprint(), key.comment()), (again.fingerprint(), again.comment()));
}

/// The first two bytes say where, the others what to flip there.
fn change_genuine(choice: usize, change: &[u8]) {
    let genuine = GOOD[choice % GOOD.len()].binary();
    let Some((at, flips)) = change.split_first_chunk() else { return };
    let at = usize::from(u16::from_be_bytes(*at)) % genuine.len();
    let mut changed = genuine.clone();
    for (byte, flip) in changed.iter_mut().skip(at).zip(flips) {
        *byte ^= flip;
    }
    assert_eq!(verify(&changed, MESSAGE).is_ok(), changed == genuine);
}

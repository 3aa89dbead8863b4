//! Signatures of `ssh-keygen`, and what is wrong with all others.

use std::path::{Path, PathBuf};
use std::process::Command;

use capos_authority::public_key::{MAX_BYTES, PublicKey, Refused};
use capos_authority::sshsig::{NAMESPACE, verify};
use proptest::prelude::*;

use crate::envelope::{Envelope, Holder, integer, string, strings};
use crate::samples::{DSA_LINE, ED25519, GOOD, MESSAGE, RSA_2048, RSA_3072};

fn keygen(arguments: &[&str]) {
    let status = Command::new("ssh-keygen").arg("-q").args(arguments).status().expect("ssh-keygen is installed");
    assert!(status.success(), "{arguments:?}");
}

fn path_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Makes a key and has it sign the message.
fn sign(folder: &Path, key: &[&str], options: &[&str], namespace: &str) -> (PublicKey, Vec<u8>) {
    let (private, message) = (folder.join(key.concat()), folder.join("message"));
    if !private.exists() {
        keygen(&[&["-N", "", "-f", path_of(&private), "-t"], key].concat());
    }
    std::fs::write(&message, MESSAGE).unwrap();
    let _ = std::fs::remove_file(folder.join("message.sig"));
    let head = ["-Y", "sign", "-n", namespace, "-f", path_of(&private)];
    keygen(&[&head, options, &[path_of(&message)]].concat());
    let line = std::fs::read_to_string(private.with_extension("pub")).unwrap();
    (line.parse().unwrap(), std::fs::read(PathBuf::from(folder).join("message.sig")).unwrap())
}

#[test]
fn what_ssh_keygen_signs_proves_its_key() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [&["ed25519"] as &[&str], &["ecdsa", "-b", "256"], &["ecdsa", "-b", "384"], &["ecdsa", "-b", "521"]] {
        for options in [&[] as &[&str], &["-O", "hashalg=sha256"]] {
            let (key, signature) = sign(folder.path(), kind, options, NAMESPACE);
            assert_eq!(verify(&signature, MESSAGE).unwrap(), key);
        }
    }
}

#[test]
fn a_signature_for_another_purpose_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for namespace in ["file", "capos-remote-sessio", "capos-remote-session2"] {
        let (_, signature) = sign(folder.path(), &["ed25519"], &[], namespace);
        assert_eq!(verify(&signature, MESSAGE), Err(Refused::Namespace));
    }
}

#[test]
fn binary_and_armored_are_the_same() {
    for sample in GOOD {
        let key: PublicKey = sample.line.parse().unwrap();
        assert_eq!(verify(sample.armored.as_bytes(), MESSAGE).unwrap(), key);
        assert_eq!(verify(&sample.binary(), MESSAGE).unwrap(), key);
    }
}

#[test]
fn another_message_is_refused() {
    for sample in GOOD {
        for message in [b"" as &[u8], b"capos-remote-session sample", b"capos-remote-session sample\0\0"] {
            assert_eq!(verify(&sample.binary(), message), Err(Refused::Forged));
        }
    }
}

#[test]
fn a_signature_with_any_bit_changed_is_refused() {
    for sample in GOOD {
        let genuine = sample.binary();
        for position in 0..genuine.len() {
            let mut changed = genuine.clone();
            changed[position] ^= 1 << (position % 8);
            assert!(verify(&changed, MESSAGE).is_err(), "{} at {position}", sample.line);
        }
    }
}

#[test]
fn a_signature_that_is_cut_or_longer_is_refused() {
    for sample in GOOD {
        let genuine = sample.binary();
        for length in 0..genuine.len() {
            assert_eq!(verify(&genuine[..length], MESSAGE), Err(Refused::Malformed), "{length}");
        }
        assert_eq!(verify(&[&genuine[..], &[0]].concat(), MESSAGE), Err(Refused::Malformed));
    }
}

#[test]
fn small_rsa_and_dsa_prove_nothing() {
    assert_eq!(verify(RSA_2048.armored.as_bytes(), MESSAGE), Err(Refused::RsaTooSmall));
    use base64::Engine as _;
    let dsa = base64::engine::general_purpose::STANDARD.decode(DSA_LINE.split(' ').nth(1).unwrap()).unwrap();
    let blob = Envelope::of(dsa).with(&strings(&[b"ssh-dss", &[1; 40]]));
    assert_eq!(verify(&blob, MESSAGE), Err(Refused::Dsa));
}

#[test]
fn rsa_with_sha_1_is_refused() {
    let envelope = Envelope::of(RSA_3072.key_blob());
    let named = |kind: &[u8]| verify(&envelope.with(&strings(&[kind, &[1; 384]])), MESSAGE);
    assert_eq!(named(b"ssh-rsa"), Err(Refused::SignatureKind));
    assert_eq!(named(b"rsa-sha2-512"), Err(Refused::Forged));
}

#[test]
fn a_huge_rsa_key_costs_no_time() {
    let start = std::time::Instant::now();
    for (exponent, modulus) in [(&[0xff; 4][..], [0xff; 1024]), (&[3], [0xff; 1024])] {
        let key = [string(b"ssh-rsa"), integer(exponent), integer(&modulus)].concat();
        let blob = Envelope::of(key).with(&strings(&[b"rsa-sha2-512", &[0x7f; 1024]]));
        assert_eq!(verify(&blob, MESSAGE), Err(Refused::Forged));
    }
    let key = [string(b"ssh-rsa"), integer(&[0xff; 3000]), integer(&[0xff; 3000])].concat();
    let blob = Envelope::of(key).with(&strings(&[b"rsa-sha2-512", &[0x7f; 1000]]));
    assert_eq!(verify(&blob, MESSAGE), Err(Refused::RsaTooLarge));
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn every_part_of_the_envelope_is_checked() {
    let holder = Holder::ed25519();
    let right = Envelope::of(holder.key());
    let outcome =
        |envelope: &Envelope| verify(&envelope.with(&holder.sign(&envelope.signed(MESSAGE))), MESSAGE).map(|_| ());
    assert_eq!(outcome(&right), Ok(()));
    assert_eq!(outcome(&Envelope { hash: b"sha256", ..right.clone() }), Ok(()));
    assert_eq!(outcome(&Envelope { version: 0, ..right.clone() }), Err(Refused::Version));
    assert_eq!(outcome(&Envelope { version: 2, ..right.clone() }), Err(Refused::Version));
    assert_eq!(outcome(&Envelope { namespace: b"", ..right.clone() }), Err(Refused::Namespace));
    assert_eq!(outcome(&Envelope { reserved: b"x", ..right.clone() }), Err(Refused::Malformed));
    assert_eq!(outcome(&Envelope { hash: b"sha1", ..right.clone() }), Err(Refused::Hash));
    assert_eq!(outcome(&Envelope { magic: b"SSHSIH", ..right.clone() }), Err(Refused::Malformed));
    assert_eq!(outcome(&Envelope { key: Holder::p256().key(), ..right.clone() }), Err(Refused::SignatureKind));
    assert_eq!(outcome(&Envelope { key: ED25519.key_blob(), ..right }), Err(Refused::Forged));
}

#[test]
fn a_signature_of_the_message_itself_is_no_signature_for_this_purpose() {
    let holder = Holder::ed25519();
    let blob = Envelope::of(holder.key()).with(&holder.sign(MESSAGE));
    assert_eq!(verify(&blob, MESSAGE), Err(Refused::Forged));
}

#[test]
fn a_signature_is_bounded() {
    let armored = |length: usize| {
        let padding = " ".repeat(length - ED25519.armored.len());
        verify(format!("{padding}{}", ED25519.armored).as_bytes(), MESSAGE)
    };
    assert!(armored(MAX_BYTES).is_ok());
    assert_eq!(armored(MAX_BYTES + 1), Err(Refused::TooLong));
}

proptest! {
    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(verify(&bytes, MESSAGE).is_err());
        prop_assert!(verify(&[b"SSHSIG\0\0\0\x01", &bytes[..]].concat(), MESSAGE).is_err());
    }

    #[test]
    fn a_signature_with_a_part_replaced_is_refused(
        which in 0..GOOD.len(),
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 1..32),
    ) {
        let genuine = GOOD[which].binary();
        let at = at.index(genuine.len());
        let mut changed = genuine.clone();
        let end = (at + bytes.len()).min(changed.len());
        changed.splice(at..end, bytes);
        prop_assume!(changed != genuine);
        prop_assert!(verify(&changed, MESSAGE).is_err());
    }
}

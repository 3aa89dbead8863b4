//! Which keys are taken, and what is said of the others.

use std::process::Command;

use capos_authority::public_key::{Algorithm, MAX_BYTES, PublicKey, Refused};
use proptest::prelude::*;

use crate::envelope::{Holder, integer, string, strings};
use crate::samples::{CERTIFICATE_LINE, DSA_LINE, ED25519, GOOD, RSA_2048};

fn refused(line: &str) -> Refused {
    PublicKey::parse_openssh(line).unwrap_err()
}

fn line(kind: &str, blob: &[u8]) -> String {
    use base64::Engine as _;
    format!("{kind} {}", base64::engine::general_purpose::STANDARD.encode(blob))
}

fn rsa(exponent: &[u8], modulus: &[u8]) -> String {
    line("ssh-rsa", &[string(b"ssh-rsa"), integer(exponent), integer(modulus)].concat())
}

#[test]
fn every_kind_is_read_and_written_as_it_was() {
    for sample in GOOD {
        let key: PublicKey = sample.line.parse().unwrap();
        assert_eq!(key.to_string(), sample.line.trim_end());
        assert_eq!(key.comment(), "sample");
        assert!(!key.is_hardware());
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<PublicKey>(&json).unwrap(), key);
    }
}

#[test]
fn fingerprints_are_those_of_ssh_keygen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pub");
    for sample in GOOD {
        std::fs::write(&file, sample.line).unwrap();
        let output = Command::new("ssh-keygen").arg("-lf").arg(&file).output().expect("ssh-keygen is installed");
        let shown = String::from_utf8(output.stdout).unwrap();
        let key: PublicKey = sample.line.parse().unwrap();
        assert_eq!(Some(&*key.fingerprint()), shown.split(' ').nth(1));
    }
}

#[test]
fn a_comment_does_not_make_another_key() {
    let bare = ED25519.line.rsplit_once(' ').unwrap().0;
    let key = PublicKey::parse_openssh(bare).unwrap();
    let commented = PublicKey::parse_openssh(&format!("  {bare}\t ann at home \r\n")).unwrap();
    assert_eq!((key.comment(), commented.comment()), ("", "ann at home"));
    assert_eq!(key, commented);
    assert_ne!(key, PublicKey::parse_openssh(GOOD[1].line).unwrap());
}

#[test]
fn security_keys_are_hardware() {
    let ed25519 = line("sk-ssh-ed25519@openssh.com", &Holder::ed25519().security_key(b"ssh:"));
    let ecdsa = line("sk-ecdsa-sha2-nistp256@openssh.com", &Holder::p256().security_key(b"ssh:"));
    for (line, algorithm) in [(ed25519, Algorithm::SkEd25519), (ecdsa, Algorithm::SkEcdsaP256)] {
        let key = PublicKey::parse_openssh(&line).unwrap();
        assert!(key.is_hardware());
        assert_eq!(key.algorithm(), algorithm);
    }
}

#[test]
fn a_refusal_says_what_is_wrong_with_the_line() {
    let key = ED25519.line.trim_end();
    for (line, reason) in [
        ("", Refused::NotAKey),
        ("ssh-ed25519", Refused::NotAKey),
        ("# ssh-ed25519 AAAA", Refused::NotAKey),
        ("ssh-ed25519 AAAA*", Refused::NotAKey),
        (&format!("{key}\n{key}"), Refused::NotAKey),
        (&format!("no-pty {key}"), Refused::Options),
        (&format!("command=\"rm -r /\",restrict {key}"), Refused::Options),
        (&format!("cert-authority {key}"), Refused::Options),
        (DSA_LINE, Refused::Dsa),
        (CERTIFICATE_LINE, Refused::Certificate),
        ("ssh-ed448 AAAA", Refused::UnknownKind),
        (&key.replacen("ssh-ed25519", "ssh-rsa", 1), Refused::Mismatch),
        (&format!("{key}\u{1b}[2J"), Refused::Comment),
    ] {
        assert_eq!(refused(line), reason, "{line}");
    }
}

#[test]
fn an_rsa_key_has_3072_to_8192_bits() {
    let modulus = |bits: usize| {
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] >>= bits.div_ceil(8) * 8 - bits;
        bytes
    };
    assert_eq!(refused(RSA_2048.line), Refused::RsaTooSmall);
    assert_eq!(refused(&rsa(&[1, 0, 1], &modulus(3071))), Refused::RsaTooSmall);
    assert!(PublicKey::parse_openssh(&rsa(&[1, 0, 1], &modulus(3072))).is_ok());
    assert!(PublicKey::parse_openssh(&rsa(&[1, 0, 1], &modulus(8192))).is_ok());
    assert_eq!(refused(&rsa(&[1, 0, 1], &modulus(8193))), Refused::RsaTooLarge);
}

#[test]
fn an_rsa_exponent_is_small_and_odd() {
    let modulus = [0xff; 384];
    for good in [&[3u8] as &[u8], &[35], &[1, 0, 1], &[0xff; 4]] {
        assert!(PublicKey::parse_openssh(&rsa(good, &modulus)).is_ok(), "{good:?}");
    }
    for bad in [&[1u8] as &[u8], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1], &[0xff; 384]] {
        assert_eq!(refused(&rsa(bad, &modulus)), Refused::RsaExponent, "{bad:?}");
    }
}

#[test]
fn a_key_has_one_form() {
    let ed25519 = Holder::ed25519().key();
    let followed = [&ed25519[..], &[0]].concat();
    assert_eq!(refused(&line("ssh-ed25519", &followed)), Refused::Malformed);
    assert_eq!(refused(&line("ssh-ed25519", &ed25519[..ed25519.len() - 1])), Refused::Malformed);
    let padded = [strings(&[b"ssh-rsa", &[1, 0, 1], &[[0, 0].as_slice(), &[0xff; 384]].concat()])].concat();
    assert_eq!(refused(&line("ssh-rsa", &padded)), Refused::Malformed);
    let compressed = strings(&[b"ecdsa-sha2-nistp256", b"nistp256", &[2; 33]]);
    assert_eq!(refused(&line("ecdsa-sha2-nistp256", &compressed)), Refused::Malformed);
    let other_curve = strings(&[b"ecdsa-sha2-nistp256", b"nistp384", &[4; 97]]);
    assert_eq!(refused(&line("ecdsa-sha2-nistp256", &other_curve)), Refused::Mismatch);
}

#[test]
fn lines_and_comments_are_bounded() {
    let key = ED25519.line.rsplit_once(' ').unwrap().0;
    assert!(PublicKey::parse_openssh(&format!("{key} {}", "c".repeat(256))).is_ok());
    assert_eq!(refused(&format!("{key} {}", "c".repeat(257))), Refused::Comment);
    assert_eq!(refused(&" ".repeat(MAX_BYTES)), Refused::NotAKey);
    assert_eq!(refused(&" ".repeat(MAX_BYTES + 1)), Refused::TooLong);
}

proptest! {
    #[test]
    fn any_text_is_a_key_or_is_refused(text in "\\PC{0,200}", tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = PublicKey::parse_openssh(&text);
        for kind in ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com"] {
            let _ = PublicKey::parse_openssh(&line(kind, &[string(kind.as_bytes()), tail.clone()].concat()));
        }
    }
}

//! A key in this process, and its signatures as OpenSSH writes them.

use capos_authority::sshsig::NAMESPACE;
use ring::digest::{SHA512, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

const KIND: &[u8] = b"ssh-ed25519";
const HASH: &[u8] = b"sha512";

/// The account's own key, or one that nobody has registered.
pub(super) struct Key(Ed25519KeyPair);

impl Key {
    pub(super) fn new(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("any seed is one"))
    }

    fn blob(&self) -> Vec<u8> {
        strings(&[KIND, self.0.public_key().as_ref()])
    }

    /// The line that an account is given.
    pub(super) fn line(&self) -> String {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD.encode(self.blob());
        format!("ssh-ed25519 {base64}")
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let hashed = digest(&SHA512, message);
        let signed = [b"SSHSIG", &strings(&[NAMESPACE.as_bytes(), b"", HASH, hashed.as_ref()])[..]].concat();
        let signature = strings(&[KIND, self.0.sign(&signed).as_ref()]);
        let parts = strings(&[&self.blob(), NAMESPACE.as_bytes(), b"", HASH, &signature]);
        [b"SSHSIG\0\0\0\x01", &parts[..]].concat()
    }
}

fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let with_length = |part: &&[u8]| {
        let length = u32::try_from(part.len()).expect("parts are short");
        [&length.to_be_bytes(), *part].concat()
    };
    parts.iter().flat_map(with_length).collect()
}

//! OpenSSH's signature format, as `PROTOCOL.sshsig` tells it, around a signature that somebody else makes.

use ssh_key::HashAlg;

use super::NAMESPACE;

const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;
const HASH: &[u8] = b"sha512";

/// What has to be signed for a message.
pub(super) fn to_be_signed(message: &[u8]) -> Vec<u8> {
    let hash = HashAlg::Sha512.digest(message);
    [MAGIC, &string(NAMESPACE.as_bytes()), &string(b""), &string(HASH), &string(&hash)].concat()
}

/// The signature with all that it takes to check it. `key` and `signature` are in SSH's own encoding.
pub(super) fn sshsig(key: &[u8], signature: &[u8]) -> Vec<u8> {
    let version = VERSION.to_be_bytes();
    let namespace = string(NAMESPACE.as_bytes());
    [MAGIC, &version, &string(key), &namespace, &string(b""), &string(HASH), &string(signature)].concat()
}

/// A length and the bytes.
pub(super) fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("keys, signatures and challenges are bounded");
    [&length.to_be_bytes()[..], bytes].concat()
}

/// The first length and bytes of `from`, and what follows them.
pub(super) fn take_string(from: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = from.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

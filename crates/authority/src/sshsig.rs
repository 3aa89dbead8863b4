//! Signatures as `ssh-keygen -Y sign` makes them: OpenSSH's `SSHSIG`, binary or armored.
//!
//! Stricter than OpenSSH where that costs nobody: what is not signed has to be empty, and numbers have one form.

mod armor;

pub use capos_schema::signing::NAMESPACE;
use ring::digest::{self, SHA256, SHA512, digest};

use crate::public_key::wire::{Wire, put_string};
use crate::public_key::{MAX_BYTES, PublicKey, Refused};

const MAGIC: &[u8] = b"SSHSIG";

/// The key that made the signature over the message, once that is proven.
///
/// Whose key it is, is for the caller to know.
pub fn verify(blob: &[u8], message: &[u8]) -> Result<PublicKey, Refused> {
    if blob.len() > MAX_BYTES {
        return Err(Refused::TooLong);
    }
    if blob.starts_with(MAGIC) {
        return verify_binary(blob, message);
    }
    verify_binary(&armor::strip(blob)?, message)
}

fn verify_binary(blob: &[u8], message: &[u8]) -> Result<PublicKey, Refused> {
    let envelope = Envelope::parse(blob)?;
    envelope.key.verify(&envelope.signed(message), envelope.signature)?;
    Ok(envelope.key)
}

/// A signature in its parts; whether it is true is not yet known.
struct Envelope<'a> {
    key: PublicKey,
    hash_name: &'a [u8],
    hash: &'static digest::Algorithm,
    signature: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn parse(blob: &'a [u8]) -> Result<Self, Refused> {
        let mut wire = Wire::new(blob);
        if wire.take(MAGIC.len())? != MAGIC {
            return Err(Refused::Malformed);
        }
        if wire.number()? != 1 {
            return Err(Refused::Version);
        }
        let key = PublicKey::parse_blob(wire.string()?)?;
        if wire.string()? != NAMESPACE.as_bytes() {
            return Err(Refused::Namespace);
        }
        // Reserved, and not covered by the signature.
        if !wire.string()?.is_empty() {
            return Err(Refused::Malformed);
        }
        let hash_name = wire.string()?;
        let hash = parse_hash(hash_name)?;
        let signature = wire.string()?;
        wire.end()?;
        Ok(Self { key, hash_name, hash, signature })
    }

    /// What the key has signed, if it has signed this message.
    fn signed(&self, message: &[u8]) -> Vec<u8> {
        let mut signed = MAGIC.to_vec();
        let hashed = digest(self.hash, message);
        for part in [NAMESPACE.as_bytes(), &[], self.hash_name, hashed.as_ref()] {
            put_string(&mut signed, part);
        }
        signed
    }
}

fn parse_hash(name: &[u8]) -> Result<&'static digest::Algorithm, Refused> {
    match name {
        b"sha256" => Ok(&SHA256),
        b"sha512" => Ok(&SHA512),
        _ => Err(Refused::Hash),
    }
}

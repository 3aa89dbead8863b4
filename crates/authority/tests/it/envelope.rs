//! Signatures written by hand, right or wrong in one part.

use ring::digest::{SHA256, SHA512, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

pub(crate) fn strings(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().flat_map(|part| string(part)).collect()
}

/// A positive integer.
pub(crate) fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let bytes = &bytes[start..];
    let sign: &[u8] = if bytes.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    string(&[sign, bytes].concat())
}

/// The parts of a signature; the usual ones unless changed.
#[derive(Clone)]
pub(crate) struct Envelope {
    pub(crate) magic: &'static [u8],
    pub(crate) version: u32,
    pub(crate) key: Vec<u8>,
    pub(crate) namespace: &'static [u8],
    pub(crate) reserved: &'static [u8],
    pub(crate) hash: &'static [u8],
}

impl Envelope {
    pub(crate) fn of(key: Vec<u8>) -> Self {
        Self { magic: b"SSHSIG", version: 1, key, namespace: b"capos-remote-session", reserved: b"", hash: b"sha512" }
    }

    /// What a key signs for this envelope.
    pub(crate) fn signed(&self, message: &[u8]) -> Vec<u8> {
        let algorithm = if self.hash == b"sha256" { &SHA256 } else { &SHA512 };
        let parts = strings(&[self.namespace, self.reserved, self.hash, digest(algorithm, message).as_ref()]);
        [self.magic, &parts].concat()
    }

    pub(crate) fn with(&self, signature: &[u8]) -> Vec<u8> {
        let parts = strings(&[&self.key, self.namespace, self.reserved, self.hash, signature]);
        [self.magic, &self.version.to_be_bytes(), &parts].concat()
    }
}

/// A key that this process holds.
pub(crate) enum Holder {
    Ed25519(Ed25519KeyPair),
    P256(Box<EcdsaKeyPair>),
}

impl Holder {
    pub(crate) fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap())
    }

    pub(crate) fn p256() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        Self::P256(Box::new(pair))
    }

    fn name(&self, security_key: bool) -> &'static [u8] {
        match (self, security_key) {
            (Self::Ed25519(_), false) => b"ssh-ed25519",
            (Self::Ed25519(_), true) => b"sk-ssh-ed25519@openssh.com",
            (Self::P256(_), false) => b"ecdsa-sha2-nistp256",
            (Self::P256(_), true) => b"sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    fn material(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(pair) => string(pair.public_key().as_ref()),
            Self::P256(pair) => strings(&[b"nistp256", pair.public_key().as_ref()]),
        }
    }

    pub(crate) fn key(&self) -> Vec<u8> {
        [string(self.name(false)), self.material()].concat()
    }

    pub(crate) fn security_key(&self, application: &[u8]) -> Vec<u8> {
        [string(self.name(true)), self.material(), string(application)].concat()
    }

    fn raw(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).unwrap();
                let (r, s) = signature.as_ref().split_at(32);
                [integer(r), integer(s)].concat()
            }
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        strings(&[self.name(false), &self.raw(message)])
    }

    /// As a security key does it: over where it is used, its flags, its counter and a hash of the message.
    pub(crate) fn assert(&self, application: &[u8], flags: u8, counter: u32, message: &[u8]) -> Vec<u8> {
        let trailer = [&[flags] as &[u8], &counter.to_be_bytes()].concat();
        let place = digest(&SHA256, application);
        let asserted = [place.as_ref(), &trailer, digest(&SHA256, message).as_ref()].concat();
        [strings(&[self.name(true), &self.raw(&asserted)]), trailer].concat()
    }
}

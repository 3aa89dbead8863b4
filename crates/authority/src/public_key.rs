//! The public half of a key that proves an account.

mod line;
mod material;
mod refused;
pub(crate) mod wire;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::digest::{SHA256, digest};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use material::Algorithm;
use material::Material;
pub use refused::Refused;
use wire::Wire;

/// The most bytes of a key's line, or of a signature. An RSA key of 8,192 bits needs less than half of it.
pub const MAX_BYTES: usize = 8 << 10;

/// A public key that policy admits.
///
/// - It is of a kind, and of a size, that may sign in.
/// - Its bytes are in the only form that SSH gives this key: two values are equal when the keys are the same.
///   The comment does not count.
#[derive(Clone)]
pub struct PublicKey {
    material: Material,
    /// The key as SSH writes it, which is what a fingerprint is of.
    blob: Box<[u8]>,
    comment: String,
}

impl PublicKey {
    /// Reads a line as `ssh-keygen` writes it and `authorized_keys` has it: `type base64 comment`.
    pub fn parse_openssh(line: &str) -> Result<Self, Refused> {
        let line = line::parse(line)?;
        let key = Self::parse_blob(&line.blob)?;
        if key.algorithm().name() != line.kind {
            return Err(Refused::Mismatch);
        }
        Ok(Self { comment: line.comment.to_owned(), ..key })
    }

    /// Reads a key as it is in a signature.
    pub(crate) fn parse_blob(blob: &[u8]) -> Result<Self, Refused> {
        let mut wire = Wire::new(blob);
        let material = Material::parse(&mut wire)?;
        wire.end()?;
        Ok(Self { material, blob: blob.into(), comment: String::new() })
    }

    /// Whether a signature, as SSH writes it, is this key's over the message.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refused> {
        self.material.verify(message, signature)
    }

    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(digest(&SHA256, &self.blob)))
    }

    /// The kind of the key.
    pub fn algorithm(&self) -> Algorithm {
        self.material.algorithm()
    }

    /// Whether the key is in a security key, which makes no signature unless it is touched.
    pub fn is_hardware(&self) -> bool {
        matches!(self.algorithm(), Algorithm::SkEd25519 | Algorithm::SkEcdsaP256)
    }

    /// What the line says after the key; often whose it is.
    pub fn comment(&self) -> &str {
        &self.comment
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.blob == other.blob
    }
}

impl Eq for PublicKey {}

/// The line that [`PublicKey::parse_openssh`] reads.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm().name(), STANDARD.encode(&self.blob))?;
        if self.comment.is_empty() { Ok(()) } else { write!(f, " {}", self.comment) }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.algorithm().name(), self.fingerprint())
    }
}

impl FromStr for PublicKey {
    type Err = Refused;

    fn from_str(line: &str) -> Result<Self, Refused> {
        Self::parse_openssh(line)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line = String::deserialize(deserializer)?;
        Self::parse_openssh(&line).map_err(D::Error::custom)
    }
}

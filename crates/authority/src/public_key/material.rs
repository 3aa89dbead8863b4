//! What a key consists of, by its kind, and whether a signature is the key's.

mod check;

use super::Refused;
use super::wire::Wire;

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519.
    Ed25519,
    /// ECDSA over NIST P-256.
    EcdsaP256,
    /// ECDSA over NIST P-384.
    EcdsaP384,
    /// ECDSA over NIST P-521.
    EcdsaP521,
    /// RSA with SHA-256 or SHA-512.
    Rsa,
    /// Ed25519 in a security key.
    SkEd25519,
    /// ECDSA over NIST P-256 in a security key.
    SkEcdsaP256,
}

impl Algorithm {
    const ALL: [Self; 7] = [
        Self::Ed25519,
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::Rsa,
        Self::SkEd25519,
        Self::SkEcdsaP256,
    ];

    /// What SSH calls such a key.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384",
            Self::EcdsaP521 => "ecdsa-sha2-nistp521",
            Self::Rsa => "ssh-rsa",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    pub(super) fn parse(name: &[u8]) -> Result<Self, Refused> {
        if let Some(known) = Self::ALL.into_iter().find(|known| known.name().as_bytes() == name) {
            return Ok(known);
        }
        Err(match name {
            b"ssh-dss" => Refused::Dsa,
            _ if name.ends_with(b"-cert-v01@openssh.com") => Refused::Certificate,
            _ => Refused::UnknownKind,
        })
    }
}

/// The fewest bits of an RSA modulus.
const RSA_BITS: usize = 3072;
/// The most bits of an RSA modulus: checking a signature takes time with their square.
const RSA_MAX_BITS: usize = 8192;

#[derive(Clone)]
pub(super) enum Material {
    Ed25519([u8; 32]),
    Ecdsa { curve: Curve, point: Box<[u8]> },
    Rsa { modulus: Box<[u8]>, exponent: Box<[u8]> },
    SkEd25519 { key: [u8; 32], application: Box<[u8]> },
    SkEcdsaP256 { point: Box<[u8]>, application: Box<[u8]> },
}

#[derive(Clone, Copy)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    fn name(self) -> &'static str {
        match self {
            Self::P256 => "nistp256",
            Self::P384 => "nistp384",
            Self::P521 => "nistp521",
        }
    }

    /// Bytes of a coordinate, and of each half of a signature.
    fn field(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The curve's name, then a point in its long form.
    fn point(self, wire: &mut Wire<'_>) -> Result<Box<[u8]>, Refused> {
        if wire.string()? != self.name().as_bytes() {
            return Err(Refused::Mismatch);
        }
        match wire.string()? {
            point @ [4, coordinates @ ..] if coordinates.len() == 2 * self.field() => Ok(point.into()),
            _ => Err(Refused::Malformed),
        }
    }
}

impl Material {
    pub(super) fn parse(wire: &mut Wire<'_>) -> Result<Self, Refused> {
        Ok(match Algorithm::parse(wire.string()?)? {
            Algorithm::Ed25519 => Self::Ed25519(ed25519(wire)?),
            Algorithm::EcdsaP256 => Self::ecdsa(Curve::P256, wire)?,
            Algorithm::EcdsaP384 => Self::ecdsa(Curve::P384, wire)?,
            Algorithm::EcdsaP521 => Self::ecdsa(Curve::P521, wire)?,
            Algorithm::Rsa => Self::rsa(wire)?,
            Algorithm::SkEd25519 => Self::SkEd25519 { key: ed25519(wire)?, application: wire.string()?.into() },
            Algorithm::SkEcdsaP256 => {
                Self::SkEcdsaP256 { point: Curve::P256.point(wire)?, application: wire.string()?.into() }
            }
        })
    }

    fn ecdsa(curve: Curve, wire: &mut Wire<'_>) -> Result<Self, Refused> {
        Ok(Self::Ecdsa { curve, point: curve.point(wire)? })
    }

    fn rsa(wire: &mut Wire<'_>) -> Result<Self, Refused> {
        let (exponent, modulus) = (wire.positive()?, wire.positive()?);
        match bits(modulus) {
            ..RSA_BITS => return Err(Refused::RsaTooSmall),
            RSA_BITS..=RSA_MAX_BITS => {}
            _ => return Err(Refused::RsaTooLarge),
        }
        // Every program takes 65,537, some old ones a smaller one; a large one only makes work.
        let is_odd = exponent.last().is_some_and(|last| last % 2 == 1);
        if !is_odd || exponent == [1] || exponent.len() > 4 {
            return Err(Refused::RsaExponent);
        }
        Ok(Self::Rsa { modulus: modulus.into(), exponent: exponent.into() })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::Ecdsa { curve: Curve::P256, .. } => Algorithm::EcdsaP256,
            Self::Ecdsa { curve: Curve::P384, .. } => Algorithm::EcdsaP384,
            Self::Ecdsa { curve: Curve::P521, .. } => Algorithm::EcdsaP521,
            Self::Rsa { .. } => Algorithm::Rsa,
            Self::SkEd25519 { .. } => Algorithm::SkEd25519,
            Self::SkEcdsaP256 { .. } => Algorithm::SkEcdsaP256,
        }
    }
}

fn ed25519(wire: &mut Wire<'_>) -> Result<[u8; 32], Refused> {
    wire.string()?.try_into().map_err(|_| Refused::Malformed)
}

/// Bits of a number whose first byte is not zero.
fn bits(number: &[u8]) -> usize {
    let unused = number.first().map_or(0, |first| first.leading_zeros());
    (number.len() * 8).saturating_sub(unused as usize)
}

//! Whether a signature is the key's.

use std::borrow::Cow;

use ring::digest::{SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};

use super::{Curve, Material, Refused, Wire};

/// Set by a security key that was touched for this signature.
const USER_PRESENT: u8 = 1;

impl Material {
    /// Reads a signature as SSH writes it, and holds it against the message.
    pub(in crate::public_key) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refused> {
        let mut wire = Wire::new(signature);
        let (kind, body) = (wire.string()?, wire.string()?);
        let message = match self.application() {
            Some(application) => Cow::Owned(assertion(application, wire.array()?, message)?),
            None => Cow::Borrowed(message),
        };
        wire.end()?;
        match self {
            Self::Rsa { modulus, exponent } => check_rsa(parse_rsa_kind(kind)?, modulus, exponent, &message, body),
            _ if kind != self.algorithm().name().as_bytes() => Err(Refused::SignatureKind),
            Self::Ed25519(key) | Self::SkEd25519 { key, .. } => check_ed25519(key, &message, body),
            Self::Ecdsa { curve, point } => check_ecdsa(*curve, point, &message, body),
            Self::SkEcdsaP256 { point, .. } => check_ecdsa(Curve::P256, point, &message, body),
        }
    }

    /// Where a security key may be used.
    fn application(&self) -> Option<&[u8]> {
        match self {
            Self::SkEd25519 { application, .. } | Self::SkEcdsaP256 { application, .. } => Some(application),
            _ => None,
        }
    }
}

/// What a security key signs in place of the message: where it is used, its flags and its counter, and a hash.
///
/// The counter is not compared: it tells of a copied key only to one who sees all of its uses.
fn assertion(application: &[u8], trailer: [u8; 5], message: &[u8]) -> Result<Vec<u8>, Refused> {
    let [flags, ..] = trailer;
    if flags & USER_PRESENT == 0 {
        return Err(Refused::NoUserPresence);
    }
    Ok([digest(&SHA256, application).as_ref(), &trailer, digest(&SHA256, message).as_ref()].concat())
}

fn check_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), Refused> {
    UnparsedPublicKey::new(&ED25519, key).verify(message, signature).map_err(|_| Refused::Forged)
}

fn check_ecdsa(curve: Curve, point: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Refused> {
    let halves = parse_halves(curve, signature)?;
    let checked = match curve {
        Curve::P256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &halves).is_ok(),
        Curve::P384 => UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(message, &halves).is_ok(),
        Curve::P521 => is_p521(point, message, &halves),
    };
    if checked { Ok(()) } else { Err(Refused::Forged) }
}

/// The two numbers of a signature, each as wide as a coordinate of the curve.
fn parse_halves(curve: Curve, signature: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut wire = Wire::new(signature);
    let (r, s) = (wire.positive()?, wire.positive()?);
    wire.end()?;
    Ok([widen(r, curve.field())?, widen(s, curve.field())?].concat())
}

fn is_p521(point: &[u8], message: &[u8], halves: &[u8]) -> bool {
    use p521::ecdsa::signature::Verifier as _;
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point);
    let signature = p521::ecdsa::Signature::from_slice(halves);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
}

/// `ssh-rsa` is RSA with SHA-1, and not among them.
fn parse_rsa_kind(kind: &[u8]) -> Result<&'static RsaParameters, Refused> {
    match kind {
        b"rsa-sha2-256" => Ok(&RSA_PKCS1_2048_8192_SHA256),
        b"rsa-sha2-512" => Ok(&RSA_PKCS1_2048_8192_SHA512),
        _ => Err(Refused::SignatureKind),
    }
}

fn check_rsa(
    parameters: &RsaParameters,
    modulus: &[u8],
    exponent: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), Refused> {
    // Some agents leave out zeros at its beginning.
    let signature = widen(signature, modulus.len())?;
    let key = RsaPublicKeyComponents { n: modulus, e: exponent };
    key.verify(parameters, message, &signature).map_err(|_| Refused::Forged)
}

/// Puts zeros in front up to a width.
fn widen(number: &[u8], width: usize) -> Result<Vec<u8>, Refused> {
    let missing = width.checked_sub(number.len()).ok_or(Refused::Malformed)?;
    let mut wide = vec![0; missing];
    wide.extend_from_slice(number);
    Ok(wide)
}

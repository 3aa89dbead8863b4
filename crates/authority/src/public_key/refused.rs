//! Why a key or a signature is not taken.

use std::fmt;

/// The reason, for whoever registers a key, and for the audit.
///
/// A peer that signs in is never told: its denial is the same for every cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refused {
    /// More bytes than any key or signature that would be taken.
    TooLong,
    /// No line of the form `type base64 comment`.
    NotAKey,
    /// A line of `authorized_keys` with options in front.
    Options,
    /// A certificate in place of a key.
    Certificate,
    /// DSA.
    Dsa,
    /// A kind of key that is not known here.
    UnknownKind,
    /// The kind that the line names is not that of its key.
    Mismatch,
    /// Control characters in the comment, or too long a one.
    Comment,
    /// An RSA modulus of fewer than 3,072 bits.
    RsaTooSmall,
    /// An RSA modulus of more than 8,192 bits.
    RsaTooLarge,
    /// An RSA exponent that no program makes.
    RsaExponent,
    /// The bytes are not in the form they should be.
    Malformed,
    /// A version of the signature's form other than 1.
    Version,
    /// Signed for another purpose.
    Namespace,
    /// A hash other than SHA-256 and SHA-512.
    Hash,
    /// A kind of signature that the key does not make, or RSA with SHA-1.
    SignatureKind,
    /// The security key was not touched.
    NoUserPresence,
    /// The signature is not the key's over this message.
    Forged,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "it is too long",
            Self::NotAKey => "it is not one line of the form: type base64 comment",
            Self::Options => "options before the key are not supported; give the key alone",
            Self::Certificate => "certificates are not supported; give the key itself",
            Self::Dsa => "DSA keys are too weak",
            Self::UnknownKind => "this kind of key is not supported",
            Self::Mismatch => "the kind that the line names is not that of its key",
            Self::Comment => "the comment is too long or has control characters",
            Self::RsaTooSmall => "an RSA key needs at least 3072 bits",
            Self::RsaTooLarge => "an RSA key may have at most 8192 bits",
            Self::RsaExponent => "the exponent of the RSA key is unusual",
            Self::Malformed => "the bytes are not well formed",
            Self::Version => "the version of the signature is not supported",
            Self::Namespace => "it was signed for another purpose",
            Self::Hash => "the hash of the signature is not supported",
            Self::SignatureKind => "the kind of the signature is not supported for this key",
            Self::NoUserPresence => "the security key was not touched",
            Self::Forged => "the signature does not match",
        })
    }
}

impl std::error::Error for Refused {}

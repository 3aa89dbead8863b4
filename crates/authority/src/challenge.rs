//! The bytes that a key signs to prove who its holder is.
//!
//! Everything that makes a proof useless elsewhere is in them: the node, the connection, the moment, the account and
//! the profile asked for. `docs/signing.md` describes the layouts for those who write a client.

use std::fmt;

use capos_schema::signing::{RENEWAL, SIGN_IN};

/// Whom a sign-in is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector<'a> {
    /// By the account's name.
    Account(&'a str),
    /// By the principal's opaque handle.
    Principal(&'a [u8]),
}

/// What a challenge of a sign-in binds.
#[derive(Clone, Debug)]
pub struct SignIn<'a> {
    /// The node, as its clients pin it.
    pub node: [u8; 32],
    /// The connection's TLS exporter value; zero where there is no TLS.
    pub channel_binding: [u8; 32],
    /// Fresh from this node for each challenge.
    pub server_nonce: [u8; 32],
    /// What the client sent when it started the flow.
    pub client_nonce: &'a [u8],
    /// Whom the sign-in is for.
    pub selector: Selector<'a>,
    /// The profile asked for; empty for the account's default.
    pub profile: &'a str,
    /// When the challenge can no longer be answered.
    pub expires_at_ms: u64,
}

/// A field does not fit the layout: more than 65,535 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field of the challenge is too long")
    }
}

impl std::error::Error for TooLong {}

impl SignIn<'_> {
    /// The challenge, to be signed as it is.
    pub fn bytes(&self) -> Result<Vec<u8>, TooLong> {
        let (account, principal): (&[u8], &[u8]) = match self.selector {
            Selector::Account(name) => (name.as_bytes(), &[]),
            Selector::Principal(handle) => (&[], handle),
        };
        let mut bytes = SIGN_IN.to_vec();
        for fixed in [&self.node, &self.channel_binding, &self.server_nonce] {
            bytes.extend_from_slice(fixed);
        }
        for field in [self.client_nonce, account, principal, self.profile.as_bytes()] {
            put_field(&mut bytes, field)?;
        }
        bytes.extend_from_slice(&self.expires_at_ms.to_be_bytes());
        Ok(bytes)
    }
}

fn put_field(bytes: &mut Vec<u8>, field: &[u8]) -> Result<(), TooLong> {
    let length = u16::try_from(field.len()).map_err(|_| TooLong)?;
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(field);
    Ok(())
}

/// What the same key signs to have its session renewed.
///
/// The session's end is in it, so each renewal needs a signature of its own.
pub fn renewal(signed_in_with: &[u8; 32], handle: &[u8; 16], expires_at_ms: u64) -> Vec<u8> {
    [RENEWAL, signed_in_with, handle, &expires_at_ms.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in<'a>(selector: Selector<'a>, client_nonce: &'a [u8], profile: &'a str) -> SignIn<'a> {
        SignIn {
            node: [1; 32],
            channel_binding: [2; 32],
            server_nonce: [3; 32],
            client_nonce,
            selector,
            profile,
            expires_at_ms: 0x0102_0304_0506_0708,
        }
    }

    #[test]
    fn a_sign_in_is_laid_out_as_documented() {
        let mut expected = b"capos-remote-session sign-in 1\0".to_vec();
        expected.extend([1; 32].iter().chain(&[2; 32]).chain(&[3; 32]));
        expected.extend(b"\0\x02no\0\x03ann\0\0\0\x04user\x01\x02\x03\x04\x05\x06\x07\x08");
        assert_eq!(sign_in(Selector::Account("ann"), b"no", "user").bytes().unwrap(), expected);
    }

    #[test]
    fn a_renewal_is_laid_out_as_documented() {
        let expected = [b"capos-remote-session renewal 1\0".as_slice(), &[7; 32], &[8; 16], &[0, 0, 0, 0, 0, 0, 1, 0]];
        assert_eq!(renewal(&[7; 32], &[8; 16], 256), expected.concat());
    }

    #[test]
    fn no_two_requests_share_a_challenge() {
        let different = [
            sign_in(Selector::Account("ab"), b"", ""),
            sign_in(Selector::Account("a"), b"", "b"),
            sign_in(Selector::Principal(b"ab"), b"", ""),
            sign_in(Selector::Account(""), b"ab", ""),
            sign_in(Selector::Account(""), b"", "ab"),
        ];
        let bytes: std::collections::HashSet<_> = different.iter().map(|one| one.bytes().unwrap()).collect();
        assert_eq!(bytes.len(), different.len());
    }

    #[test]
    fn a_field_that_does_not_fit_is_refused_and_not_cut() {
        let fits = "a".repeat(usize::from(u16::MAX));
        let longer = format!("{fits}a");
        assert!(sign_in(Selector::Account(&fits), &[], "").bytes().is_ok());
        assert_eq!(sign_in(Selector::Account(&longer), &[], "").bytes(), Err(TooLong));
        assert_eq!(sign_in(Selector::Principal(longer.as_bytes()), &[], "").bytes(), Err(TooLong));
        assert_eq!(sign_in(Selector::Account(""), longer.as_bytes(), "").bytes(), Err(TooLong));
        assert_eq!(sign_in(Selector::Account(""), &[], &longer).bytes(), Err(TooLong));
    }
}

//! What a script may say, as its bytes choose it.

use capos_schema::gateway_capnp::RemoteAuthKind;

use super::super::bytes::Bytes;
use super::world::{ACCOUNT, PASSWORD};
use crate::front::Start;

const KINDS: [RemoteAuthKind; 9] = [
    RemoteAuthKind::Password,
    RemoteAuthKind::PublicKey,
    RemoteAuthKind::OidcDeviceCode,
    RemoteAuthKind::OidcAuthorizationCodePkce,
    RemoteAuthKind::Passkey,
    RemoteAuthKind::MtlsClientCert,
    RemoteAuthKind::Guest,
    RemoteAuthKind::Anonymous,
    RemoteAuthKind::ServiceCredential,
];

/// Mostly the two ways in which an account signs in.
pub(super) fn kind(bytes: &mut Bytes<'_>) -> RemoteAuthKind {
    let choice = usize::from(bytes.byte());
    KINDS[if choice < 224 { choice % 2 } else { choice % KINDS.len() }]
}

pub(super) fn start(bytes: &mut Bytes<'_>) -> Start {
    let mut start = Start::of(match bytes.below(8) {
        0..=3 => ACCOUNT,
        4 => "disabled",
        5 => "nobody",
        6 => "visitor",
        _ => "",
    });
    if bytes.below(8) == 7 {
        start.by_principal = true;
        start.selector = bytes.take(40).to_vec();
    }
    start.profile =
        ["", "user", "operator", "guest", "nothing"][usize::from(bytes.below(16)).saturating_sub(11)].to_owned();
    start.nonce = vec![7; usize::from(bytes.byte()) * 2];
    start
}

/// An answer to a step.
pub(super) enum Response {
    /// Empty, or what is no proof of anybody.
    Words(Vec<u8>),
    /// The account's password.
    Password,
    /// A signature over the challenge that came last, by the account's key, or by another one.
    Signature { own: bool },
}

impl Response {
    pub(super) fn choose(bytes: &mut Bytes<'_>) -> Self {
        match bytes.below(12) {
            0..=3 => Self::Words(Vec::new()),
            4 => Self::Password,
            5 => Self::Signature { own: true },
            6 => Self::Signature { own: false },
            7 => Self::Words(PASSWORD[1..].into()),
            8 => Self::Words(vec![b'x'; 20_000]),
            9 => Self::Words(b"SSHSIG\0\0\0\x01".to_vec()),
            _ => Self::Words(bytes.take(60).to_vec()),
        }
    }
}

/// A name and an interface that go together, or not.
pub(super) fn grant(bytes: &mut Bytes<'_>) -> (&'static str, u64) {
    let names = ["session", "system_info", "manual", "accounts", "nothing", ""];
    let interfaces = [crate::front::USER_SESSION, crate::front::SYSTEM_INFO, 0xa475_40e0_9e7d_1f31, 7];
    (names[usize::from(bytes.below(6))], interfaces[usize::from(bytes.below(4))])
}

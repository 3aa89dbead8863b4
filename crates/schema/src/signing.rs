//! What a signature of a sign-in is made for, as node and client both write it down.
//!
//! The layouts that begin with these tags are in `docs/signing.md`; one side builds them, the other takes them apart.

/// The namespace of SSHSIG signatures: one made for mail or for a file proves nothing here.
pub const NAMESPACE: &str = "capos-remote-session";

/// What the challenge of a sign-in begins with.
pub const SIGN_IN: &[u8] = b"capos-remote-session sign-in 1\0";

/// What the challenge of a renewal begins with: it can be mistaken for none of a sign-in.
pub const RENEWAL: &[u8] = b"capos-remote-session renewal 1\0";

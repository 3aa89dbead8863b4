//! What may be signed: a challenge that is of use on this connection, to this account and profile, and nowhere else.
//!
//! A node that relays the challenge of another node's, to sign in there with the signature, has a connection of its
//! own to that node; its channel binding stands in the challenge, and is not this connection's.

use capos_schema::signing::SIGN_IN as TAG;

/// Node id, channel binding, server nonce.
const FIXED: usize = 32;
/// The expiry at the end.
const EXPIRY: usize = 8;

/// What a challenge has to name.
pub(super) struct Expected<'e> {
    pub(super) nonce: &'e [u8],
    pub(super) account: &'e str,
    pub(super) profile: &'e str,
    /// Of this side's own TLS connection; zeroes without TLS.
    pub(super) binding: [u8; 32],
    /// The digest of the node's key, where TLS proved it.
    pub(super) node: Option<[u8; 32]>,
}

/// Whether the challenge is bound to all that is expected, in the places that are documented, with nothing after.
pub(super) fn check(challenge: &[u8], expected: &Expected<'_>) -> Result<(), &'static str> {
    let mut rest = Rest(challenge);
    if rest.take(TAG.len())? != TAG {
        return Err("what is no sign-in challenge");
    }
    let node = rest.take(FIXED)?;
    if expected.node.is_some_and(|expected| expected != node) {
        return Err("another node's challenge");
    }
    same(rest.take(FIXED)?, &expected.binding, "a challenge for another connection")?;
    rest.take(FIXED)?;
    same(rest.counted()?, expected.nonce, "a challenge for another client")?;
    same(rest.counted()?, expected.account.as_bytes(), "a challenge for another account")?;
    same(rest.counted()?, &[], "a challenge for another account")?;
    same(rest.counted()?, expected.profile.as_bytes(), "a challenge for another profile")?;
    rest.take(EXPIRY)?;
    same(rest.0, &[], MISSHAPEN)
}

const MISSHAPEN: &str = "a challenge of the wrong shape";

fn same(found: &[u8], expected: &[u8], otherwise: &'static str) -> Result<(), &'static str> {
    if found == expected { Ok(()) } else { Err(otherwise) }
}

struct Rest<'c>(&'c [u8]);

impl<'c> Rest<'c> {
    fn take(&mut self, count: usize) -> Result<&'c [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(MISSHAPEN)?;
        self.0 = rest;
        Ok(taken)
    }

    fn counted(&mut self) -> Result<&'c [u8], &'static str> {
        let length = self.take(2)?.try_into().map_err(|_| MISSHAPEN)?;
        self.take(u16::from_be_bytes(length).into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn challenge(expected: &Expected<'_>) -> Vec<u8> {
        let counted = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
        [
            TAG,
            &expected.node.unwrap_or([9; 32]),
            &expected.binding,
            &[7; 32],
            &counted(expected.nonce),
            &counted(expected.account.as_bytes()),
            &counted(b""),
            &counted(expected.profile.as_bytes()),
            &1_u64.to_be_bytes(),
        ]
        .concat()
    }

    fn expected() -> Expected<'static> {
        Expected { nonce: &[5; 32], account: "ada", profile: "", binding: [3; 32], node: Some([1; 32]) }
    }

    #[test]
    fn a_challenge_for_all_that_was_asked_is_signed() {
        assert_eq!(check(&challenge(&expected()), &expected()), Ok(()));
        let unproven = Expected { node: None, binding: [0; 32], ..expected() };
        assert_eq!(check(&challenge(&unproven), &unproven), Ok(()));
    }

    #[test]
    fn a_challenge_for_anything_else_is_not() {
        for (other, problem) in [
            (Expected { node: Some([2; 32]), ..expected() }, "another node's challenge"),
            (Expected { binding: [4; 32], ..expected() }, "a challenge for another connection"),
            (Expected { nonce: &[6; 32], ..expected() }, "a challenge for another client"),
            (Expected { account: "eve", ..expected() }, "a challenge for another account"),
            (Expected { profile: "operator", ..expected() }, "a challenge for another profile"),
        ] {
            assert_eq!(check(&challenge(&other), &expected()), Err(problem));
        }
        let longer = [challenge(&expected()), vec![0]].concat();
        assert_eq!(check(&longer, &expected()), Err(MISSHAPEN));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_shorter_or_spoilt_in_a_bound_place_is_signed(cut in 0_usize..1000, at in 0_usize..1000, bit in 0_u8..8) {
            let good = challenge(&expected());
            let cut = cut % good.len();
            prop_assert!(check(&good[..cut], &expected()).is_err());
            let mut spoilt = good.clone();
            let at = at % good.len();
            spoilt[at] ^= 1 << bit;
            let (nonce, end) = (TAG.len() + 64..TAG.len() + 96, good.len() - EXPIRY..);
            let free = nonce.contains(&at) || end.contains(&at);
            prop_assert_eq!(check(&spoilt, &expected()).is_ok(), free);
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in any::<Vec<u8>>()) {
            prop_assert!(check(&[TAG, &bytes].concat(), &expected()).is_err());
        }
    }
}

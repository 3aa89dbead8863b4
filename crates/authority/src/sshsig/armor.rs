//! The text form of a signature: base64 between two lines of dashes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::public_key::Refused;

const BEGIN: &[u8] = b"-----BEGIN SSH SIGNATURE-----";
const END: &[u8] = b"-----END SSH SIGNATURE-----";

/// The bytes within. Only white space may be around the two lines: nothing else is looked for.
pub(super) fn strip(text: &[u8]) -> Result<Vec<u8>, Refused> {
    let inner = text.trim_ascii().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
    let base64: Vec<u8> =
        inner.ok_or(Refused::Malformed)?.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    STANDARD.decode(base64).map_err(|_| Refused::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_end_in_any_way() {
        for text in [
            "-----BEGIN SSH SIGNATURE-----\nU1NI\nU0lH\n-----END SSH SIGNATURE-----\n",
            "-----BEGIN SSH SIGNATURE-----\r\nU1NIU0lH\r\n-----END SSH SIGNATURE-----",
            "\n -----BEGIN SSH SIGNATURE-----U1NIU0lH-----END SSH SIGNATURE-----\n\n",
        ] {
            assert_eq!(strip(text.as_bytes()), Ok(b"SSHSIG".to_vec()), "{text}");
        }
    }

    #[test]
    fn half_an_armor_is_refused() {
        for text in [
            "",
            "U1NIU0lH",
            "-----BEGIN SSH SIGNATURE-----",
            "-----END SSH SIGNATURE-----",
            "-----BEGIN SSH SIGNATURE-----\nU1NIU0l\n-----END SSH SIGNATURE-----",
            "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH*\n-----END SSH SIGNATURE-----",
            "note\n-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----",
        ] {
            assert_eq!(strip(text.as_bytes()), Err(Refused::Malformed), "{text}");
        }
    }
}

//! Names of accounts, roles, profiles and grants.

use crate::Error;

/// Longest name.
const LONGEST: usize = 64;

/// One to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit, with no empty part between dots: a name is one
/// in every alphabet that has to carry it, and no two look alike but for their case.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    text.len() <= LONGEST
        && text.bytes().all(allowed)
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !text.split('.').any(str::is_empty)
}

pub(crate) fn check_name(what: &str, text: &str) -> Result<(), Error> {
    if is_name(text) {
        return Ok(());
    }
    let rule = "is 1 to 64 of a-z 0-9 . _ -, begins with a letter or digit, and has no two dots together or at its end";
    Err(Error::invalid(format!("the name of {what} {rule}")))
}

/// What a person typed, as the name it means.
pub(crate) fn folded(text: &str) -> String {
    text.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_to_the_rule() {
        let longest = "a".repeat(LONGEST);
        for good in ["a", "0", "alice", "build-7.host_2", &longest] {
            assert!(is_name(good), "{good}");
        }
        let longer = "a".repeat(LONGEST + 1);
        for bad in ["", "Alice", "-a", ".a", "_a", "a..b", "a.", "a b", "ä", "а", "a/b", "a\0", &longer] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}

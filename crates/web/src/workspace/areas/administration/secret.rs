//! Passwords that the workspace makes for somebody.

use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

/// Letters that nobody takes for one another; as many as a byte has values a whole number of times.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS: usize = 5;
const GROUP: usize = 4;

/// Twenty random letters, a hundred bits, in groups.
pub(super) fn password() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; GROUPS * GROUP]);
    SystemRandom::new().fill(bytes.as_mut()).expect("this system gives random bytes");
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let mut password = Zeroizing::new(String::with_capacity(GROUPS * (GROUP + 1)));
    for (number, group) in bytes.chunks(GROUP).enumerate() {
        if number > 0 {
            password.push('-');
        }
        group.iter().map(letter).for_each(|letter| password.push(letter));
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_legible_and_never_the_same() {
        let (one, other) = (password(), password());
        assert_eq!(one.len(), 24);
        assert!(one.split('-').all(|group| group.len() == 4 && group.bytes().all(|letter| LETTERS.contains(&letter))));
        assert_ne!(one, other);
    }
}

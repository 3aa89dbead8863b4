//! What was typed, each piece once: a window that does not know whether something arrived sends it again.

use crate::workspace::view::Key;

/// The last number of each window that types.
#[derive(Debug, Default)]
pub(super) struct Typing(Vec<(Key, u64)>);

impl Typing {
    /// Whether this is new. The window that was silent longest is forgotten where there are more than `most`.
    pub(super) fn is_new(&mut self, from: Key, number: u64, most: usize) -> bool {
        let at = self.0.iter().position(|(window, _)| *window == from);
        let last = at.map(|at| self.0.remove(at).1);
        if last.is_none() && self.0.len() >= most {
            self.0.remove(0);
        }
        let is_new = last.is_none_or(|last| number > last);
        self.0.push((from, last.unwrap_or(0).max(number)));
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_again_is_typed_once() {
        let (mut typing, one, other) = (Typing::default(), Key::new(), Key::new());
        assert!(typing.is_new(one, 1, 2));
        assert!(!typing.is_new(one, 1, 2));
        assert!(typing.is_new(one, 2, 2));
        assert!(!typing.is_new(one, 1, 2), "what is old stays old");
        assert!(typing.is_new(other, 1, 2), "each window counts for itself");
    }

    #[test]
    fn the_window_that_was_silent_longest_is_forgotten() {
        let (mut typing, keys) = (Typing::default(), [Key::new(), Key::new(), Key::new()]);
        for key in keys.iter().take(2) {
            typing.is_new(*key, 5, 2);
        }
        assert!(!typing.is_new(keys[0], 5, 2));
        typing.is_new(keys[2], 5, 2);
        assert!(!typing.is_new(keys[0], 5, 2));
        assert_eq!(typing.0.len(), 2);
    }
}

//! What a WebSocket's close frame can say.

use crate::error::Thrown;
use crate::value::Value;

/// Bytes of a close frame's reason: a control frame has 125, two are the code.
const LIMIT: usize = 123;

/// The reason as text, cut between characters.
pub(super) fn close_reason(thrown: &Thrown) -> String {
    let mut text = match &thrown.0 {
        Value::Error(error) => error.message.clone(),
        Value::String(text) => text.clone(),
        _ => String::new(),
    };
    text.truncate(text.floor_char_boundary(LIMIT));
    text
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, close_reason};
    use crate::error::Error;

    #[test]
    fn a_reason_is_cut_between_characters() {
        let cut = |text: &str| close_reason(&Error::new("Error", text).into());
        assert_eq!(cut(&"a".repeat(LIMIT)).len(), LIMIT);
        assert_eq!(cut(&"a".repeat(LIMIT + 1)).len(), LIMIT);
        assert_eq!(cut(&"✓".repeat(42)).len(), 123);
        assert_eq!(cut(&format!("a{}", "✓".repeat(41))).len(), 121);
    }
}

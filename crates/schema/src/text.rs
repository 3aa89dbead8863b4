//! Text that came from elsewhere, before a person reads it.

/// Whether a character does something other than be seen: a terminal obeys it, or it hides or reorders what is around
/// it.
///
/// Joiners do not count: scripts and emoji are written with them.
#[must_use]
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}'      // directional marks
            | '\u{202a}'..='\u{202e}'                 // directional embeddings and overrides
            | '\u{2028}' | '\u{2029}'                 // line and paragraph ends
            | '\u{200b}' | '\u{2060}'..='\u{206f}'    // spaces without width, directional isolates, format controls
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'    // byte order mark, annotations
            | '\u{e0000}'..='\u{e007f}') // invisible tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_seen_does_not_act_and_the_rest_does() {
        assert!(!"Grüße, 世界 👩‍👩‍👧 — «می‌خواهم»".chars().any(acts));
        for c in
            "\x1b\x07\n\t\u{7f}\u{9b}\u{61c}\u{200b}\u{200f}\u{2028}\u{202e}\u{2060}\u{2066}\u{feff}\u{e0041}".chars()
        {
            assert!(acts(c), "{c:?}");
        }
    }
}

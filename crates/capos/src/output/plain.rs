//! Text without anything that a terminal would obey.

use std::fmt::Write as _;

use capos_schema::text::acts;

/// The text with every control character but the line feed replaced, and with it what reorders or hides text.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if is_safe(c) { c } else { shown(c) }).collect()
}

/// The same for JSON, where such a character can only be in a string: there it becomes an escape.
pub(crate) fn plain_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if is_safe(c) {
            safe.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe
}

fn shown(c: char) -> char {
    if c == '\t' { ' ' } else { char::REPLACEMENT_CHARACTER }
}

fn is_safe(c: char) -> bool {
    c == '\n' || !acts(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_passes() {
        let hostile = "a\x1b[31mb\u{9b}2Jc\x07d\re\u{202e}f\u{7f}g\th\n";
        assert_eq!(plain(hostile), "a\u{fffd}[31mb\u{fffd}2Jc\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd}g h\n");
    }

    #[test]
    fn json_keeps_the_value_and_loses_the_bytes() {
        let value = serde_json::json!({ "text": "a\x1b\u{9b}\u{202e}\u{e0041}ü\n" });
        let safe = plain_json(&value.to_string());
        assert!(safe.chars().all(is_safe));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}

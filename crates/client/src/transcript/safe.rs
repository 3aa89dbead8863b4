//! What may stand in a row.

use serde_json::{Map, Value};

use super::Note;
use crate::limits::Limits;
use crate::text::plain_within;

/// Longest name in a row.
const NAME_BYTES: usize = 64;
/// A row's longest noted value.
const VALUE_BYTES: usize = 64;
/// So many hexadecimal digits on end are an id of something, whatever they are called.
const ID_DIGITS: usize = 16;

/// The text, if it is plainly a name and no address, id or secret; else nothing.
///
/// Names are words of letters, digits, `_` and `-` that begin with a letter, with single dots between.
pub(crate) fn name(text: &str) -> String {
    let named = text.len() <= NAME_BYTES && text.split('.').all(is_word);
    if named { text.to_owned() } else { String::new() }
}

fn is_word(word: &str) -> bool {
    let mut runs = word.split(|c: char| !c.is_ascii_hexdigit());
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && runs.all(|digits| digits.len() < ID_DIGITS)
}

/// The arguments that the caller declared safe, if they are numbers, yes or no, or short texts.
pub(crate) fn notes(params: &Map<String, Value>, safe: &[&str], bounds: &Limits) -> Vec<Note> {
    let declared = safe.iter().filter_map(|&key| Some((key, params.get(key)?)));
    let shown = declared.filter_map(|(key, value)| Some(Note { name: name(key), value: shown(value, bounds)? }));
    shown.take(8).collect()
}

fn shown(value: &Value, bounds: &Limits) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::String(text) => Some(plain_within(text, VALUE_BYTES.min(bounds.text_bytes))),
        _ => None,
    }
}

//! Strings of JSON.

/// Where a string ends whose first byte is the first of `bytes`, and whether it has escapes. None if it does not end,
/// or is not valid before.
pub(super) fn scan(bytes: &[u8]) -> Option<(usize, bool)> {
    let mut at = plain(bytes, 0);
    if bytes.get(at) == Some(&b'"') {
        return Some((at, false));
    }
    while bytes.get(at) == Some(&b'\\') {
        at = plain(bytes, at + escape_length(bytes.get(at + 1..)?)?);
    }
    (bytes.get(at) == Some(&b'"')).then_some((at, true))
}

/// Where the next byte stands that is not simply itself.
fn plain(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    // Looking at all bytes of a block, whatever the first ones are, is done with many at a time.
    let blocks = rest.chunks_exact(BLOCK).take_while(|block| !block.iter().fold(false, |any, byte| any | ends(*byte)));
    let clean = blocks.count() * BLOCK;
    let last = rest.get(clean..).unwrap_or_default();
    at + clean + last.iter().take_while(|byte| !ends(**byte)).count()
}

const BLOCK: usize = 32;

fn ends(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// The bytes of the escape that follows a backslash, with it.
fn escape_length(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' if bytes.get(1..5)?.iter().all(u8::is_ascii_hexdigit) => Some(6),
        _ => None,
    }
}

/// What a string that was scanned says. Halves of characters that are not a whole one become U+FFFD.
pub(super) fn decode(raw: &str) -> String {
    let mut decoded = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        decoded.push_str(plain);
        let (character, taken) = unescape(escape);
        decoded.push(character);
        rest = escape.get(taken..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

/// The character of an escape without its backslash, and how many bytes it takes.
fn unescape(escape: &str) -> (char, usize) {
    let character = match escape.as_bytes().first() {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unescape_unit(escape),
        Some(other) => char::from(*other),
        None => char::REPLACEMENT_CHARACTER,
    };
    (character, 1)
}

fn unescape_unit(escape: &str) -> (char, usize) {
    let Some(unit) = unit(escape) else { return (char::REPLACEMENT_CHARACTER, 1) };
    let second = escape.get(5..).and_then(|rest| rest.strip_prefix('\\')).and_then(self::unit);
    let pair = [unit, second.unwrap_or_default()];
    match char::decode_utf16(pair).next() {
        Some(Ok(character)) if character.len_utf16() == 2 => (character, 11),
        Some(Ok(character)) => (character, 5),
        _ => (char::REPLACEMENT_CHARACTER, 5),
    }
}

/// Of `uXXXX`.
fn unit(escape: &str) -> Option<u16> {
    u16::from_str_radix(escape.strip_prefix('u')?.get(..4)?, 16).ok()
}

/// Writes a string with its quotes.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let (byte, after) = special.split_at(1);
        write_escape(byte, out);
        rest = after;
    }
    out.push_str(rest);
    out.push('"');
}

fn write_escape(byte: &str, out: &mut String) {
    match byte {
        "\"" => out.push_str("\\\""),
        "\\" => out.push_str("\\\\"),
        "\n" => out.push_str("\\n"),
        "\r" => out.push_str("\\r"),
        "\t" => out.push_str("\\t"),
        _ => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            let value = usize::from(byte.as_bytes().first().copied().unwrap_or_default());
            out.push_str(if value < 16 { "\\u000" } else { "\\u001" });
            out.push(char::from(DIGITS[value & 15]));
        }
    }
}

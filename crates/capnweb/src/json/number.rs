//! Numbers of JSON.

use std::fmt::Write as _;

/// Digits that an `f64` holds exactly, whatever they are.
const EXACT_DIGITS: usize = 15;

/// The number at the beginning of a text, and how many bytes it takes.
pub(super) fn read(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let minus = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(bytes, minus);
    if whole == minus || (whole > minus + 1 && bytes.get(minus) == Some(&b'0')) {
        return None;
    }
    let end = exponent(bytes, fraction(bytes, whole)?)?;
    let written = text.get(..end)?;
    if end == whole && whole - minus <= EXACT_DIGITS {
        return Some((small(written.as_bytes(), minus), end));
    }
    Some((written.parse().ok()?, end))
}

/// Few digits are far faster read by hand.
fn small(written: &[u8], minus: usize) -> f64 {
    let digits = written.iter().skip(minus);
    let value = digits.fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0')) as f64;
    if minus == 1 { -value } else { value }
}

/// Where the digits from `at` on end.
fn digits(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn fraction(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'.') {
        return Some(at);
    }
    Some(digits(bytes, at + 1)).filter(|end| *end > at + 1)
}

fn exponent(bytes: &[u8], at: usize) -> Option<usize> {
    if !matches!(bytes.get(at), Some(b'e' | b'E')) {
        return Some(at);
    }
    let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
    Some(digits(bytes, at + 1 + sign)).filter(|end| *end > at + 1 + sign)
}

/// Writes a number so that it is read as the same again, infinite ones and minus zero included. One that is none
/// becomes null.
pub(crate) fn write_number(number: f64, out: &mut String) {
    const WRITTEN_WHOLE: f64 = 1e16;
    if number.is_nan() {
        out.push_str("null");
    } else if number.is_infinite() {
        out.push_str(if number > 0.0 { "1e999" } else { "-1e999" });
    } else if number == 0.0 {
        out.push_str(if number.is_sign_negative() { "-0" } else { "0" });
    } else if number.fract() == 0.0 && number.abs() < WRITTEN_WHOLE {
        write_integer(number as i64, out);
    } else {
        // Unlike `Display`, this writes large and small numbers with an exponent.
        write!(out, "{number:?}").expect("a string takes what is written to it");
    }
}

/// Writes an integer.
pub(crate) fn write_integer(number: i64, out: &mut String) {
    write!(out, "{number}").expect("a string takes what is written to it");
}

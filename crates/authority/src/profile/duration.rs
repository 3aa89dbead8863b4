//! Times as an operator writes them: `90s`, `15m`, `12h`, `7d`, and sums of these.

use std::time::Duration;

/// A time in milliseconds; nothing for what is none.
pub(crate) fn parse_duration(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut sum = 0u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        sum = sum.checked_add(number.parse::<u64>().ok()?.checked_mul(unit_ms(unit)?)?)?;
        rest = after.trim_start();
    }
    Some(sum)
}

fn unit_ms(unit: &str) -> Option<u64> {
    Some(match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    })
}

pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_units_and_nothing_else() {
        let ours = [("90s", 90_000), ("15m", 900_000), ("1h 30m", 5_400_000), ("7d", 604_800_000), ("5ms", 5)];
        for (text, ms) in ours {
            assert_eq!(parse_duration(text), Some(ms), "{text}");
        }
        for text in ["", " ", "12", "h", "-1h", "1.5h", "1y", "99999999999999999999s", "9999999999999999d", "1h;"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}

//! Times for people.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time as `2026-11-21T07:00:00Z`; a hyphen for none.
pub(crate) fn utc(at_ms: u64) -> String {
    match (at_ms, UNIX_EPOCH.checked_add(Duration::from_millis(at_ms))) {
        (0, _) | (_, None) => "-".to_owned(),
        // The library formats no time beyond the year 9999.
        (_, Some(time)) if at_ms < 253_402_300_800_000 => humantime::format_rfc3339_seconds(time).to_string(),
        _ => "never".to_owned(),
    }
}

/// How far a time is away, as `in 3h 12m` or `5m ago`; `never` for none.
pub(crate) fn away(at_ms: u64) -> String {
    match UNIX_EPOCH.checked_add(Duration::from_millis(at_ms)) {
        Some(time) if at_ms > 0 => match time.duration_since(SystemTime::now()) {
            Ok(left) => format!("in {}", span(left)),
            Err(passed) => format!("{} ago", span(passed.duration())),
        },
        _ => "never".to_owned(),
    }
}

/// A length of time, in the two largest units that it has.
pub(crate) fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [("d", seconds / 86_400), ("h", seconds / 3600 % 24), ("m", seconds / 60 % 60), ("s", seconds % 60)];
    let parts: Vec<String> = units
        .iter()
        .skip_while(|(_, n)| *n == 0)
        .take(2)
        .filter(|(_, n)| *n > 0)
        .map(|(unit, n)| format!("{n}{unit}"))
        .collect();
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        for (seconds, text) in
            [(0, "0s"), (59, "59s"), (3600, "1h"), (3_725, "1h 2m"), (90_000, "1d 1h"), (86_460, "1d")]
        {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn times_beyond_the_calendar_are_never() {
        assert_eq!(utc(0), "-");
        assert_eq!(utc(1_000), "1970-01-01T00:00:01Z");
        assert_eq!(utc(u64::MAX), "never");
        assert_eq!(away(0), "never");
    }
}

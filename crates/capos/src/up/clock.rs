//! Notices when the clock on the wall was set: leases and sessions do not move with it, dates in the journal do.

use std::time::{Duration, SystemTime};

use anyhow::Result;
use capos_authority::{Authority, Event};
use capos_store::Store;

/// What a clock may be corrected by without a word; the time service moves it in small steps all day.
const TOLERANCE_MS: u64 = 2000;
/// What a clock may be behind the journal at the start.
const BEHIND_MS: u64 = 60_000;
/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A clock on the wall, beside one that nobody can set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClockWatch {
    wall_ms: u64,
    steady_ns: u64,
}

/// How far the clock on the wall was set, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jump {
    Forward(Duration),
    Back(Duration),
}

impl ClockWatch {
    /// Begins with what both show.
    pub(crate) fn new(wall_ms: u64, steady_ns: u64) -> Self {
        Self { wall_ms, steady_ns }
    }

    /// Compares what both show with the last time.
    pub(crate) fn look(&mut self, wall_ms: u64, steady_ns: u64) -> Option<Jump> {
        let passed_ms = steady_ns.saturating_sub(self.steady_ns) / 1_000_000;
        let expected = self.wall_ms.saturating_add(passed_ms);
        *self = Self::new(wall_ms, steady_ns);
        let ahead = Duration::from_millis(wall_ms.saturating_sub(expected));
        let behind = Duration::from_millis(expected.saturating_sub(wall_ms));
        match wall_ms.abs_diff(expected) {
            0..=TOLERANCE_MS => None,
            _ if wall_ms > expected => Some(Jump::Forward(ahead)),
            _ => Some(Jump::Back(behind)),
        }
    }
}

/// Says so where the clock shows a time before the last that was written down.
pub(crate) async fn compare_with_journal(store: &Store, wall_ms: u64) -> Result<()> {
    let end = store.head().await?.sequence;
    let last = store.rows(end.max(1), 1).await?.first().map(|row| row.entry.at_ms);
    if let Some(last) = last.filter(|last| wall_ms.saturating_add(BEHIND_MS) < *last) {
        tracing::warn!(
            "the clock shows {}, and the journal's last row is of {}: one of them was wrong; set the clock if it is",
            shown(wall_ms),
            shown(last)
        );
    }
    Ok(())
}

fn shown(ms: u64) -> String {
    // Past the year 9999 there is no such date.
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(ms.min(253_402_300_799_000)));
    time.map_or_else(|| "no date".to_owned(), |time| humantime::format_rfc3339_seconds(time).to_string())
}

/// Says so, and writes it down, each time the clock is set.
pub(crate) async fn watch(authority: Authority) {
    let clock = authority.clock().clone();
    let mut watch = ClockWatch::new(clock.wall_ms(), clock.steady_ns());
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(jump) = watch.look(clock.wall_ms(), clock.steady_ns()) else { continue };
        let (way, by) = match jump {
            Jump::Forward(by) => ("forward", by),
            Jump::Back(by) => ("back", by),
        };
        let shown = humantime::format_duration(by);
        tracing::warn!("the clock was set {way} by {shown}; sessions and leases last as long as before");
        let by_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let event = Event::new("clock.set").with("way", way).with("byMs", by_ms);
        if let Err(error) = authority.audit().record(event).await {
            tracing::warn!(%error, "that the clock was set could not be recorded");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_clock_that_was_set_is_noticed_once() {
        let mut watch = ClockWatch::new(1_000_000, 0);
        assert_eq!(watch.look(1_005_000, 5 * SECOND), None);
        assert_eq!(watch.look(1_010_000 + TOLERANCE_MS, 10 * SECOND), None, "at the tolerance");
        let hour = Duration::from_secs(3600);
        assert_eq!(watch.look(1_017_000 + 3_600_000, 15 * SECOND), Some(Jump::Forward(hour)));
        assert_eq!(watch.look(1_022_000 + 3_600_000, 20 * SECOND), None, "it is the new time");
        assert_eq!(watch.look(1_027_000, 25 * SECOND), Some(Jump::Back(hour)));
        let back = Jump::Back(Duration::from_millis(TOLERANCE_MS + 1));
        assert_eq!(watch.look(1_032_000 - TOLERANCE_MS - 1, 30 * SECOND), Some(back), "past the tolerance");
    }

    #[test]
    fn a_long_sleep_of_the_machine_is_no_jump() {
        let mut watch = ClockWatch::new(0, 0);
        assert_eq!(watch.look(86_400_000, 86_400 * SECOND), None);
    }
}

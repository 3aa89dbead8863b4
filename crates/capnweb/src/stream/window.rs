//! How much of a stream may be on its way: bandwidth times delay, measured from what is acknowledged.
//!
//! A window that is filled grows until what arrives in a round trip grows no more: at the start it may double with
//! each round trip, later it gains or loses little at a time. A stream that does not fill its window keeps it.

use std::time::Duration;

use super::clock::Clock;

/// Before anything is known. Enough for one round trip of an ordinary line, little enough to be held for a reader
/// that does not read.
pub(crate) const FIRST: usize = 256 * 1024;
/// Below it the cost of each message counts for more than what it saves.
const LEAST: usize = 64 * 1024;
const START_GROWTH: f64 = 2.0;
const LATER_GROWTH: f64 = 1.25;
const DECAY: f64 = 0.9;
/// Round trips without growth that end the start.
const ROUNDS_WITHOUT_GROWTH: u32 = 3;

/// The window of one stream.
#[derive(Debug)]
pub(crate) struct Window {
    clock: Clock,
    size: f64,
    most: f64,
    in_flight: usize,
    /// What was acknowledged in all, and when last.
    delivered: Mark,
    first_acknowledgement: Option<Mark>,
    shortest_trip: Option<Duration>,
    start: Option<Start>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    bytes: usize,
    at: Option<Duration>,
}

/// The time in which the window may double.
#[derive(Debug)]
struct Start {
    round_began: Duration,
    round_size: f64,
    rounds_without_growth: u32,
}

/// What was known when a write was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    at: Duration,
    bytes: usize,
    delivered: Mark,
    window: f64,
    filled: bool,
}

impl Window {
    /// A window that never is more than `most`.
    pub(crate) fn new(clock: Clock, most: usize) -> Self {
        let most = most.max(LEAST);
        Self {
            clock,
            size: float(FIRST.min(most)),
            most: float(most),
            in_flight: 0,
            delivered: Mark { bytes: 0, at: None },
            first_acknowledgement: None,
            shortest_trip: None,
            start: Some(Start { round_began: Duration::ZERO, round_size: 0.0, rounds_without_growth: 0 }),
        }
    }

    /// Whether nothing more may be sent.
    pub(crate) fn is_full(&self) -> bool {
        float(self.in_flight) >= self.size
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(crate) fn send(&mut self, bytes: usize) -> Sent {
        self.in_flight = self.in_flight.saturating_add(bytes);
        let filled = self.is_full();
        Sent { at: self.clock.now(), bytes, delivered: self.delivered, window: self.size, filled }
    }

    /// A write failed: it is no longer on its way, and tells nothing of the line.
    pub(crate) fn fail(&mut self, sent: &Sent) {
        self.in_flight = self.in_flight.saturating_sub(sent.bytes);
    }

    pub(crate) fn acknowledge(&mut self, sent: &Sent) {
        let now = self.clock.now();
        self.fail(sent);
        self.delivered = Mark { bytes: self.delivered.bytes.saturating_add(sent.bytes), at: Some(now) };
        let trip = now.saturating_sub(sent.at);
        let shortest = self.shortest_trip.map_or(trip, |shortest| shortest.min(trip));
        self.shortest_trip = Some(shortest);
        let Some(first) = self.first_acknowledgement else {
            // Bandwidth is what arrives between two acknowledgements; this is the first.
            self.first_acknowledgement = Some(self.delivered);
            return;
        };
        let since = if sent.delivered.at.is_some() { sent.delivered } else { first };
        self.resize(sent, since, now, shortest);
        self.end_round(sent, now);
    }

    fn resize(&mut self, sent: &Sent, since: Mark, now: Duration, trip: Duration) {
        let growth = if self.start.is_some() { START_GROWTH } else { LATER_GROWTH };
        let seconds = now.saturating_sub(since.at.unwrap_or_default()).as_secs_f64();
        let bytes = float(self.delivered.bytes.saturating_sub(since.bytes));
        // A line on which no time passes has no bandwidth to measure: it may grow as fast as any.
        let measured = if seconds > 0.0 { bytes / seconds * trip.as_secs_f64() * growth } else { f64::INFINITY };
        let grown = measured.min(sent.window * growth);
        let kept = if sent.filled { sent.window * DECAY } else { self.size };
        self.size = grown.max(kept).clamp(float(LEAST), self.most);
    }

    fn end_round(&mut self, sent: &Sent, now: Duration) {
        let Some(start) = self.start.as_mut().filter(|start| sent.at >= start.round_began) else { return };
        let grew = self.size > start.round_size * LATER_GROWTH;
        start.rounds_without_growth = if grew { 0 } else { start.rounds_without_growth + 1 };
        start.round_began = now;
        start.round_size = self.size;
        if start.rounds_without_growth >= ROUNDS_WITHOUT_GROWTH {
            self.start = None;
        }
    }
}

/// Exact up to 2^53, which no count of bytes reaches here.
#[expect(clippy::cast_precision_loss, reason = "counts of bytes in one session are far below 2^53")]
fn float(bytes: usize) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests;

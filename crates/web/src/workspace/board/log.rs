//! What was told lately, for windows that are a little behind.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Audience;

pub(super) struct Event {
    pub(super) topic: Arc<str>,
    pub(super) audience: Audience,
    pub(super) line: Arc<str>,
}

/// The last events, in their order. Each has a number.
pub(super) struct Log {
    events: VecDeque<Event>,
    bytes: usize,
    /// The number of the next one.
    next: u64,
    most_events: usize,
    most_bytes: usize,
}

impl Log {
    pub(super) fn new(most_events: usize, most_bytes: usize) -> Self {
        Self { events: VecDeque::new(), bytes: 0, next: 0, most_events, most_bytes }
    }

    pub(super) fn next(&self) -> u64 {
        self.next
    }

    pub(super) fn push(&mut self, topic: Arc<str>, audience: Audience, line: String) {
        self.bytes += line.len();
        self.events.push_back(Event { topic, audience, line: line.into() });
        self.next += 1;
        while self.events.len() > self.most_events || self.bytes > self.most_bytes {
            let Some(gone) = self.events.pop_front() else { break };
            self.bytes -= gone.line.len();
        }
    }

    /// The events from that number on; nothing where some of them are gone, or are still to come.
    pub(super) fn since(&self, number: u64) -> Option<impl Iterator<Item = &Event>> {
        let behind = usize::try_from(self.next.checked_sub(number)?).ok()?;
        let skipped = self.events.len().checked_sub(behind)?;
        Some(self.events.iter().skip(skipped))
    }
}

//! What was told lately, for windows that are a little behind.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Audience;

pub(super) struct Event {
    pub(super) topic: Arc<str>,
    pub(super) audience: Audience,
    /// Which edition of that topic it changes.
    pub(super) edition: u64,
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

    pub(super) fn push(&mut self, event: Event) {
        self.bytes += event.line.len();
        self.events.push_back(event);
        self.next += 1;
        while self.events.len() > self.most_events || self.bytes > self.most_bytes {
            let Some(gone) = self.events.pop_front() else { break };
            self.bytes -= gone.line.len();
        }
    }

    /// Forgets all of them. Whoever has not read them begins anew.
    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.bytes = 0;
    }

    /// The events from that number on, with theirs; nothing where some of them are gone, or are still to come.
    pub(super) fn since(&self, number: u64) -> Option<impl Iterator<Item = (u64, &Event)>> {
        let behind = usize::try_from(self.next.checked_sub(number)?).ok()?;
        let skipped = self.events.len().checked_sub(behind)?;
        Some((number..).zip(self.events.iter().skip(skipped)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(events: usize, bytes: usize, lines: &[&str]) -> Log {
        let mut log = Log::new(events, bytes);
        for line in lines {
            log.push(Event { topic: "t".into(), audience: Audience::All, edition: 0, line: (*line).into() });
        }
        log
    }

    fn since(log: &Log, number: u64) -> Option<Vec<(u64, String)>> {
        log.since(number).map(|events| events.map(|(number, event)| (number, event.line.to_string())).collect())
    }

    #[test]
    fn the_last_events_are_kept_up_to_the_bound_in_number_and_one_past_it_is_gone() {
        let log = log(2, 100, &["a", "b", "c"]);
        assert_eq!(since(&log, 1), Some(vec![(1, "b".to_owned()), (2, "c".to_owned())]));
        assert_eq!(since(&log, 0), None);
        assert_eq!(since(&log, 3), Some(Vec::new()));
        assert_eq!(since(&log, 4), None, "what is still to come is nobody's place");
    }

    #[test]
    fn the_last_events_are_kept_up_to_the_bound_in_bytes_and_one_past_it_is_gone() {
        assert_eq!(since(&log(9, 4, &["aa", "bb"]), 0).map(|kept| kept.len()), Some(2));
        assert_eq!(since(&log(9, 4, &["aa", "bbb"]), 0), None);
        assert_eq!(since(&log(9, 4, &["aa", "bbbbb"]), 1), None, "one that is too large is not kept either");
    }
}

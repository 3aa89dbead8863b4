//! How many refusals are written down: a flood of wrong passwords must not fill the disk.
//!
//! In each minute a source has some rows of its own; further refusals are counted, and told in one row when the
//! minute is over. Pure: rows go out as events.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use crate::source::SourceKey;
use crate::{Event, Limits, Source};

const WINDOW_NS: u64 = 60_000_000_000;

/// Refusals of the running minute.
#[derive(Default)]
pub(crate) struct Refusals {
    ends_ns: u64,
    rows: u32,
    sources: HashMap<SourceKey, Counted>,
    /// Those of sources that there was no room for.
    others: BTreeMap<&'static str, u64>,
}

#[derive(Default)]
struct Counted {
    rows: u32,
    more: BTreeMap<&'static str, u64>,
}

impl Refusals {
    /// Whether this one is written down by itself. Otherwise it is counted.
    pub(crate) fn admit(
        &mut self,
        source: &Source,
        cause: &'static str,
        limits: &Limits,
        now_ns: u64,
        room: bool,
    ) -> bool {
        if self.ends_ns == 0 {
            self.ends_ns = now_ns.saturating_add(WINDOW_NS);
        }
        let key = source.key();
        if !self.sources.contains_key(&key) && self.sources.len() >= limits.refusing_sources {
            *self.others.entry(cause).or_default() += 1;
            return false;
        }
        let counted = self.sources.entry(key).or_default();
        if room && counted.rows < limits.refusal_rows && self.rows < limits.node_refusal_rows {
            counted.rows += 1;
            self.rows += 1;
            return true;
        }
        *counted.more.entry(cause).or_default() += 1;
        false
    }

    /// The running minute goes on for another one: there is no room for its rows.
    pub(crate) fn go_on(&mut self, now_ns: u64) {
        if self.ends_ns > 0 && self.ends_ns <= now_ns {
            self.ends_ns = now_ns.saturating_add(WINDOW_NS);
        }
    }

    /// When the running minute is over, if one runs.
    pub(crate) fn ends_ns(&self) -> Option<u64> {
        (self.ends_ns > 0).then_some(self.ends_ns)
    }

    /// The rows of a minute that is over; of one that is not, where `at_once`.
    pub(crate) fn close(&mut self, now_ns: u64, at_once: bool, limits: &Limits) -> Vec<Event> {
        if self.ends_ns == 0 || (now_ns < self.ends_ns && !at_once) {
            return Vec::new();
        }
        let Self { sources, mut others, rows, .. } = mem::take(self);
        let mut room = limits.node_refusal_rows.saturating_mul(2).saturating_sub(rows);
        let mut events = Vec::new();
        for (source, counted) in sources {
            if counted.more.is_empty() {
                continue;
            }
            if room > 0 {
                room -= 1;
                events.push(event(&counted.more).with("source", source.to_string()));
            } else {
                counted.more.into_iter().for_each(|(cause, count)| *others.entry(cause).or_default() += count);
            }
        }
        if !others.is_empty() {
            events.push(event(&others).with("source", "others"));
        }
        events
    }
}

fn event(more: &BTreeMap<&'static str, u64>) -> Event {
    let causes: serde_json::Map<_, _> =
        more.iter().map(|(cause, count)| ((*cause).to_owned(), (*count).into())).collect();
    let count: u64 = more.values().sum();
    Event::new("session.refused").with("more", count).with("causes", causes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(number: u8) -> Source {
        Source { address: Some([192, 0, 2, number].into()), ..Source::local() }
    }

    fn limits() -> Limits {
        Limits { refusal_rows: 2, node_refusal_rows: 3, refusing_sources: 2, ..Limits::default() }
    }

    fn more(event: &Event) -> (u64, String) {
        let source = event.payload["source"].as_str().unwrap().to_owned();
        (event.payload["more"].as_u64().unwrap(), source)
    }

    #[test]
    fn a_source_and_the_node_have_so_many_rows_a_minute() {
        let (mut refusals, limits) = (Refusals::default(), limits());
        let mut admit = |number, now| refusals.admit(&source(number), "wrongProof", &limits, now, true);
        assert_eq!([admit(1, 5), admit(1, 5), admit(1, 5)], [true, true, false]);
        assert_eq!([admit(2, 6), admit(2, 6)], [true, false], "three on the node");
        assert_eq!([admit(3, 7), admit(4, 7)], [false, false], "two sources are told apart");
        assert!(refusals.close(5 + WINDOW_NS - 1, false, &limits).is_empty());
        let mut told: Vec<_> = refusals.close(5 + WINDOW_NS, false, &limits).iter().map(more).collect();
        told.sort();
        let expected = [(1, "192.0.2.1"), (1, "192.0.2.2"), (2, "others")];
        assert_eq!(told, expected.map(|(count, source)| (count, source.to_owned())));
        assert!(refusals.ends_ns().is_none());
        assert!(refusals.admit(&source(1), "wrongProof", &limits, 9, true), "a new minute");
    }

    #[test]
    fn while_there_is_no_room_the_minute_goes_on_and_everything_is_counted() {
        let (mut refusals, limits) = (Refusals::default(), limits());
        assert!(!refusals.admit(&source(1), "wrongProof", &limits, 1, false));
        refusals.go_on(WINDOW_NS);
        assert_eq!(refusals.ends_ns(), Some(1 + WINDOW_NS), "not before it is over");
        refusals.go_on(1 + WINDOW_NS);
        assert_eq!(refusals.ends_ns(), Some(1 + 2 * WINDOW_NS));
        assert!(!refusals.admit(&source(1), "wrongProof", &limits, 2 + WINDOW_NS, false));
        let told: Vec<_> = refusals.close(1 + 2 * WINDOW_NS, false, &limits).iter().map(more).collect();
        assert_eq!(told, [(2, "192.0.2.1".to_owned())]);
    }

    #[test]
    fn a_minute_with_nothing_to_add_adds_nothing() {
        let (mut refusals, limits) = (Refusals::default(), limits());
        assert!(refusals.admit(&source(1), "wrongProof", &limits, 1, true));
        assert!(refusals.close(2, true, &limits).is_empty());
    }
}

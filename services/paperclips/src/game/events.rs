//! What happened by itself, lately.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Events kept: those that a player who looks every few seconds has not seen.
const KEPT: usize = 32;
/// Longest words of one, in bytes: a saved game has none longer.
const WORDS: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EventKind {
    ManualMakeCompleted,
    ProjectCompleted,
    PhaseTransition,
    AutomationStalled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) sequence: u64,
    pub(crate) game_time_ms: u64,
    pub(crate) kind: EventKind,
    pub(crate) label: String,
    pub(crate) detail: String,
}

/// The last events. A number never comes twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Events {
    next: u64,
    kept: VecDeque<Event>,
}

impl Events {
    pub(super) fn push(&mut self, game_time_ms: u64, kind: EventKind, label: &str, detail: &str) {
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        let event =
            Event { sequence: self.next, game_time_ms, kind, label: label.to_owned(), detail: detail.to_owned() };
        self.kept.push_back(event);
        self.next = self.next.saturating_add(1);
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Event> {
        self.kept.iter()
    }

    /// The number that the next one gets.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Whether a saved list is one that was pushed.
    pub(super) fn is_sound(&self) -> bool {
        let numbers: Vec<u64> = self.kept.iter().map(|event| event.sequence).chain([self.next]).collect();
        let follow = numbers.iter().zip(numbers.iter().skip(1)).all(|(one, next)| one < next);
        let short = |event: &Event| event.label.len() <= WORDS && event.detail.len() <= WORDS;
        follow && self.kept.len() <= KEPT && self.kept.iter().all(short)
    }
}

//! What is behind the lock of a board: its topics, the log of changes, the windows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::log::{Event, Log};
use super::topic::{Audience, Erased, Topic};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, quoted};

pub(super) struct State {
    pub(super) log: Log,
    pub(super) topics: BTreeMap<Arc<str>, Topic>,
    pub(super) windows: BTreeMap<Key, Place>,
    /// Tells apart what had the same name at different times.
    pub(super) turns: u64,
    /// What is said last.
    pub(super) ended: Option<Problem>,
}

/// The edition of what says that a topic is gone. No topic has it.
const GONE: u64 = 0;

/// An open window.
pub(super) struct Place {
    pub(super) turn: u64,
    pub(super) wants: BTreeSet<String>,
}

impl State {
    pub(super) fn turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    pub(super) fn show(
        &mut self,
        name: &str,
        audience: Audience,
        line: Option<String>,
        model: Box<dyn Erased>,
        most: usize,
    ) -> u64 {
        let turn = self.turn();
        if self.ended.is_some() {
            return turn;
        }
        if self.topics.len() >= most && !self.topics.contains_key(name) {
            tracing::warn!(topic = name, "the workspace shows too much already");
            return turn;
        }
        // Whoever wants it is sent it for itself; who has had it without wanting it loses it.
        let was_for_all = self.topics.get(name).is_some_and(|topic| topic.audience == Audience::All);
        let name: Arc<str> = name.into();
        self.topics.insert(name.clone(), Topic { audience, turn, edition: turn, model });
        match line {
            Some(line) => {
                self.log.push(Event { topic: name, audience: Audience::All, edition: turn, line: line.into() })
            }
            None if was_for_all => self.push_gone(&name),
            None => {}
        }
        turn
    }

    pub(super) fn remove(&mut self, name: &str, turn: Option<u64>) -> bool {
        let is_that = self.topics.get(name).is_some_and(|topic| turn.is_none_or(|turn| topic.turn == turn));
        if is_that {
            self.topics.remove(name);
            self.push_gone(name);
        }
        is_that
    }

    /// Every window is told: one that comes back may have it.
    fn push_gone(&mut self, name: &str) {
        let line = gone_line(name).into();
        self.log.push(Event { topic: name.into(), audience: Audience::All, edition: GONE, line });
    }

    /// Whether a later event tells all windows what has become of its topic.
    pub(super) fn is_superseded(&self, event: &Event) -> bool {
        let edition = self.topics.get(&event.topic).map(|topic| topic.edition);
        event.edition != GONE && edition != Some(event.edition)
    }

    pub(super) fn is_wanted(&self, topic: &str) -> bool {
        self.windows.values().any(|place| place.wants.contains(topic))
    }
}

pub(super) fn whole_line(topic: &str, text: &str) -> String {
    format!(r#"{{"topic":{},"whole":{text}}}"#, quoted(topic))
}

pub(super) fn gone_line(topic: &str) -> String {
    format!(r#"{{"topic":{},"gone":true}}"#, quoted(topic))
}

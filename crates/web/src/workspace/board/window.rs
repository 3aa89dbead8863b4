//! What one window reads.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::{Audience, Board, State, whole_line};
use crate::workspace::problem::Problem;
use crate::workspace::view::Key;

/// How a window begins to read.
#[derive(Debug)]
pub(crate) struct Opening {
    /// The window's own name.
    pub(crate) window: Key,
    /// What it wants of the topics that are not for all.
    pub(crate) topics: BTreeSet<String>,
    /// Where it was when its last stream broke.
    pub(crate) after: Option<String>,
}

/// One window's place in what is told.
pub(crate) struct Window {
    board: Board,
    key: Key,
    changed: watch::Receiver<u64>,
    /// The number of the next event to tell; none where it has to begin anew.
    at: Option<u64>,
    /// The topics for those who want them of which it has been sent the whole.
    has: BTreeSet<Arc<str>>,
    begun: bool,
    over: bool,
}

impl Board {
    /// Opens a stream for a window. One with the same name takes the place of the one before.
    pub(crate) fn window(&self, opening: Opening) -> Result<Window, Problem> {
        let Opening { window: key, topics, after } = opening;
        let mut state = self.lock();
        if state.windows.len() >= state.most_windows && !state.windows.contains_key(&key) {
            return Err(Problem::new(
                hyper::StatusCode::TOO_MANY_REQUESTS,
                "handlerLimitExceeded",
                "This session is open in too many windows.",
                "Close one of them, then reload this one.",
            ));
        }
        let at = after.and_then(|after| state.place(&after));
        let has = match at {
            Some(_) => state.topics.keys().filter(|topic| topics.contains(&***topic)).cloned().collect(),
            None => BTreeSet::new(),
        };
        state.windows.insert(key, topics);
        self.sum_up(state);
        let changed = self.0.changed.subscribe();
        Ok(Window { board: self.clone(), key, changed, at, has, begun: false, over: false })
    }
}

impl State {
    /// The number that `EPOCH-NUMBER` is, where it is of this board and everything since is still there.
    fn place(&self, after: &str) -> Option<u64> {
        let (epoch, number) = after.split_once('-')?;
        let number = number.parse().ok()?;
        let is_here = Key::parse(epoch) == Some(self.epoch) && self.log.since(number).is_some();
        is_here.then_some(number)
    }
}

impl Window {
    /// What there is to tell, once there is something; nothing once all has been told.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.over {
                return None;
            }
            self.changed.borrow_and_update();
            if let Some(text) = self.read() {
                return Some(text.into());
            }
            self.changed.changed().await.ok()?;
        }
    }

    fn read(&mut self) -> Option<String> {
        let board = self.board.clone();
        let state = board.lock();
        let mut text = String::new();
        let behind = self.at.filter(|&at| state.log.since(at).is_some());
        if !self.begun || behind.is_none() {
            self.begun = true;
            data(&mut text, &format!(r#"{{"begin":{{"anew":{}}}}}"#, behind.is_none()));
        }
        match behind {
            Some(at) => self.tell_since(&state, at, &mut text),
            None => self.tell_all(&state, &mut text),
        }
        self.tell_wanted(&state, &mut text);
        self.at = Some(state.log.next());
        if let Some(ended) = &state.ended {
            self.over = true;
            data(&mut text, ended);
        }
        if text.is_empty() {
            return None;
        }
        let _ = write!(text, "id: {}-{}\n\n", state.epoch, state.log.next());
        Some(text)
    }

    fn tell_since(&mut self, state: &State, at: u64, text: &mut String) {
        for event in state.log.since(at).into_iter().flatten() {
            if event.audience == Audience::All || self.has.contains(&event.topic) {
                data(text, &event.line);
            }
        }
    }

    fn tell_all(&mut self, state: &State, text: &mut String) {
        self.has.clear();
        for (name, topic) in &state.topics {
            if topic.audience == Audience::All {
                data(text, &whole_line(name, topic.model.as_ref()));
            }
        }
    }

    /// After what was told so far, so that no delta comes before its whole, and none twice.
    fn tell_wanted(&mut self, state: &State, text: &mut String) {
        let Some(wanted) = state.windows.get(&self.key) else { return };
        self.has.retain(|topic| wanted.contains(&**topic) && state.topics.contains_key(topic));
        for (name, topic) in &state.topics {
            if topic.audience == Audience::Wanting && wanted.contains(&**name) && self.has.insert(name.clone()) {
                data(text, &whole_line(name, topic.model.as_ref()));
            }
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let mut state = self.board.lock();
        state.windows.remove(&self.key);
        self.board.sum_up(state);
    }
}

fn data(text: &mut String, line: &str) {
    let _ = write!(text, "data: {line}\n\n");
}

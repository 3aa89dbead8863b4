//! What the windows of one session show, and how they are told of changes.
//!
//! The board has topics. Each is a [`Model`], which is changed by deltas alone; the same deltas go to every window, in
//! one order, and a window that has to begin anew is sent the wholes. So a window shows what the board has, whenever it
//! came, and whatever it missed.
//!
//! A topic is for all windows, or only for those that want it, where it is large or changes fast.
//!
//! **Invariants**
//!
//! - A window applies each change of a topic for all exactly once, wherever its stream breaks: every event has its
//!   place in the same block.
//! - A topic for those that want it is sent whole at the beginning of every stream, so that nothing has to be known of
//!   what a window had before.
//! - Nothing is made into text while the board is locked.
//! - Once the board has ended it shows nothing but why.

mod log;
mod topic;
mod window;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Shown, json, quoted};
use log::{Event, Log};
use topic::{Kept, Plain, Topic};

pub(crate) use topic::{Audience, Model};
pub(crate) use window::{Opening, Window};

/// The board of one session; clones are the same.
#[derive(Clone)]
pub(crate) struct Board(Arc<Shared>);

struct Shared {
    /// Of this board alone: a window that comes from another one begins anew.
    epoch: Key,
    state: Mutex<State>,
    /// Says that there is something new to read.
    changed: watch::Sender<u64>,
    /// What any window wants.
    wanted: watch::Sender<BTreeSet<String>>,
    bounds: Bounds,
}

struct Bounds {
    windows: usize,
    topics: usize,
    topic_bytes: usize,
    wants: usize,
}

struct State {
    log: Log,
    topics: BTreeMap<Arc<str>, Topic>,
    windows: BTreeMap<Key, Place>,
    /// Tells apart what had the same name at different times.
    turns: u64,
    /// What is said last.
    ended: Option<Problem>,
}

/// An open window.
struct Place {
    turn: u64,
    wants: BTreeSet<String>,
}

impl Board {
    pub(crate) fn new(limits: &WorkspaceLimits) -> Self {
        let state = State {
            log: Log::new(limits.log_events, limits.log_bytes),
            topics: BTreeMap::new(),
            windows: BTreeMap::new(),
            turns: 0,
            ended: None,
        };
        let bounds = Bounds {
            windows: limits.streams,
            topics: limits.topics,
            topic_bytes: limits.topic_bytes,
            wants: limits.topics,
        };
        let (changed, wanted) = (watch::Sender::new(0), watch::Sender::default());
        Self(Arc::new(Shared { epoch: Key::new(), state: Mutex::new(state), changed, wanted, bounds }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After a change, and outside of the lock: whoever looked before it is woken, whoever looks after it sees it.
    fn tell(&self) {
        self.0.changed.send_modify(|turn| *turn += 1);
    }

    /// Shows all of a topic for all windows; what is shown already is not told again.
    pub(crate) fn put<T: Shown>(&self, topic: &str, whole: T) {
        let text: Arc<str> = json(&whole).into();
        if !self.is_put(topic, &text) {
            let line = self.fits(topic, text.len()).then(|| whole_line(topic, &text));
            self.show(topic, Audience::All, line, Plain(text));
        }
    }

    /// Shows all of a topic for the windows that want it.
    pub(crate) fn put_wanted<T: Shown>(&self, topic: &str, whole: &T) {
        let text: Arc<str> = json(whole).into();
        if !self.is_put(topic, &text) {
            self.show(topic, Audience::Wanting, None, Plain(text));
        }
    }

    fn is_put(&self, topic: &str, text: &Arc<str>) -> bool {
        let mut state = self.lock();
        let known = state.topics.get_mut(topic).and_then(|topic| topic.kept::<Plain>());
        known.is_some_and(|Plain(before)| before == text)
    }

    /// Takes a topic away.
    pub(crate) fn remove(&self, topic: &str) {
        let is_gone = self.lock().remove(topic, None);
        if is_gone {
            self.tell();
        }
    }

    /// Opens a topic that grows; it is gone once the channel is dropped.
    pub(crate) fn open<M: Model>(&self, topic: &str, audience: Audience, model: M) -> Channel<M> {
        let line = (audience == Audience::All).then(|| json(&model.whole()));
        let line = line.filter(|text| self.fits(topic, text.len())).map(|text| whole_line(topic, &text));
        let turn = self.show(topic, audience, line, Kept(model));
        Channel { board: self.clone(), topic: topic.into(), turn, model: PhantomData }
    }

    fn show(&self, name: &str, audience: Audience, line: Option<String>, kept: impl topic::Erased) -> u64 {
        let turn = self.lock().show(name, audience, line, Box::new(kept), self.0.bounds.topics);
        self.tell();
        turn
    }

    /// What would not fit is a fault of this program's: every part has smaller bounds of its own.
    fn fits(&self, topic: &str, bytes: usize) -> bool {
        let fits = bytes <= self.0.bounds.topic_bytes;
        if !fits {
            tracing::warn!(topic, bytes, "a topic of the workspace is too large to be shown");
        }
        fits
    }

    /// What any window wants, and each change of that.
    pub(crate) fn wanted(&self) -> watch::Receiver<BTreeSet<String>> {
        self.0.wanted.subscribe()
    }

    /// From now on this window wants these topics.
    pub(crate) fn want(&self, window: Key, topics: BTreeSet<String>) -> Result<(), Problem> {
        self.check_wants(&topics)?;
        let mut state = self.lock();
        let known = state.windows.get_mut(&window);
        known.ok_or_else(|| Problem::not_found("This window is not open."))?.wants = topics;
        self.sum_up(state);
        self.tell();
        Ok(())
    }

    fn check_wants(&self, topics: &BTreeSet<String>) -> Result<(), Problem> {
        const NAME: usize = 128;
        if topics.len() > self.0.bounds.wants || topics.iter().any(|topic| topic.len() > NAME) {
            return Err(Problem::bad_request("A window cannot want so much."));
        }
        Ok(())
    }

    /// Told with the lock held, so that what is told last is what is so.
    fn sum_up(&self, state: MutexGuard<'_, State>) {
        let all: BTreeSet<String> = state.windows.values().flat_map(|place| &place.wants).cloned().collect();
        self.0.wanted.send_if_modified(|before| {
            *before != all && {
                *before = all;
                true
            }
        });
        drop(state);
    }

    /// Says why it is over, and takes everything else away. Every stream ends with that; what is said first stands.
    pub(crate) fn end(&self, why: &Problem) {
        let mut state = self.lock();
        state.ended.get_or_insert_with(|| why.clone());
        let gone = std::mem::take(&mut state.topics);
        state.log.clear();
        drop(state);
        drop(gone);
        self.tell();
    }

    /// Why it is over, where it is.
    pub(crate) fn ended(&self) -> Option<Problem> {
        self.lock().ended.clone()
    }
}

impl State {
    fn turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    fn show(
        &mut self,
        name: &str,
        audience: Audience,
        line: Option<String>,
        model: Box<dyn topic::Erased>,
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

    fn remove(&mut self, name: &str, turn: Option<u64>) -> bool {
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
        self.log.push(Event { topic: name.into(), audience: Audience::All, edition: 0, line });
    }

    fn is_wanted(&self, topic: &str) -> bool {
        self.windows.values().any(|place| place.wants.contains(topic))
    }
}

fn whole_line(topic: &str, text: &str) -> String {
    format!(r#"{{"topic":{},"whole":{text}}}"#, quoted(topic))
}

fn gone_line(topic: &str) -> String {
    format!(r#"{{"topic":{},"gone":true}}"#, quoted(topic))
}

/// A topic that grows. Dropping it takes the topic away.
pub(crate) struct Channel<M: Model> {
    board: Board,
    topic: Arc<str>,
    /// Another one of the same name is none of its business.
    turn: u64,
    model: PhantomData<fn(M)>,
}

impl<M: Model> Channel<M> {
    /// Changes the topic, here and in every window.
    pub(crate) fn send(&self, delta: &M::Delta) {
        let line = format!(r#"{{"topic":{},"delta":{}}}"#, quoted(&self.topic), json(delta));
        let mut state = self.board.lock();
        let (turn, is_wanted) = (state.turn(), state.is_wanted(&self.topic));
        let Some(topic) = state.topics.get_mut(&self.topic).filter(|topic| topic.turn == self.turn) else { return };
        let Some(Kept(model)) = topic.kept::<Kept<M>>() else { return };
        model.apply(delta);
        let (audience, edition) = (topic.audience, topic.edition);
        if audience == Audience::Wanting && !is_wanted {
            topic.edition = turn;
            return;
        }
        state.log.push(Event { topic: self.topic.clone(), audience, edition, line: line.into() });
        drop(state);
        self.board.tell();
    }

    /// Looks at the topic's state.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&M) -> T) -> Option<T> {
        let mut state = self.board.lock();
        let topic = state.topics.get_mut(&self.topic).filter(|topic| topic.turn == self.turn)?;
        topic.kept::<Kept<M>>().map(|Kept(model)| look(model))
    }
}

impl<M: Model> Drop for Channel<M> {
    fn drop(&mut self) {
        let is_gone = self.board.lock().remove(&self.topic, Some(self.turn));
        if is_gone {
            self.board.tell();
        }
    }
}

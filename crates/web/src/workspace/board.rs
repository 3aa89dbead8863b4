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
//! - A window applies each change of a topic for all at most once, and the last one always, wherever its stream breaks:
//!   every event has its place in the same block.
//! - A topic for those that want it is sent whole at the beginning of every stream, so that nothing has to be known of
//!   what a window had before.
//! - A window that is too slow is told little that is old: of a topic for all what it is by now, and of one for those
//!   that want it the whole, once its changes would be more.
//! - Nothing is made into text while the board is locked.
//! - Once the board has ended it shows nothing but why.

mod channel;
mod log;
mod state;
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
use crate::workspace::view::{Key, Shown, json};
use log::Log;
use state::{Place, State, gone_line, whole_line};
use topic::{Kept, Plain};

pub(crate) use channel::Channel;
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
    /// Whether any window is open.
    attended: watch::Sender<bool>,
    bounds: Bounds,
}

struct Bounds {
    windows: usize,
    topics: usize,
    topic_bytes: usize,
    wants: usize,
    lag_bytes: usize,
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
            lag_bytes: limits.lag_bytes,
        };
        let (changed, wanted, attended) = (watch::Sender::new(0), watch::Sender::default(), watch::Sender::new(false));
        Self(Arc::new(Shared { epoch: Key::new(), state: Mutex::new(state), changed, wanted, attended, bounds }))
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

    /// Whether any window is open, and each change of that.
    pub(crate) fn attended(&self) -> watch::Receiver<bool> {
        self.0.attended.subscribe()
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
        let is_attended = !state.windows.is_empty();
        self.0.attended.send_if_modified(|before| std::mem::replace(before, is_attended) != is_attended);
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

//! What the windows of one session show, and how they are told of changes.
//!
//! The board has topics. Each is a [`Model`], which is changed by deltas alone; the same deltas go to every window, in
//! one order, and a window that has to begin anew is sent the wholes. So a window shows what the board has, whenever it
//! came, and whatever it missed.
//!
//! A topic is for all windows, or only for those that want it, where it is large or changes fast.

mod log;
mod window;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Shown, json};
use log::Log;

pub(crate) use window::{Opening, Window};

/// A topic's state. What `apply` makes of a delta, the page's reducer of the same topic makes of it too.
pub(crate) trait Model: Send + 'static {
    /// What changes it.
    type Delta: Shown;
    /// All of it.
    type Whole: Shown;
    /// Changes it.
    fn apply(&mut self, delta: &Self::Delta);
    /// All of it, for a window that has none of it.
    fn whole(&self) -> Self::Whole;
}

/// Who is sent a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Every window.
    All,
    /// Windows that want it.
    Wanting,
}

/// The board of one session; clones are the same.
#[derive(Clone)]
pub(crate) struct Board(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Says that there is something new to read.
    changed: watch::Sender<u64>,
    /// What any window wants.
    wanted: watch::Sender<BTreeSet<String>>,
}

struct State {
    /// Of this board alone: a window that comes from another one begins anew.
    epoch: Key,
    log: Log,
    topics: BTreeMap<Arc<str>, Topic>,
    windows: BTreeMap<Key, BTreeSet<String>>,
    most_windows: usize,
    /// What is said last.
    ended: Option<Arc<str>>,
}

struct Topic {
    audience: Audience,
    model: Box<dyn Erased>,
}

trait Erased: Send {
    fn whole(&self) -> String;
    fn as_any(&mut self) -> &mut dyn Any;
}

struct Kept<M>(M);

impl<M: Model> Erased for Kept<M> {
    fn whole(&self) -> String {
        json(&self.0.whole())
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

/// A topic that is told whole each time.
struct Plain<T>(T);

impl<T: Shown + Clone + PartialEq + Send + 'static> Model for Plain<T> {
    type Delta = T;
    type Whole = T;

    fn apply(&mut self, delta: &T) {
        self.0 = delta.clone();
    }

    fn whole(&self) -> T {
        self.0.clone()
    }
}

impl Board {
    pub(crate) fn new(limits: &WorkspaceLimits) -> Self {
        let state = State {
            epoch: Key::new(),
            log: Log::new(limits.log_events, limits.log_bytes),
            topics: BTreeMap::new(),
            windows: BTreeMap::new(),
            most_windows: limits.streams,
            ended: None,
        };
        let (changed, wanted) = (watch::Sender::new(0), watch::Sender::default());
        Self(Arc::new(Shared { state: Mutex::new(state), changed, wanted }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.0.changed.send_modify(|turn| *turn += 1);
    }

    /// Shows all of a topic for all windows; what is shown already is not told again.
    pub(crate) fn put<T: Shown + Clone + PartialEq + Send + 'static>(&self, topic: &str, whole: T) {
        let mut state = self.lock();
        if let Some(known) = state.topics.get_mut(topic)
            && let Some(Kept(Plain(before))) = known.model.as_any().downcast_mut::<Kept<Plain<T>>>()
            && *before == whole
        {
            return;
        }
        state.open(topic, Audience::All, Box::new(Kept(Plain(whole))));
        drop(state);
        self.tell();
    }

    /// Takes a topic away.
    pub(crate) fn remove(&self, topic: &str) {
        let mut state = self.lock();
        if state.topics.remove(topic).is_some() {
            let line = format!(r#"{{"topic":{},"gone":true}}"#, quoted(topic));
            state.log.push(topic.into(), Audience::All, line);
            drop(state);
            self.tell();
        }
    }

    /// Opens a topic that grows; it is gone once the channel is dropped.
    pub(crate) fn open<M: Model>(&self, topic: &str, audience: Audience, model: M) -> Channel<M> {
        self.lock().open(topic, audience, Box::new(Kept(model)));
        self.tell();
        Channel { board: self.clone(), topic: topic.into(), model: PhantomData }
    }

    /// What any window wants, and each change of that.
    pub(crate) fn wanted(&self) -> watch::Receiver<BTreeSet<String>> {
        self.0.wanted.subscribe()
    }

    /// From now on this window wants these topics.
    pub(crate) fn want(&self, window: Key, topics: BTreeSet<String>) -> Result<(), Problem> {
        let mut state = self.lock();
        let known = state.windows.get_mut(&window);
        *known.ok_or_else(|| Problem::not_found("This window is not open."))? = topics;
        self.sum_up(state);
        self.tell();
        Ok(())
    }

    fn sum_up(&self, state: MutexGuard<'_, State>) {
        let all: BTreeSet<String> = state.windows.values().flatten().cloned().collect();
        drop(state);
        self.0.wanted.send_if_modified(|before| {
            *before != all && {
                *before = all;
                true
            }
        });
    }

    /// Says why it is over. Every stream ends with that.
    pub(crate) fn end(&self, why: &Problem) {
        let line = format!(r#"{{"ended":{}}}"#, json(why));
        self.lock().ended.get_or_insert_with(|| line.into());
        self.tell();
    }
}

impl State {
    fn open(&mut self, topic: &str, audience: Audience, model: Box<dyn Erased>) {
        let line = whole_line(topic, model.as_ref());
        let topic: Arc<str> = topic.into();
        self.topics.insert(topic.clone(), Topic { audience, model });
        self.log.push(topic, audience, line);
    }
}

fn whole_line(topic: &str, model: &dyn Erased) -> String {
    format!(r#"{{"topic":{},"whole":{}}}"#, quoted(topic), model.whole())
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is a text")
}

/// A topic that grows. Dropping it takes the topic away.
pub(crate) struct Channel<M: Model> {
    board: Board,
    topic: Arc<str>,
    model: PhantomData<fn(M)>,
}

impl<M: Model> Channel<M> {
    /// Changes the topic, here and in every window.
    pub(crate) fn send(&self, delta: &M::Delta) {
        let mut state = self.board.lock();
        let Some(topic) = state.topics.get_mut(&self.topic) else { return };
        let Some(Kept(model)) = topic.model.as_any().downcast_mut::<Kept<M>>() else { return };
        model.apply(delta);
        let (audience, line) =
            (topic.audience, format!(r#"{{"topic":{},"delta":{}}}"#, quoted(&self.topic), json(delta)));
        state.log.push(self.topic.clone(), audience, line);
        drop(state);
        self.board.tell();
    }

    /// Looks at the topic's state.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&M) -> T) -> Option<T> {
        let mut state = self.board.lock();
        let topic = state.topics.get_mut(&self.topic)?;
        topic.model.as_any().downcast_mut::<Kept<M>>().map(|Kept(model)| look(model))
    }
}

impl<M: Model> Drop for Channel<M> {
    fn drop(&mut self) {
        self.board.remove(&self.topic);
    }
}

//! Calls that were made from here, those under way, and what they gave.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use tokio::sync::oneshot;

use super::value::Value;
use crate::workspace::board::Board;
use crate::workspace::view::{Key, Text, shown};

shown! {
    /// What was called from here.
    struct CallsView {
        /// How often each grant, or what came of it, was called.
        counts: Vec<CountView>,
        /// The last calls, latest first.
        recent: Vec<CallView>,
        /// How many are under way.
        under_way: u64,
    }

    /// How often a grant was called.
    struct CountView {
        /// The grant's name.
        grant: Text,
        /// How often.
        calls: u64,
    }

    /// One call that is over.
    struct CallView {
        /// What it gave, for as long as that is kept.
        result: Option<Key>,
        /// What was called, as `chat.join`.
        subject: Text,
        /// When it was over.
        at_ms: u64,
        /// How long it took.
        took_ms: u64,
        /// `ok`, or the code that it failed with.
        outcome: Text,
        /// What it failed with, for a person.
        message: Text,
    }
}

/// Calls that are listed.
const MOST_RECENT: usize = 16;

/// What is known of calls.
pub(super) struct Calls {
    board: Board,
    counts: RefCell<BTreeMap<String, u64>>,
    recent: RefCell<VecDeque<CallView>>,
    under_way: RefCell<BTreeMap<Key, oneshot::Sender<()>>>,
    results: RefCell<VecDeque<(Key, Rc<Value>, usize)>>,
    kept: Cell<usize>,
    most_results: usize,
    most_bytes: usize,
}

impl Calls {
    pub(super) fn new(board: Board, most_results: usize, most_bytes: usize) -> Rc<Self> {
        let calls = Self {
            board,
            counts: RefCell::default(),
            recent: RefCell::default(),
            under_way: RefCell::default(),
            results: RefCell::default(),
            kept: Cell::new(0),
            most_results,
            most_bytes,
        };
        calls.show();
        Rc::new(calls)
    }

    /// A call begins. It is to be given up where what is returned is told so, and is over when that is dropped.
    pub(super) fn begin(self: &Rc<Self>, call: Key, grant: &str) -> UnderWay {
        let (cancel, cancelled) = oneshot::channel();
        self.under_way.borrow_mut().insert(call, cancel);
        *self.counts.borrow_mut().entry(grant.to_owned()).or_default() += 1;
        self.show();
        UnderWay { calls: self.clone(), call, cancelled }
    }

    /// Gives up a call; whether it was under way.
    pub(super) fn cancel(&self, call: Key) -> bool {
        let cancel = self.under_way.borrow_mut().remove(&call);
        cancel.is_some_and(|cancel| cancel.send(()).is_ok())
    }

    /// Keeps what a call gave; the oldest make room.
    pub(super) fn keep(&self, value: Value) -> (Key, Rc<Value>) {
        let (key, size, value) = (Key::new(), value.size(), Rc::new(value));
        let mut results = self.results.borrow_mut();
        results.push_back((key, value.clone(), size));
        self.kept.set(self.kept.get() + size);
        while results.len() > self.most_results || (results.len() > 1 && self.kept.get() > self.most_bytes) {
            let Some((gone, _, size)) = results.pop_front() else { break };
            self.kept.set(self.kept.get() - size);
            for call in self.recent.borrow_mut().iter_mut().filter(|call| call.result == Some(gone)) {
                call.result = None;
            }
        }
        (key, value)
    }

    pub(super) fn result(&self, key: Key) -> Option<Rc<Value>> {
        self.results.borrow().iter().find(|(known, ..)| *known == key).map(|(_, value, _)| value.clone())
    }

    /// Lists a call that is over.
    pub(super) fn note(&self, call: CallView) {
        let mut recent = self.recent.borrow_mut();
        recent.push_front(call);
        recent.truncate(MOST_RECENT);
    }

    fn show(&self) {
        let counts = self.counts.borrow();
        let counts = counts.iter().map(|(grant, &calls)| CountView { grant: Text::line(grant), calls });
        let recent = self.recent.borrow().iter().cloned().collect();
        let under_way = u64::try_from(self.under_way.borrow().len()).unwrap_or(u64::MAX);
        self.board.put("capset/calls", CallsView { counts: counts.collect(), recent, under_way });
    }
}

/// A call under way.
pub(super) struct UnderWay {
    calls: Rc<Calls>,
    call: Key,
    cancelled: oneshot::Receiver<()>,
}

impl UnderWay {
    /// Somebody gave it up.
    pub(super) async fn cancelled(&mut self) {
        if (&mut self.cancelled).await.is_err() {
            // Another call has taken its name.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.cancelled.close();
        // One that has taken its name stays.
        let mut under_way = self.calls.under_way.borrow_mut();
        if under_way.get(&self.call).is_some_and(oneshot::Sender::is_closed) {
            under_way.remove(&self.call);
        }
        drop(under_way);
        self.calls.show();
    }
}

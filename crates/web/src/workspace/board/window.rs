//! What one window reads.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::log::Event;
use super::topic::{Snapshot, Topic};
use super::{Audience, Board, Place, State, gone_line, whole_line};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, json};

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
    /// A later one with the same name has its place.
    turn: u64,
    changed: watch::Receiver<u64>,
    /// The number of the next event to tell; none where it has to begin anew.
    at: Option<u64>,
    /// The topics for those who want them of which it has been sent the whole.
    has: BTreeMap<Arc<str>, Had>,
    /// What was read and is still to be told.
    pending: VecDeque<Piece>,
    begun: bool,
    over: bool,
}

/// A topic as a window was sent it.
struct Had {
    edition: u64,
    /// What the whole took.
    bytes: usize,
}

/// What is told in one piece.
enum Piece {
    /// A line of no number: a stream that breaks after it goes on from before it.
    Line(Arc<str>),
    /// An event of the log, and where to go on from after it.
    Event(Arc<str>, u64),
    /// All of a topic.
    Whole(Arc<str>, Snapshot),
    /// Where to go on from.
    Mark(u64),
}

impl Board {
    /// Opens a stream for a window. One with the same name takes the place of the one before, which ends.
    pub(crate) fn window(&self, opening: Opening) -> Result<Window, Problem> {
        let Opening { window: key, topics: wants, after } = opening;
        self.check_wants(&wants)?;
        let mut state = self.lock();
        if state.windows.len() >= self.0.bounds.windows && !state.windows.contains_key(&key) {
            return Err(Problem::new(
                hyper::StatusCode::TOO_MANY_REQUESTS,
                "handlerLimitExceeded",
                "This session is open in too many windows.",
                "Close one of them.",
            ));
        }
        let at = after.and_then(|after| self.place(&after)).filter(|&at| state.log.since(at).is_some());
        let turn = state.turn();
        let is_taken = state.windows.insert(key, Place { turn, wants }).is_some();
        self.sum_up(state);
        if is_taken {
            self.tell();
        }
        Ok(Window {
            board: self.clone(),
            key,
            turn,
            changed: self.0.changed.subscribe(),
            at,
            has: BTreeMap::new(),
            pending: VecDeque::new(),
            begun: false,
            over: false,
        })
    }

    /// The number that `EPOCH-NUMBER` is, where it is of this board.
    fn place(&self, after: &str) -> Option<u64> {
        let (epoch, number) = after.split_once('-')?;
        (Key::parse(epoch) == Some(self.0.epoch)).then(|| number.parse().ok()).flatten()
    }
}

impl Window {
    /// About so much is told in one go.
    const CHUNK: usize = 64 << 10;

    /// What there is to tell, once there is something; nothing once all has been told.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(text) = self.take() {
                return Some(text.into());
            }
            if self.over {
                return None;
            }
            // Marked as seen before it is looked at: a change meanwhile wakes it at once.
            self.changed.borrow_and_update();
            self.read();
            if self.pending.is_empty() && !self.over {
                self.changed.changed().await.ok()?;
            }
        }
    }

    /// Makes text of what was read, outside of the lock.
    fn take(&mut self) -> Option<String> {
        let epoch = self.board.0.epoch;
        let mut text = String::new();
        while text.len() < Self::CHUNK
            && let Some(piece) = self.pending.pop_front()
        {
            let _ = match piece {
                Piece::Line(line) => write!(text, "data: {line}\n\n"),
                Piece::Event(line, after) => write!(text, "id: {epoch}-{after}\ndata: {line}\n\n"),
                Piece::Whole(topic, snapshot) => {
                    let whole = snapshot.text();
                    if let Some(had) = self.has.get_mut(&topic) {
                        had.bytes = whole.len();
                    }
                    let fits = self.board.fits(&topic, whole.len());
                    let line = if fits { whole_line(&topic, &whole) } else { gone_line(&topic) };
                    write!(text, "data: {line}\n\n")
                }
                Piece::Mark(number) => write!(text, "id: {epoch}-{number}\n\n"),
            };
        }
        (!text.is_empty()).then_some(text)
    }

    fn read(&mut self) {
        let board = self.board.clone();
        let state = board.lock();
        let Some(Place { wants, .. }) = state.windows.get(&self.key).filter(|place| place.turn == self.turn) else {
            self.over = true;
            return;
        };
        let behind = self.at.filter(|&at| state.log.since(at).is_some());
        if !self.begun || behind.is_none() {
            self.begun = true;
            self.pending.push_back(Piece::Line(format!(r#"{{"begin":{{"anew":{}}}}}"#, behind.is_none()).into()));
        }
        match behind {
            Some(at) => self.read_since(&state, at),
            None => self.read_all(&state),
        }
        self.read_wanted(&state, wants);
        let next = state.log.next();
        if self.at != Some(next) {
            self.at = Some(next);
            self.pending.push_back(Piece::Mark(next));
        }
        if let Some(ended) = &state.ended {
            self.over = true;
            self.pending.push_back(Piece::Line(format!(r#"{{"ended":{}}}"#, json(ended)).into()));
        }
    }

    fn read_since(&mut self, state: &State, at: u64) {
        self.forget_what_costs_too_much(state, at);
        for (number, event) in state.log.since(at).into_iter().flatten() {
            let is_for_it = match event.audience {
                Audience::All => !state.is_superseded(event),
                Audience::Wanting => self.is_had(event),
            };
            if is_for_it {
                self.pending.push_back(Piece::Event(event.line.clone(), number + 1));
            }
        }
    }

    fn is_had(&self, event: &Event) -> bool {
        self.has.get(&event.topic).is_some_and(|had| had.edition == event.edition)
    }

    /// Of a topic whose changes since then are more than the whole was, a window that is too slow is told the whole.
    fn forget_what_costs_too_much(&mut self, state: &State, at: u64) {
        let mut untold: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for (_, event) in state.log.since(at).into_iter().flatten().filter(|(_, event)| self.is_had(event)) {
            *untold.entry(&event.topic).or_default() += event.line.len();
        }
        let least = self.board.0.bounds.lag_bytes;
        self.has.retain(|topic, had| untold.get(topic).is_none_or(|&untold| untold <= had.bytes.max(least)));
    }

    fn read_all(&mut self, state: &State) {
        self.has.clear();
        for (name, topic) in state.topics.iter().filter(|(_, topic)| topic.audience == Audience::All) {
            self.pending.push_back(Piece::Whole(name.clone(), topic.model.snapshot()));
        }
    }

    /// After what was read so far, so that no delta comes before its whole, and none twice.
    fn read_wanted(&mut self, state: &State, wants: &BTreeSet<String>) {
        let pending = &mut self.pending;
        self.has.retain(|name, _| {
            // What there is no more, or for all now, was told in its order.
            let is_there = state.topics.get(name).is_some_and(|topic| topic.audience == Audience::Wanting);
            let is_wanted = wants.contains(&**name);
            if is_there && !is_wanted {
                pending.push_back(Piece::Line(gone_line(name).into()));
            }
            is_there && is_wanted
        });
        let is_for_it =
            |(name, topic): &(&Arc<str>, &Topic)| topic.audience == Audience::Wanting && wants.contains(&***name);
        for (name, topic) in state.topics.iter().filter(is_for_it) {
            if self.has.get(name).is_none_or(|had| had.edition != topic.edition) {
                self.has.insert(name.clone(), Had { edition: topic.edition, bytes: 0 });
                self.pending.push_back(Piece::Whole(name.clone(), topic.model.snapshot()));
            }
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let mut state = self.board.lock();
        if state.windows.get(&self.key).is_some_and(|place| place.turn == self.turn) {
            state.windows.remove(&self.key);
            self.board.sum_up(state);
        }
    }
}

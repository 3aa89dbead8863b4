//! A topic that grows, as whoever feeds it has it.

use std::marker::PhantomData;
use std::sync::Arc;

use super::log::Event;
use super::topic::Kept;
use super::{Audience, Board, Model};
use crate::workspace::view::{json, quoted};

/// A topic that grows. Dropping it takes the topic away.
pub(crate) struct Channel<M: Model> {
    pub(super) board: Board,
    pub(super) topic: Arc<str>,
    /// Another one of the same name is none of its business.
    pub(super) turn: u64,
    pub(super) model: PhantomData<fn(M)>,
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

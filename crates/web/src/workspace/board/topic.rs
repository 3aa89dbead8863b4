//! One topic: its state, whatever that is.

use std::any::Any;
use std::sync::Arc;

use crate::workspace::view::{Shown, json};

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

pub(super) struct Topic {
    pub(super) audience: Audience,
    /// Which of that name it is.
    pub(super) turn: u64,
    /// Another one where a delta was told to nobody: who has an earlier one needs the whole.
    pub(super) edition: u64,
    pub(super) model: Box<dyn Erased>,
}

impl Topic {
    /// Its state, where it is of that type.
    pub(super) fn kept<K: 'static>(&mut self) -> Option<&mut K> {
        self.model.as_any().downcast_mut()
    }
}

/// A topic's whole at a time; made into text by whoever has it.
pub(super) enum Snapshot {
    Text(Arc<str>),
    Later(Box<dyn FnOnce() -> String + Send>),
}

impl Snapshot {
    pub(super) fn text(self) -> Arc<str> {
        match self {
            Self::Text(text) => text,
            Self::Later(make) => make().into(),
        }
    }
}

/// The state of a topic of any type.
pub(super) trait Erased: Send + 'static {
    fn snapshot(&self) -> Snapshot;
    fn as_any(&mut self) -> &mut dyn Any;
}

/// That of one that grows.
pub(super) struct Kept<M>(pub(super) M);

impl<M: Model> Erased for Kept<M> {
    fn snapshot(&self) -> Snapshot {
        let whole = self.0.whole();
        Snapshot::Later(Box::new(move || json(&whole)))
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

/// That of one which is told whole each time: its text.
pub(super) struct Plain(pub(super) Arc<str>);

impl Erased for Plain {
    fn snapshot(&self) -> Snapshot {
        Snapshot::Text(self.0.clone())
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

//! What is told to those in a channel.

use std::rc::Rc;
use std::sync::Arc;

/// What an event is, as the schema has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Joined,
    Left,
    System,
    History,
}

/// One event. All whom it reaches share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// A channel's name, or `@` and a handle for what was said directly.
    pub(crate) channel: Arc<str>,
    /// Empty for the service itself.
    pub(crate) sender: Rc<str>,
    pub(crate) kind: Kind,
    pub(crate) text: Rc<str>,
}

impl Event {
    pub(crate) fn new(channel: Arc<str>, sender: Rc<str>, kind: Kind, text: Rc<str>) -> Rc<Self> {
        Rc::new(Self { channel, sender, kind, text })
    }

    /// What the service itself has to say.
    pub(crate) fn system(channel: Arc<str>, text: impl Into<Rc<str>>) -> Rc<Self> {
        Self::new(channel, "".into(), Kind::System, text.into())
    }

    /// Bytes that are counted for it.
    pub(crate) fn size(&self) -> usize {
        self.channel.len() + self.sender.len() + self.text.len() + size_of::<Self>()
    }
}

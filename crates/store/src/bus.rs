//! The bus of one process.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use futures::{FutureExt as _, Stream, StreamExt as _, future};

use crate::engine::{Answer, Bus};
use crate::mailbox::{Mail, Mailbox, Sender, mailbox};
use crate::{Error, Key, Limits, Value};

/// What a subscriber is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A message.
    Message {
        /// What it is about.
        subject: Key,
        /// What it says.
        message: Value,
    },
    /// The subscriber did not keep up, and messages are lost to it. More follow.
    Lagged,
}

/// Messages, in the order in which they were published. Ends with the bus.
pub struct Subscription(Mailbox<(Key, Value)>);

impl Stream for Subscription {
    type Item = Heard;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Heard>> {
        self.0.poll_next_unpin(context).map(|mail| {
            mail.map(|mail| match mail {
                Mail::Item((subject, message)) => Heard::Message { subject, message },
                Mail::Lagged => Heard::Lagged,
            })
        })
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription")
    }
}

/// A bus within this process.
pub struct LocalBus {
    limits: Limits,
    subscribers: Mutex<Subscribers>,
}

/// By pattern: a message looks up its subject and each pattern above it, however many others listen elsewhere.
#[derive(Default)]
struct Subscribers {
    by_pattern: HashMap<String, Vec<Sender<(Key, Value)>>>,
    count: usize,
}

impl LocalBus {
    /// A bus to which nobody listens yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, subscribers: Mutex::default() }
    }

    fn tell(&self, subject: &Key, message: &Value) -> Result<(), Error> {
        if message.len() > self.limits.message_bytes {
            return Err(Error::Misused("the message is too large for the bus"));
        }
        let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        let text = subject.as_str();
        subscribers.tell(text, subject, message);
        subscribers.tell(">", subject, message);
        for (dot, _) in text.match_indices('.') {
            subscribers.tell(&format!("{}.>", &text[..dot]), subject, message);
        }
        Ok(())
    }

    fn listen(&self, pattern: &str) -> Result<Subscription, Error> {
        if pattern != ">" {
            Key::parse(pattern.strip_suffix(".>").unwrap_or(pattern))?;
        }
        let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        if subscribers.count >= self.limits.watchers {
            subscribers.sweep();
        }
        if subscribers.count >= self.limits.watchers {
            return Err(Error::Overloaded);
        }
        let (sender, mailbox) = mailbox(&self.limits);
        subscribers.by_pattern.entry(pattern.to_owned()).or_default().push(sender);
        subscribers.count += 1;
        Ok(Subscription(mailbox))
    }
}

impl Subscribers {
    fn tell(&mut self, pattern: &str, subject: &Key, message: &Value) {
        let Some(senders) = self.by_pattern.get_mut(pattern) else { return };
        let before = senders.len();
        senders.retain(|sender| !sender.is_deserted());
        self.count -= before - senders.len();
        for sender in &*senders {
            sender.send((subject.clone(), message.clone()), subject.as_str().len() + message.len());
        }
        if senders.is_empty() {
            self.by_pattern.remove(pattern);
        }
    }

    /// Forgets those who have left and whose pattern nobody has published to since.
    fn sweep(&mut self) {
        self.by_pattern.retain(|_, senders| {
            senders.retain(|sender| !sender.is_deserted());
            !senders.is_empty()
        });
        self.count = self.by_pattern.values().map(Vec::len).sum();
    }
}

impl Bus for LocalBus {
    fn publish(&self, subject: &Key, message: Value) -> Answer<()> {
        future::ready(self.tell(subject, &message)).boxed()
    }

    fn subscribe(&self, pattern: &str) -> Answer<Subscription> {
        future::ready(self.listen(pattern)).boxed()
    }
}

impl fmt::Debug for LocalBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalBus")
    }
}

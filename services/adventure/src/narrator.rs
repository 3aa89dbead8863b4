//! What everybody in a room sees, told in the room's chat channel under the game's own handle.
//!
//! It is decoration: where there is no chat, or it is slow or gone, the world goes on without.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use capos_schema::chat_capnp::chat;
use capos_service::push::{Batch, Bounds, Queue};

use crate::limits::Limits;
use crate::turn::Event;
use crate::view::channel;

/// The handle to go by: none asks the chat for the name that the node knows this service by, which is nobody else's in its
/// channels.
const HANDLE: &str = "";

/// Between two lines: a chat allows a few a second, in the long run.
const BETWEEN: Duration = Duration::from_millis(220);

/// After a refusal.
const REST: Duration = Duration::from_secs(2);

pub(crate) struct Narrator(Queue<Event>);

#[derive(Clone)]
struct Voice {
    chat: chat::Client,
    joined: Rc<RefCell<BTreeSet<String>>>,
}

impl Narrator {
    pub(crate) fn new(chat: chat::Client, limits: &Limits) -> Narrator {
        let voice = Voice { chat, joined: Rc::default() };
        let bounds = Bounds { waiting: limits.narration, batch: 1, rest: REST };
        Narrator(Queue::start(bounds, move |batch: Batch<Event>| {
            let voice = voice.clone();
            async move {
                for event in batch.items {
                    voice.tell(&event).await;
                }
                Ok(())
            }
        }))
    }

    pub(crate) fn tell(&self, event: Event) {
        self.0.push(event);
    }
}

impl Voice {
    async fn tell(&self, event: &Event) {
        let channel = channel(&event.room);
        let told = match self.joins(&channel).await {
            Ok(true) => self.says(&channel, &event.text).await,
            other => other,
        };
        if told != Ok(true) {
            // Sent out, or the chat is another process by now: the next line joins again.
            self.joined.borrow_mut().remove(&channel);
        }
        tokio::time::sleep(if told == Ok(true) { BETWEEN } else { REST }).await;
    }

    async fn joins(&self, channel: &str) -> Result<bool, ()> {
        if self.joined.borrow().contains(channel) {
            return Ok(true);
        }
        let mut request = self.chat.join_request();
        request.get().set_channel(channel);
        request.get().set_handle(HANDLE);
        let answer = request.send().promise.await.map_err(refused)?;
        let joined = answer.get().map_err(refused)?.get_joined();
        if joined {
            self.joined.borrow_mut().insert(channel.to_owned());
        }
        Ok(joined)
    }

    async fn says(&self, channel: &str, text: &str) -> Result<bool, ()> {
        let mut request = self.chat.send_request();
        request.get().set_channel(channel);
        request.get().set_text(text);
        let answer = request.send().promise.await.map_err(refused)?;
        Ok(answer.get().map_err(refused)?.get_sent())
    }
}

fn refused(error: capnp::Error) {
    tracing::debug!("the chat did not take a line: {error}");
}

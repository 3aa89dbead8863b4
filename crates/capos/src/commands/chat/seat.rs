//! The session's seat in the chat, and what it is told.

use std::rc::Rc;

use capnp::traits::HasTypeId as _;
use capos_schema::chat_capnp::{ChatEventKind, chat, chat_event, chat_listener, chat_subscription};
use capos_schema::denial::strip_remote;
use capos_schema::{Code, Denial};
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::remote::{Remote, text};

/// Batches that may wait for a slow terminal; the chat holds the next ones back then.
const WAITING: usize = 4;

/// A seat that is taken, and told of what happens.
pub(super) struct Seat {
    chat: chat::Client,
    /// Ends when the chat has let go of the listener.
    pub(super) events: mpsc::Receiver<Told>,
    /// Events come for as long as it is held.
    subscription: chat_subscription::Client,
}

/// Some events, and how many before them were dropped.
pub(super) struct Told {
    pub(super) events: Vec<Event>,
    pub(super) missed: u32,
}

/// Something that happened.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) channel: String,
    pub(super) sender: String,
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Joined,
    Left,
    System,
    History,
}

/// A channel.
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) topic: String,
    pub(super) members: u32,
    pub(super) joined: bool,
}

/// A message from before.
pub(super) struct Message {
    pub(super) number: u64,
    pub(super) at_ms: u64,
    pub(super) sender: String,
    pub(super) text: String,
}

/// Why a line was not said.
pub(super) enum Trouble {
    /// The chat is away.
    Gone,
    /// It wants lines slower.
    TooFast,
    Other(Failure),
}

impl From<capnp::Error> for Trouble {
    fn from(error: capnp::Error) -> Self {
        let words = strip_remote(&error.extra);
        let own = words.strip_prefix("service: ").unwrap_or(words);
        if own.starts_with(Code::QuotaExceeded.as_str()) || own.starts_with(Code::Overloaded.as_str()) {
            return Self::TooFast;
        }
        match Denial::from_error(&error) {
            Some(denial) if denial.code == Code::ServiceUnavailable => Self::Gone,
            _ => Self::Other(error.into()),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Gone => Denial::from(Code::ServiceUnavailable).into(),
            Trouble::TooFast => Failure::failed("the chat wants it slower than that").coded("quotaExceeded"),
            Trouble::Other(failure) => failure,
        }
    }
}

impl Seat {
    pub(super) async fn take(remote: &Remote, cap: &str) -> Result<Self, Failure> {
        let mut request = remote.bundle().get_request();
        request.get().set_name(cap);
        request.get().set_expected_interface_id(chat::Client::TYPE_ID);
        let chat: chat::Client = request.send().promise.await?.get()?.get_cap().get_as_capability()?;
        let (events, subscription) = listen(&chat).await?;
        Ok(Self { chat, events, subscription })
    }

    /// Has itself told again.
    pub(super) async fn listen(&mut self) -> Result<(), Failure> {
        (self.events, self.subscription) = listen(&self.chat).await?;
        Ok(())
    }

    /// Whether the chat still knows this seat.
    pub(super) async fn answers(&self, channel: &str) -> bool {
        self.who(channel).await.is_ok()
    }

    pub(super) async fn join(&self, channel: &str, handle: &str) -> Result<bool, Failure> {
        let mut request = self.chat.join_request();
        request.get().set_channel(channel);
        request.get().set_handle(handle);
        Ok(request.send().promise.await?.get()?.get_joined())
    }

    pub(super) async fn leave_one(&self, channel: &str) -> Result<bool, Failure> {
        let mut request = self.chat.leave_request();
        request.get().set_channel(channel);
        Ok(request.send().promise.await?.get()?.get_left())
    }

    /// Goes out of all, so that others see it at once; a seat that is held goes on otherwise.
    pub(super) async fn leave(&self, channels: impl Iterator<Item = &String>) {
        for channel in channels {
            // The chat may be away.
            let _ = self.leave_one(channel).await;
        }
    }

    pub(super) async fn send(&self, channel: &str, text: &str) -> Result<bool, Trouble> {
        let mut request = self.chat.send_request();
        request.get().set_channel(channel);
        request.get().set_text(text);
        Ok(request.send().promise.await?.get()?.get_sent())
    }

    pub(super) async fn direct(&self, handle: &str, text: &str) -> Result<bool, Trouble> {
        let mut request = self.chat.direct_request();
        request.get().set_handle(handle);
        request.get().set_text(text);
        Ok(request.send().promise.await?.get()?.get_sent())
    }

    pub(super) async fn who(&self, channel: &str) -> Result<Vec<String>, Failure> {
        let mut request = self.chat.who_request();
        request.get().set_channel(channel);
        request.send().promise.await?.get()?.get_members()?.iter().map(text).collect()
    }

    pub(super) async fn channels(&self) -> Result<Vec<Channel>, Failure> {
        let answer = self.chat.channels_request().send().promise.await?;
        let channel = |from: capos_schema::chat_capnp::chat_channel::Reader<'_>| {
            let (name, topic) = (text(from.get_name())?, text(from.get_topic())?);
            Ok(Channel { name, topic, members: from.get_members(), joined: from.get_joined() })
        };
        answer.get()?.get_channels()?.iter().map(channel).collect()
    }

    /// The latest messages of a channel, oldest first, and whether there are more before them.
    pub(super) async fn history(&self, channel: &str, most: u16) -> Result<(Vec<Message>, bool), Failure> {
        let mut request = self.chat.history_request();
        request.get().set_channel(channel);
        request.get().set_most(most);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        let message = |from: capos_schema::chat_capnp::chat_message::Reader<'_>| {
            let (sender, words) = (text(from.get_sender())?, text(from.get_text())?);
            Ok(Message { number: from.get_number(), at_ms: from.get_at_ms(), sender, text: words })
        };
        let messages = answer.get_messages()?.iter().map(message).collect::<Result<_, Failure>>()?;
        Ok((messages, answer.get_more()))
    }
}

async fn listen(chat: &chat::Client) -> Result<(mpsc::Receiver<Told>, chat_subscription::Client), Failure> {
    let (sender, events) = mpsc::channel(WAITING);
    let mut request = chat.subscribe_request();
    request.get().set_listener(capnp_rpc::new_client(Listener(sender)));
    Ok((events, request.send().promise.await?.get()?.get_subscription()?))
}

/// Is told what happens. It is dropped when the chat lets go of it, which ends the channel.
struct Listener(mpsc::Sender<Told>);

impl chat_listener::Server for Listener {
    async fn events(
        self: Rc<Self>,
        params: chat_listener::EventsParams,
        _: chat_listener::EventsResults,
    ) -> Result<(), capnp::Error> {
        let params = params.get()?;
        let events = params.get_events()?.iter().map(event).collect::<Result<_, _>>();
        let events = events.map_err(|failure: Failure| capnp::Error::failed(failure.sentence))?;
        let told = Told { events, missed: params.get_missed() };
        self.0.send(told).await.map_err(|_| capnp::Error::disconnected("nobody listens any more".into()))
    }
}

fn event(from: chat_event::Reader<'_>) -> Result<Event, Failure> {
    let kind = match from.get_kind() {
        Ok(ChatEventKind::Message) => Kind::Message,
        Ok(ChatEventKind::Joined) => Kind::Joined,
        Ok(ChatEventKind::Left) => Kind::Left,
        Ok(ChatEventKind::History) => Kind::History,
        // What a later chat may tell of has words at most.
        Ok(ChatEventKind::System) | Err(capnp::NotInSchema(_)) => Kind::System,
    };
    Ok(Event {
        channel: text(from.get_channel())?,
        sender: text(from.get_sender())?,
        kind,
        text: text(from.get_text())?,
    })
}

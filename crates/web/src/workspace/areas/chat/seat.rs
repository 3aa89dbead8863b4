//! The session's seat in the chat, and what it is told.

use std::rc::Rc;

use capos_client::Session;
use capos_schema::chat_capnp::{ChatEventKind, chat, chat_event, chat_listener, chat_message, chat_subscription};
use tokio::sync::oneshot;

use crate::workspace::problem::Problem;
use crate::workspace::view::Text;

/// Events of one call that are taken; the rest counts as missed. A chat tells fewer at once.
const MOST_EVENTS: u32 = 1024;
/// Messages of one page that are taken.
const MOST_MESSAGES: u32 = 256;
/// Channels that are listed.
const MOST_CHANNELS: u32 = 1024;

/// A seat that is taken.
pub(super) struct Seat {
    pub(super) chat: chat::Client,
    session: Session,
    /// Events come for as long as it is held.
    _subscription: chat_subscription::Client,
}

/// Something that happened.
pub(super) struct Event {
    pub(super) channel: String,
    pub(super) sender: Text,
    pub(super) kind: Kind,
    pub(super) text: Text,
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

/// A message as the chat keeps it.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) number: u64,
    pub(super) at_ms: u64,
    pub(super) sender: Text,
    pub(super) text: Text,
}

/// Some of them, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) messages: Vec<Message>,
    pub(super) more: bool,
}

/// A channel as it is listed.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) topic: Text,
    pub(super) members: u32,
    pub(super) joined: bool,
}

/// Who is told: some events, and how many before them are missing.
pub(super) type Tell = Rc<dyn Fn(Vec<Event>, u32)>;

impl Seat {
    /// Takes a seat. The receiver ends when the chat has let go of the listener.
    pub(super) async fn take(
        session: &Session,
        grant: &str,
        tell: Tell,
    ) -> Result<(Self, oneshot::Receiver<()>), Problem> {
        let chat: chat::Client = session.get_as(grant).await?;
        let (held, ended) = oneshot::channel();
        let mut request = chat.subscribe_request();
        request.get().set_listener(capnp_rpc::new_client(Listener { tell, _held: held }));
        let judged = |error: capnp::Error| Problem::from(session.judge("chat.subscribe", &error));
        let answer = request.send().promise.await.map_err(judged)?;
        let subscription = answer.get().and_then(|results| results.get_subscription()).map_err(judged)?;
        Ok((Self { chat, session: session.clone(), _subscription: subscription }, ended))
    }

    fn judged<T>(&self, operation: &str, result: capnp::Result<T>) -> Result<T, Problem> {
        result.map_err(|error| self.session.judge(operation, &error).into())
    }

    /// Enters a channel. It is sent before this returns, so that what is asked next is asked after it.
    pub(super) fn join(&self, channel: &str, handle: &str) -> impl Future<Output = Result<bool, Problem>> + use<'_> {
        let mut request = self.chat.join_request();
        request.get().set_channel(channel);
        request.get().set_handle(handle);
        let sent = request.send().promise;
        async move {
            let answer = sent.await;
            self.judged("chat.join", answer.and_then(|answer| Ok(answer.get()?.get_joined())))
        }
    }

    pub(super) async fn leave(&self, channel: &str) -> Result<bool, Problem> {
        let mut request = self.chat.leave_request();
        request.get().set_channel(channel);
        let answer = request.send().promise.await;
        self.judged("chat.leave", answer.and_then(|answer| Ok(answer.get()?.get_left())))
    }

    pub(super) async fn send(&self, channel: &str, text: &str) -> Result<bool, Problem> {
        let mut request = self.chat.send_request();
        request.get().set_channel(channel);
        request.get().set_text(text);
        let answer = request.send().promise.await;
        self.judged("chat.send", answer.and_then(|answer| Ok(answer.get()?.get_sent())))
    }

    pub(super) async fn direct(&self, handle: &str, text: &str) -> Result<bool, Problem> {
        let mut request = self.chat.direct_request();
        request.get().set_handle(handle);
        request.get().set_text(text);
        let answer = request.send().promise.await;
        self.judged("chat.direct", answer.and_then(|answer| Ok(answer.get()?.get_sent())))
    }

    pub(super) async fn who(&self, channel: &str, most: usize) -> Result<Vec<Text>, Problem> {
        let mut request = self.chat.who_request();
        request.get().set_channel(channel);
        let read = async {
            let answer = request.send().promise.await?;
            let members = answer.get()?.get_members()?;
            members.iter().take(most).map(|name| Ok(Text::line(name?.to_str()?))).collect()
        };
        self.judged("chat.who", read.await)
    }

    pub(super) async fn channels(&self) -> Result<Vec<Listed>, Problem> {
        let read = async {
            let answer = self.chat.channels_request().send().promise.await?;
            let channels = answer.get()?.get_channels()?;
            let listed = (0..channels.len().min(MOST_CHANNELS)).map(|index| channels.get(index)).map(|from| {
                let topic = Text::line(from.get_topic()?.to_str()?);
                let (name, members) = (from.get_name()?.to_string()?, from.get_members());
                Ok(Listed { name, topic, members, joined: from.get_joined() })
            });
            listed.collect()
        };
        self.judged("chat.channels", read.await)
    }

    /// Messages from before that number, 0 for the latest. It is sent before this returns.
    pub(super) fn history(
        &self,
        channel: &str,
        before: u64,
        most: u16,
    ) -> impl Future<Output = Result<Page, Problem>> + use<'_> {
        let mut request = self.chat.history_request();
        request.get().set_channel(channel);
        request.get().set_before(before);
        request.get().set_most(most);
        let sent = request.send().promise;
        async move {
            let read = async {
                let answer = sent.await?;
                let answer = answer.get()?;
                let all = answer.get_messages()?;
                let messages = (0..all.len().min(MOST_MESSAGES)).map(|index| message(all.get(index)));
                Ok(Page { messages: messages.collect::<capnp::Result<_>>()?, more: answer.get_more() })
            };
            self.judged("chat.history", read.await)
        }
    }
}

fn message(from: chat_message::Reader<'_>) -> capnp::Result<Message> {
    let (sender, text) = (Text::line(from.get_sender()?.to_str()?), Text::line(from.get_text()?.to_str()?));
    Ok(Message { number: from.get_number(), at_ms: from.get_at_ms(), sender, text })
}

/// Is told what happens. It is dropped when the chat lets go of it, which ends the receiver.
struct Listener {
    tell: Tell,
    _held: oneshot::Sender<()>,
}

impl chat_listener::Server for Listener {
    async fn events(
        self: Rc<Self>,
        params: chat_listener::EventsParams,
        _: chat_listener::EventsResults,
    ) -> Result<(), capnp::Error> {
        let params = params.get()?;
        let all = params.get_events()?;
        let taken = (0..all.len().min(MOST_EVENTS)).map(|index| event(all.get(index)));
        let events = taken.collect::<capnp::Result<Vec<_>>>()?;
        let left_out = all.len().saturating_sub(MOST_EVENTS);
        (self.tell)(events, params.get_missed().saturating_add(left_out));
        Ok(())
    }
}

fn event(from: chat_event::Reader<'_>) -> capnp::Result<Event> {
    let kind = match from.get_kind() {
        Ok(ChatEventKind::Message) => Kind::Message,
        Ok(ChatEventKind::Joined) => Kind::Joined,
        Ok(ChatEventKind::Left) => Kind::Left,
        Ok(ChatEventKind::History) => Kind::History,
        // What a later chat may tell of has words at most.
        Ok(ChatEventKind::System) | Err(capnp::NotInSchema(_)) => Kind::System,
    };
    Ok(Event {
        channel: from.get_channel()?.to_string()?,
        sender: Text::line(from.get_sender()?.to_str()?),
        kind,
        text: Text::line(from.get_text()?.to_str()?),
    })
}

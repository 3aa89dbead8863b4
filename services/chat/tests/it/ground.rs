//! A chat in a home of its own, and people in it.

use std::cell::RefCell;
use std::future::Future;
use std::path::Path;
use std::rc::Rc;

use capnp::Error;
use capos_chat::{Chat, Limits};
use capos_schema::chat_capnp::{ChatEventKind, chat, chat_event, chat_listener, chat_moderation};
use capos_service::testing::{Bench, Visitor, run};
use tempfile::TempDir;
use tokio::sync::{Notify, Semaphore};

/// A chat that the node has just started.
pub(crate) async fn chat_in(home: &Path, limits: Limits) -> Bench {
    Bench::begin(Chat::open(home, limits).unwrap()).await.unwrap()
}

/// Runs a test with a chat in a new home.
pub(crate) fn with_chat<F: Future<Output = ()>>(limits: Limits, test: impl FnOnce(Bench, TempDir) -> F) {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = chat_in(home.path(), limits).await;
        test(bench, home).await;
    });
}

/// One who holds a seat.
pub(crate) struct Person(pub(crate) chat::Client);

impl Person {
    pub(crate) async fn named(bench: &Bench, name: &str) -> Self {
        Self(bench.open(&Visitor::named(name), "chat").await.unwrap())
    }

    /// One who has joined the lobby, and has heard so.
    pub(crate) async fn in_lobby(bench: &Bench, name: &str) -> Self {
        let person = Self::named(bench, name).await;
        assert!(person.join("lobby", "").await.unwrap());
        person.heard().await;
        person
    }

    pub(crate) async fn join(&self, channel: &str, handle: &str) -> Result<bool, Error> {
        let mut request = self.0.join_request();
        request.get().set_channel(channel);
        request.get().set_handle(handle);
        Ok(request.send().promise.await?.get()?.get_joined())
    }

    pub(crate) async fn leave(&self, channel: &str) -> Result<bool, Error> {
        let mut request = self.0.leave_request();
        request.get().set_channel(channel);
        Ok(request.send().promise.await?.get()?.get_left())
    }

    pub(crate) async fn send(&self, channel: &str, text: &str) -> Result<bool, Error> {
        let mut request = self.0.send_request();
        request.get().set_channel(channel);
        request.get().set_text(text);
        Ok(request.send().promise.await?.get()?.get_sent())
    }

    pub(crate) async fn direct(&self, handle: &str, text: &str) -> Result<bool, Error> {
        let mut request = self.0.direct_request();
        request.get().set_handle(handle);
        request.get().set_text(text);
        Ok(request.send().promise.await?.get()?.get_sent())
    }

    pub(crate) async fn who(&self, channel: &str) -> Vec<String> {
        let mut request = self.0.who_request();
        request.get().set_channel(channel);
        let answer = request.send().promise.await.unwrap();
        let members = answer.get().unwrap().get_members().unwrap();
        members.iter().map(|member| member.unwrap().to_string().unwrap()).collect()
    }

    /// Everything that waits.
    pub(crate) async fn heard(&self) -> Vec<String> {
        let mut request = self.0.poll_request();
        request.get().set_max_events(u16::MAX);
        let answer = request.send().promise.await.unwrap();
        answer.get().unwrap().get_events().unwrap().iter().map(line).collect()
    }

    /// The numbers and texts of the latest messages.
    pub(crate) async fn history(&self, channel: &str) -> Vec<(u64, String)> {
        let mut request = self.0.history_request();
        request.get().set_channel(channel);
        request.get().set_most(u16::MAX);
        let answer = request.send().promise.await.unwrap();
        let messages = answer.get().unwrap().get_messages().unwrap();
        messages.iter().map(|one| (one.get_number(), one.get_text().unwrap().to_string().unwrap())).collect()
    }
}

/// An event as a person would write it down.
pub(crate) fn line(event: chat_event::Reader<'_>) -> String {
    let text = |text: capnp::text::Reader<'_>| text.to_string().unwrap();
    let (channel, sender) = (text(event.get_channel().unwrap()), text(event.get_sender().unwrap()));
    let said = text(event.get_text().unwrap());
    match event.get_kind().unwrap() {
        ChatEventKind::Message => format!("{channel} {sender}: {said}"),
        ChatEventKind::Joined => format!("{channel} +{sender}"),
        ChatEventKind::Left => format!("{channel} -{sender}"),
        ChatEventKind::System => format!("{channel} * {said}"),
        ChatEventKind::History => format!("{channel} ({sender}: {said})"),
    }
}

/// A listener that writes down what it is told, and answers when it is let.
#[derive(Default)]
pub(crate) struct Ear {
    pub(crate) calls: RefCell<Vec<(Vec<String>, u32)>>,
    pub(crate) outcomes: RefCell<Vec<Error>>,
    told: Notify,
    answers: Option<Semaphore>,
}

impl Ear {
    /// One that answers at once.
    pub(crate) fn open() -> Rc<Self> {
        Rc::default()
    }

    /// One that answers nothing before it is let.
    pub(crate) fn hanging() -> Rc<Self> {
        Rc::new(Self { answers: Some(Semaphore::new(0)), ..Self::default() })
    }

    pub(crate) fn let_answer(&self, times: usize) {
        self.answers.as_ref().unwrap().add_permits(times);
    }

    pub(crate) fn client(self: &Rc<Self>) -> chat_listener::Client {
        capnp_rpc::new_client(Listener(self.clone()))
    }

    /// Waits until so many events were told, and gives them.
    pub(crate) async fn heard(&self, count: usize) -> Vec<String> {
        loop {
            let told: Vec<String> = self.calls.borrow().iter().flat_map(|(events, _)| events.clone()).collect();
            if told.len() >= count {
                return told;
            }
            self.told.notified().await;
        }
    }

    pub(crate) fn missed(&self) -> u32 {
        self.calls.borrow().iter().map(|(_, missed)| missed).sum()
    }
}

struct Listener(Rc<Ear>);

impl chat_listener::Server for Listener {
    async fn events(
        self: Rc<Self>,
        asked: chat_listener::EventsParams,
        _: chat_listener::EventsResults,
    ) -> Result<(), Error> {
        let asked = asked.get()?;
        let call = (asked.get_events()?.iter().map(line).collect(), asked.get_missed());
        let outcome = self.0.outcomes.borrow_mut().pop();
        if let Some(error) = outcome {
            self.0.told.notify_one();
            return Err(error);
        }
        self.0.calls.borrow_mut().push(call);
        self.0.told.notify_one();
        if let Some(answers) = &self.0.answers {
            answers.acquire().await.unwrap().forget();
        }
        Ok(())
    }
}

/// Subscribes; the subscription lasts as long as the result.
pub(crate) async fn subscribe(person: &Person, ear: &Rc<Ear>) -> capos_schema::chat_capnp::chat_subscription::Client {
    let mut request = person.0.subscribe_request();
    request.get().set_listener(ear.client());
    request.send().promise.await.unwrap().get().unwrap().get_subscription().unwrap()
}

/// One who keeps order.
pub(crate) struct Moderator(pub(crate) chat_moderation::Client);

impl Moderator {
    pub(crate) async fn named(bench: &Bench, name: &str) -> Self {
        Self(bench.open(&Visitor::named(name), "chat_moderation").await.unwrap())
    }

    pub(crate) async fn ban(&self, channel: &str, handle: &str, seconds: u32) -> Result<bool, Error> {
        let mut request = self.0.ban_request();
        request.get().set_channel(channel);
        request.get().set_handle(handle);
        request.get().set_seconds(seconds);
        request.get().set_reason("spam");
        Ok(request.send().promise.await?.get()?.get_done())
    }

    pub(crate) async fn mute(&self, channel: &str, handle: &str, seconds: u32) -> Result<bool, Error> {
        let mut request = self.0.mute_request();
        request.get().set_channel(channel);
        request.get().set_handle(handle);
        request.get().set_seconds(seconds);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    pub(crate) async fn pardon(&self, channel: &str, handle: &str) -> Result<bool, Error> {
        let mut request = self.0.pardon_request();
        request.get().set_channel(channel);
        request.get().set_handle(handle);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    pub(crate) async fn erase(&self, channel: &str, number: u64) -> Result<bool, Error> {
        let mut request = self.0.erase_request();
        request.get().set_channel(channel);
        request.get().set_number(number);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    pub(crate) async fn set_topic(&self, channel: &str, topic: &str) -> Result<bool, Error> {
        let mut request = self.0.set_topic_request();
        request.get().set_channel(channel);
        request.get().set_topic(topic);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    pub(crate) async fn close(&self, channel: &str) -> Result<bool, Error> {
        let mut request = self.0.close_request();
        request.get().set_channel(channel);
        Ok(request.send().promise.await?.get()?.get_done())
    }
}

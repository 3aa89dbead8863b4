//! The seat as its holder sees it.

use std::rc::Rc;

use capnp::Error as Failure;
use capos_schema::chat_capnp::chat;

use super::{Seated, listener};
use crate::encode::{self, count, words};
use crate::handle::Handle;
use crate::words::ChannelName;

pub(super) struct Visitor(pub(super) Rc<Seated>);

impl chat::Server for Visitor {
    async fn join(self: Rc<Self>, asked: chat::JoinParams, mut told: chat::JoinResults) -> Result<(), Failure> {
        let asked = asked.get()?;
        let channel = ChannelName::parse(words(asked.get_channel()?)?)?;
        let handle = words(asked.get_handle()?)?;
        let joined = self.0.sitting.act(|hall, seat, now_ms| {
            let most = hall.limits().handle_chars;
            let handle = if handle.is_empty() { None } else { Some(Handle::parse(handle, most)?) };
            hall.join(seat, &channel, handle, now_ms)
        })?;
        told.get().set_joined(joined);
        Ok(())
    }

    async fn leave(self: Rc<Self>, asked: chat::LeaveParams, mut told: chat::LeaveResults) -> Result<(), Failure> {
        let channel = words(asked.get()?.get_channel()?)?;
        told.get().set_left(self.0.sitting.act(|hall, seat, now_ms| hall.leave(seat, channel, now_ms)));
        Ok(())
    }

    async fn send(self: Rc<Self>, asked: chat::SendParams, mut told: chat::SendResults) -> Result<(), Failure> {
        let asked = asked.get()?;
        let (channel, text) = (words(asked.get_channel()?)?, words(asked.get_text()?)?);
        told.get().set_sent(self.0.sitting.act(|hall, seat, now_ms| hall.send(seat, channel, text, now_ms))?);
        Ok(())
    }

    async fn who(self: Rc<Self>, asked: chat::WhoParams, mut told: chat::WhoResults) -> Result<(), Failure> {
        let channel = words(asked.get()?.get_channel()?)?;
        let names = self.0.sitting.act(|hall, seat, now_ms| hall.who(seat, channel, now_ms))?;
        encode::names(&names, told.get().init_members(count(names.len())));
        Ok(())
    }

    async fn poll(self: Rc<Self>, asked: chat::PollParams, mut told: chat::PollResults) -> Result<(), Failure> {
        let most = asked.get()?.get_max_events();
        let events = self.0.sitting.act(|hall, seat, _| hall.poll(seat, most.into()));
        encode::events(&events, told.get().init_events(count(events.len())));
        Ok(())
    }

    async fn channels(self: Rc<Self>, _: chat::ChannelsParams, mut told: chat::ChannelsResults) -> Result<(), Failure> {
        let channels = self.0.sitting.act(|hall, seat, now_ms| hall.list(seat, now_ms))?;
        encode::listed(&channels, told.get().init_channels(count(channels.len())));
        Ok(())
    }

    async fn subscribe(
        self: Rc<Self>,
        asked: chat::SubscribeParams,
        mut told: chat::SubscribeResults,
    ) -> Result<(), Failure> {
        let subscription = listener::subscribe(&self.0, asked.get()?.get_listener()?);
        told.get().set_subscription(capnp_rpc::new_client(subscription));
        Ok(())
    }

    async fn history(
        self: Rc<Self>,
        asked: chat::HistoryParams,
        mut told: chat::HistoryResults,
    ) -> Result<(), Failure> {
        let asked = asked.get()?;
        let (channel, before, most) = (words(asked.get_channel()?)?, asked.get_before(), asked.get_most());
        let look =
            |hall: &mut crate::hall::Hall, seat, now_ms| hall.history(seat, channel, before, most.into(), now_ms);
        encode::page(&self.0.sitting.act(look)?, told.get());
        Ok(())
    }

    async fn direct(self: Rc<Self>, asked: chat::DirectParams, mut told: chat::DirectResults) -> Result<(), Failure> {
        let asked = asked.get()?;
        let (handle, text) = (words(asked.get_handle()?)?, words(asked.get_text()?)?);
        told.get().set_sent(self.0.sitting.act(|hall, seat, now_ms| hall.direct(seat, handle, text, now_ms))?);
        Ok(())
    }
}

//! The facet of those who keep order. What it answers with `done` is written down.

use std::rc::Rc;

use capnp::Error as Failure;
use capos_schema::chat_capnp::chat_moderation as wire;

use super::Seated;
use crate::Error;
use crate::encode::{self, count, words};
use crate::hall::Hall;

pub(super) struct Moderator(pub(super) Rc<Seated>);

impl Moderator {
    async fn order(&self, deed: impl FnOnce(&mut Hall, u64) -> Result<bool, Error>) -> Result<bool, Failure> {
        Ok(self.0.sitting.desk.act_for_good(deed).await?)
    }
}

impl wire::Server for Moderator {
    async fn members(
        self: Rc<Self>,
        asked: wire::MembersParams,
        mut told: wire::MembersResults,
    ) -> Result<(), Failure> {
        let channel = words(asked.get()?.get_channel()?)?;
        let members = self.0.sitting.desk.act(|hall, now_ms| hall.members(channel, now_ms));
        encode::present(&members, told.get().init_members(count(members.len())));
        Ok(())
    }

    async fn mute(self: Rc<Self>, asked: wire::MuteParams, mut told: wire::MuteResults) -> Result<(), Failure> {
        let asked = asked.get()?;
        let (channel, handle, seconds) =
            (words(asked.get_channel()?)?, words(asked.get_handle()?)?, asked.get_seconds());
        let done = self.order(|hall, now_ms| hall.mute(channel, handle, seconds, now_ms)).await?;
        told.get().set_done(done);
        Ok(())
    }

    async fn remove(self: Rc<Self>, asked: wire::RemoveParams, mut told: wire::RemoveResults) -> Result<(), Failure> {
        let asked = asked.get()?;
        let (channel, handle, reason) =
            (words(asked.get_channel()?)?, words(asked.get_handle()?)?, words(asked.get_reason()?)?);
        let done = self.0.sitting.desk.act(|hall, now_ms| hall.remove(channel, handle, reason, now_ms))?;
        told.get().set_done(done);
        Ok(())
    }

    async fn ban(self: Rc<Self>, asked: wire::BanParams, mut told: wire::BanResults) -> Result<(), Failure> {
        let asked = asked.get()?;
        let (channel, handle, reason) =
            (words(asked.get_channel()?)?, words(asked.get_handle()?)?, words(asked.get_reason()?)?);
        let seconds = asked.get_seconds();
        let done = self.order(|hall, now_ms| hall.ban(channel, handle, seconds, reason, now_ms)).await?;
        told.get().set_done(done);
        Ok(())
    }

    async fn pardon(self: Rc<Self>, asked: wire::PardonParams, mut told: wire::PardonResults) -> Result<(), Failure> {
        let asked = asked.get()?;
        let (channel, handle) = (words(asked.get_channel()?)?, words(asked.get_handle()?)?);
        let done = self.order(|hall, now_ms| hall.pardon(channel, handle, now_ms)).await?;
        told.get().set_done(done);
        Ok(())
    }

    async fn erase(self: Rc<Self>, asked: wire::EraseParams, mut told: wire::EraseResults) -> Result<(), Failure> {
        let asked = asked.get()?;
        let (channel, number) = (words(asked.get_channel()?)?, asked.get_number());
        let done = self.order(|hall, _| Ok(hall.erase(channel, number))).await?;
        told.get().set_done(done);
        Ok(())
    }

    async fn set_topic(
        self: Rc<Self>,
        asked: wire::SetTopicParams,
        mut told: wire::SetTopicResults,
    ) -> Result<(), Failure> {
        let asked = asked.get()?;
        let (channel, topic) = (words(asked.get_channel()?)?, words(asked.get_topic()?)?);
        let done = self.order(|hall, now_ms| hall.set_topic(channel, topic, now_ms)).await?;
        told.get().set_done(done);
        Ok(())
    }

    async fn close(self: Rc<Self>, asked: wire::CloseParams, mut told: wire::CloseResults) -> Result<(), Failure> {
        let asked = asked.get()?;
        let (channel, reason) = (words(asked.get_channel()?)?, words(asked.get_reason()?)?);
        let done = self.order(|hall, _| hall.close(channel, reason)).await?;
        told.get().set_done(done);
        Ok(())
    }

    async fn reopen(self: Rc<Self>, asked: wire::ReopenParams, mut told: wire::ReopenResults) -> Result<(), Failure> {
        let channel = words(asked.get()?.get_channel()?)?;
        let done = self.order(|hall, now_ms| Ok(hall.reopen(channel, now_ms))).await?;
        told.get().set_done(done);
        Ok(())
    }
}

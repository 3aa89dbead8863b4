//! Keeping order, for those who hold the grant for it.

use capos_client::Session;
use capos_schema::chat_capnp::chat_moderation;
use serde::Deserialize;

use super::view::MemberView;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text};

/// What a moderator wants. Where a conversation is named by its key, it is a channel that was joined.
#[derive(Debug, Deserialize)]
#[serde(tag = "what", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Order {
    Mute { key: Key, handle: String, seconds: u32 },
    Remove { key: Key, handle: String, reason: String },
    Ban { key: Key, handle: String, seconds: u32, reason: String },
    Erase { key: Key, number: u64 },
    Topic { key: Key, topic: String },
    Close { key: Key, reason: String },
    Pardon { channel: String, handle: String },
    Reopen { channel: String },
}

impl Order {
    /// The conversation that it is about, where it names one.
    pub(super) fn key(&self) -> Option<Key> {
        match self {
            Self::Mute { key, .. }
            | Self::Remove { key, .. }
            | Self::Ban { key, .. }
            | Self::Erase { key, .. }
            | Self::Topic { key, .. }
            | Self::Close { key, .. } => Some(*key),
            Self::Pardon { .. } | Self::Reopen { .. } => None,
        }
    }
}

/// The grant.
pub(super) struct Moderation {
    pub(super) client: chat_moderation::Client,
    pub(super) session: Session,
}

impl Moderation {
    /// Has it done in that channel; false where there is no such channel or handle.
    pub(super) async fn give(&self, order: &Order, channel: &str) -> Result<bool, Problem> {
        let given = match order {
            Order::Mute { handle, seconds, .. } => self.mute(channel, handle, *seconds).await,
            Order::Remove { handle, reason, .. } => self.remove(channel, handle, reason).await,
            Order::Ban { handle, seconds, reason, .. } => self.ban(channel, handle, *seconds, reason).await,
            Order::Erase { number, .. } => self.erase(channel, *number).await,
            Order::Topic { topic, .. } => self.topic(channel, topic).await,
            Order::Close { reason, .. } => self.close(channel, reason).await,
            Order::Pardon { channel, handle } => self.pardon(channel, handle).await,
            Order::Reopen { channel } => self.reopen(channel).await,
        };
        given.map_err(|error| self.session.judge("chat.moderation", &error).into())
    }

    /// Who is present, and who is kept silent.
    pub(super) async fn members(&self, channel: &str, most: usize) -> Result<Vec<MemberView>, Problem> {
        let mut request = self.client.members_request();
        request.get().set_channel(channel);
        let read = async {
            let answer = request.send().promise.await?;
            let members = answer.get()?.get_members()?;
            let member = |from: capos_schema::chat_capnp::chat_member::Reader<'_>| {
                let until = from.get_muted_until_ms();
                let handle = Text::line(from.get_handle()?.to_str()?);
                Ok(MemberView { handle, muted_until_ms: (until > 0).then_some(until) })
            };
            members.iter().take(most).map(member).collect::<capnp::Result<_>>()
        };
        read.await.map_err(|error| self.session.judge("chat.moderation", &error).into())
    }

    async fn mute(&self, channel: &str, handle: &str, seconds: u32) -> capnp::Result<bool> {
        let mut request = self.client.mute_request();
        request.get().set_channel(channel);
        request.get().set_handle(handle);
        request.get().set_seconds(seconds);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    async fn remove(&self, channel: &str, handle: &str, reason: &str) -> capnp::Result<bool> {
        let mut request = self.client.remove_request();
        request.get().set_channel(channel);
        request.get().set_handle(handle);
        request.get().set_reason(reason);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    async fn ban(&self, channel: &str, handle: &str, seconds: u32, reason: &str) -> capnp::Result<bool> {
        let mut request = self.client.ban_request();
        request.get().set_channel(channel);
        request.get().set_handle(handle);
        request.get().set_seconds(seconds);
        request.get().set_reason(reason);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    async fn pardon(&self, channel: &str, handle: &str) -> capnp::Result<bool> {
        let mut request = self.client.pardon_request();
        request.get().set_channel(channel);
        request.get().set_handle(handle);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    async fn erase(&self, channel: &str, number: u64) -> capnp::Result<bool> {
        let mut request = self.client.erase_request();
        request.get().set_channel(channel);
        request.get().set_number(number);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    async fn topic(&self, channel: &str, topic: &str) -> capnp::Result<bool> {
        let mut request = self.client.set_topic_request();
        request.get().set_channel(channel);
        request.get().set_topic(topic);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    async fn close(&self, channel: &str, reason: &str) -> capnp::Result<bool> {
        let mut request = self.client.close_request();
        request.get().set_channel(channel);
        request.get().set_reason(reason);
        Ok(request.send().promise.await?.get()?.get_done())
    }

    async fn reopen(&self, channel: &str) -> capnp::Result<bool> {
        let mut request = self.client.reopen_request();
        request.get().set_channel(channel);
        Ok(request.send().promise.await?.get()?.get_done())
    }
}

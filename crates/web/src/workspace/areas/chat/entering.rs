//! Entering a channel, and who is there.

use std::time::Duration;

use capnp::traits::HasTypeId as _;
use capos_schema::chat_capnp::chat_moderation;
use tokio::time::timeout;

use super::seat::{Page, Seat};
use super::{ChatArea, PAGE, order, talk, view};
use crate::workspace::problem::Problem;

/// How long the chat may take to tell that the session has come in.
const ARRIVAL: Duration = Duration::from_secs(2);

impl ChatArea {
    /// Enters a channel that has a conversation, and shows what was said before. Whether the chat lets the session in.
    pub(super) async fn come_in(&self, seat: &Seat, channel: &str, handle: &str) -> Result<bool, Problem> {
        let with = |deed: &dyn Fn(&mut talk::Talk)| {
            if let Some(talk) = self.talks.borrow_mut().find(channel, false) {
                deed(talk);
            }
        };
        with(&|talk| talk.arrive());
        let (joined, page) = (seat.join(channel, handle), seat.history(channel, 0, PAGE));
        let (joined, page) = futures::join!(joined, page);
        if !matches!(joined, Ok(true)) {
            with(&|talk| talk.stay_out());
            return joined;
        }
        // Without history, there is what is said from now on.
        let page: Page = page.unwrap_or_default();
        with(&|talk| talk.begin(page.clone()));
        if timeout(ARRIVAL, self.arrived(channel)).await.is_err() {
            with(&|talk| talk.arrive_untold());
        }
        self.read_members(seat, channel).await;
        self.again.notify_one();
        Ok(true)
    }

    async fn arrived(&self, channel: &str) {
        loop {
            let told = self.told.notified();
            if !self.talks.borrow_mut().find(channel, false).is_some_and(|talk| talk.is_arriving()) {
                return;
            }
            told.await;
        }
    }

    /// Where that is refused, the list is what was told.
    pub(super) async fn read_members(&self, seat: &Seat, channel: &str) {
        let most = self.core.limits.chat_members;
        let members = match self.moderation().await {
            Some(moderation) => moderation.members(channel, most).await,
            None => seat.who(channel, most).await.map(|handles| {
                let member = |handle| view::MemberView { handle, muted_until_ms: None };
                handles.into_iter().map(member).collect()
            }),
        };
        let Ok(mut members) = members else { return };
        members.sort_by(|one, other| one.handle.cmp(&other.handle));
        if let Some(talk) = self.talks.borrow_mut().find(channel, false) {
            talk.present(members);
        }
    }

    pub(super) async fn moderation(&self) -> Option<order::Moderation> {
        let entry = self.core.grant_of(chat_moderation::Client::TYPE_ID)?;
        let client = self.core.session.get_as(&entry.name).await.ok()?;
        Some(order::Moderation { client, session: self.core.session.clone() })
    }
}

//! Looking around: members, channels, history.

use std::rc::Rc;
use std::sync::Arc;

use super::Hall;
use crate::Error;
use crate::allowance::Deed;
use crate::history::Message;
use crate::person::SeatNumber;

/// A channel as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) name: Arc<str>,
    pub(crate) topic: Rc<str>,
    pub(crate) members: usize,
    pub(crate) joined: bool,
}

/// Some messages of a channel, and whether there are more before them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) messages: Vec<Message>,
    pub(crate) more: bool,
}

impl Hall {
    /// The handles present in a joined channel.
    pub(crate) fn who(&mut self, seat: SeatNumber, channel: &str, now_ms: u64) -> Result<Vec<Rc<str>>, Error> {
        self.spend(seat, Deed::Look, now_ms)?;
        let members = self.place(seat, channel).map(|(_, channel)| &channel.members);
        Ok(members.into_iter().flat_map(|members| members.iter()).map(|member| member.handle.shared()).collect())
    }

    /// The channels that a seat is in or may come into.
    pub(crate) fn list(&mut self, number: SeatNumber, now_ms: u64) -> Result<Vec<Listed>, Error> {
        self.spend(number, Deed::Look, now_ms)?;
        let Some(seat) = self.seats.get(number) else { return Ok(Vec::new()) };
        let open = self.channels.values().filter(|channel| channel.is_open_to(seat.person, now_ms));
        let list = open.map(|channel| Listed {
            name: channel.name.shared(),
            topic: channel.rules.topic.clone().unwrap_or_else(|| "".into()),
            members: channel.members.len(),
            joined: seat.joined.contains_key(&channel.name),
        });
        Ok(list.collect())
    }

    /// Messages of a joined channel from before a number; 0 for the latest.
    pub(crate) fn history(
        &mut self,
        seat: SeatNumber,
        channel: &str,
        before: u64,
        most: usize,
        now_ms: u64,
    ) -> Result<Page, Error> {
        self.spend(seat, Deed::Look, now_ms)?;
        let Some((_, channel)) = self.place(seat, channel) else { return Ok(Page::default()) };
        let (messages, more) = channel.history.page(before, most.min(self.limits.history_page));
        Ok(Page { messages: messages.cloned().collect(), more })
    }
}

//! From the hall's values to the schema's, and from the schema's text to text.

use std::rc::Rc;

use capnp::{text, text_list};
use capos_schema::chat_capnp::{self as wire, ChatEventKind};

use crate::Error;
use crate::event::{Event, Kind};
use crate::hall::{Listed, Page, Present};

/// A text that a peer sent.
pub(crate) fn words(text: text::Reader<'_>) -> Result<&str, Error> {
    text.to_str().map_err(|_| Error::BadRequest("a text is not UTF-8"))
}

/// How many: lists here are bounded far below what the wire counts.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl From<Kind> for ChatEventKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Message => ChatEventKind::Message,
            Kind::Joined => ChatEventKind::Joined,
            Kind::Left => ChatEventKind::Left,
            Kind::System => ChatEventKind::System,
            Kind::History => ChatEventKind::History,
        }
    }
}

pub(crate) fn events(events: &[Rc<Event>], mut list: capnp::struct_list::Builder<'_, wire::chat_event::Owned>) {
    for (index, event) in (0..).zip(events) {
        let mut to = list.reborrow().get(index);
        to.set_channel(&*event.channel);
        to.set_sender(&*event.sender);
        to.set_kind(event.kind.into());
        to.set_text(&*event.text);
    }
}

pub(crate) fn names(names: &[Rc<str>], mut list: text_list::Builder<'_>) {
    for (index, name) in (0..).zip(names) {
        list.set(index, &**name);
    }
}

pub(crate) fn listed(channels: &[Listed], mut list: capnp::struct_list::Builder<'_, wire::chat_channel::Owned>) {
    for (index, channel) in (0..).zip(channels) {
        let mut to = list.reborrow().get(index);
        to.set_name(&*channel.name);
        to.set_topic(&*channel.topic);
        to.set_members(count(channel.members));
        to.set_joined(channel.joined);
    }
}

pub(crate) fn page(page: &Page, mut to: wire::chat::history_results::Builder<'_>) {
    to.set_more(page.more);
    let mut list = to.init_messages(count(page.messages.len()));
    for (index, message) in (0..).zip(&page.messages) {
        let mut to = list.reborrow().get(index);
        to.set_number(message.number);
        to.set_at_ms(message.at_ms);
        to.set_sender(&*message.sender);
        to.set_text(&*message.text);
    }
}

pub(crate) fn present(members: &[Present], mut list: capnp::struct_list::Builder<'_, wire::chat_member::Owned>) {
    for (index, member) in (0..).zip(members) {
        let mut to = list.reborrow().get(index);
        to.set_handle(&*member.handle);
        to.set_number(member.seat.0);
        to.set_muted_until_ms(member.muted_until_ms);
    }
}

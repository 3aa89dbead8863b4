//! All channels and all seats: what each may do, and who is told.
//!
//! Nothing here waits, reads a clock or touches a file. Every method takes the time it is called at, puts events into
//! the mailboxes of those they are for, and notes what is to be kept.

mod enter;
mod look;
mod moderate;
mod speak;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::allowance::{Deed, Persons};
use crate::channel::Channel;
use crate::event::{Event, Kind};
use crate::history::Message;
use crate::mailbox::Batch;
use crate::person::SeatNumber;
use crate::seat::{Newcomer, Seat, Seats};
use crate::words::ChannelName;
use crate::{Error, Limits};

pub(crate) use look::{Listed, Page};
pub(crate) use moderate::Present;

/// The channel that is always there.
pub(crate) const LOBBY: &str = "lobby";

/// Something that is to outlast the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// A message was said.
    Said(ChannelName, Message),
    /// What is kept of a channel's messages is not what was kept before.
    Rewritten(ChannelName),
    /// A channel's rules are others.
    Ruled(ChannelName),
    /// A channel is no more.
    Gone(ChannelName),
}

/// The chat.
///
/// Invariants: a handle is one member's in its channel; whoever is told of a channel's events is told of them in one
/// order; a seat speaks under its own handle only.
#[derive(Debug)]
pub(crate) struct Hall {
    limits: Rc<Limits>,
    seats: Seats,
    channels: BTreeMap<ChannelName, Channel>,
    persons: Persons,
    changes: Vec<Change>,
}

impl Hall {
    /// A chat with the channels that were kept, as many as fit, and the lobby.
    pub(crate) fn new(limits: Rc<Limits>, kept: impl IntoIterator<Item = Channel>, now_ms: u64) -> Self {
        let mut channels = BTreeMap::new();
        let lobby = ChannelName::parse(LOBBY).expect("it has small letters only");
        channels.insert(lobby.clone(), Channel::new(lobby.clone(), now_ms));
        for channel in kept {
            if channels.len() < limits.channels || channel.name == lobby {
                channels.insert(channel.name.clone(), channel);
            }
        }
        Self { limits, seats: Seats::default(), channels, persons: Persons::default(), changes: Vec::new() }
    }

    pub(crate) fn limits(&self) -> &Rc<Limits> {
        &self.limits
    }

    /// Seats a session.
    pub(crate) fn sit(&mut self, newcomer: &Newcomer, now_ms: u64) -> Result<SeatNumber, Error> {
        if self.seats.len() >= self.limits.seats {
            return Err(Error::Quota("every seat is taken; come again later"));
        }
        Ok(self.seats.add(newcomer, &self.limits, now_ms))
    }

    /// The session is over: it leaves everywhere.
    pub(crate) fn stand_up(&mut self, seat: SeatNumber, now_ms: u64) {
        for channel in self.joined(seat) {
            self.depart(seat, &channel, now_ms);
        }
        self.seats.remove(seat);
    }

    /// Takes waiting events out; none while a listener takes them.
    pub(crate) fn poll(&mut self, seat: SeatNumber, most: usize) -> Vec<Rc<Event>> {
        let Some(seat) = self.seats.get_mut(seat).filter(|seat| !seat.is_listening) else { return Vec::new() };
        let missed = if most > 0 { seat.take_missed() } else { 0 };
        // What was missed is told as an event of its own, which is one of those asked for.
        let note =
            (missed > 0).then(|| Event::system("".into(), format!("{missed} events were dropped: nobody took them")));
        let rest = seat.take(most - usize::from(note.is_some()), &self.limits);
        note.into_iter().chain(rest.events).collect()
    }

    /// Says whether a listener takes the events from here on.
    pub(crate) fn set_listening(&mut self, seat: SeatNumber, listening: bool) {
        if let Some(seat) = self.seats.get_mut(seat) {
            seat.is_listening = listening;
        }
    }

    /// What a listener is to be told next.
    pub(crate) fn take_batch(&mut self, seat: SeatNumber) -> Batch {
        let limits = &self.limits;
        self.seats.get_mut(seat).map_or_else(Batch::default, |seat| seat.take(limits.batch_events, limits))
    }

    /// The listening seats for which something came.
    pub(crate) fn take_woken(&mut self) -> Vec<SeatNumber> {
        self.seats.take_woken()
    }

    /// What is to be kept, in its order.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    pub(crate) fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    pub(crate) fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.get(name)
    }

    fn joined(&self, seat: SeatNumber) -> Vec<ChannelName> {
        self.seats.get(seat).map(|seat| seat.joined.keys().cloned().collect()).unwrap_or_default()
    }

    fn spend(&mut self, number: SeatNumber, deed: Deed, now_ms: u64) -> Result<(), Error> {
        let Some(seat) = self.seats.get_mut(number) else { return Ok(()) };
        let person = seat.pseudonym();
        self.persons.spend(&mut seat.allowance, person, deed, &self.limits, now_ms)
    }

    /// The seat and the channel, where the one is in the other.
    fn place(&self, seat: SeatNumber, channel: &str) -> Option<(&Seat, &Channel)> {
        let seat = self.seats.get(seat)?;
        let (name, _) = seat.joined.get_key_value(channel)?;
        Some((seat, self.channels.get(name)?))
    }

    /// Takes a seat out of a channel, and tells those who stay.
    fn depart(&mut self, seat: SeatNumber, name: &ChannelName, now_ms: u64) -> bool {
        let handle = self.seats.get_mut(seat).and_then(|seat| seat.joined.remove(name));
        let (Some(handle), Some(channel)) = (handle, self.channels.get_mut(name)) else { return false };
        channel.members.remove(handle.likeness(), &self.limits, now_ms);
        channel.touch(now_ms);
        let left = Event::new(name.shared(), handle.shared(), Kind::Left, "".into());
        if channel.members.len() < self.limits.presence_members {
            self.seats.tell_all(&channel.members, &left, &self.limits);
        }
        if channel.is_blank(now_ms) && name.as_str() != LOBBY {
            self.channels.remove(name);
        }
        true
    }
}

#[cfg(test)]
mod tests;

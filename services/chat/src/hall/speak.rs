//! Saying something, to a channel or to one.

use std::rc::Rc;

use super::{Change, Hall};
use crate::Error;
use crate::allowance::Deed;
use crate::event::{Event, Kind};
use crate::handle::{Handle, Likeness};
use crate::person::SeatNumber;
use crate::words::{ChannelName, parse_text};

/// What stands before a handle where a channel's name is expected.
const DIRECT: char = '@';

impl Hall {
    /// Says something in a joined channel. Under `@` and a handle, it is said directly.
    pub(crate) fn send(&mut self, seat: SeatNumber, channel: &str, text: &str, now_ms: u64) -> Result<bool, Error> {
        if channel.starts_with(DIRECT) {
            return self.direct(seat, channel, text, now_ms);
        }
        let text = parse_text(text, self.limits.text_bytes)?;
        let Some((name, handle)) = self.voice(seat, channel, now_ms) else { return Ok(false) };
        if self.channels.get(&name).is_some_and(|channel| channel.history.next() == 1) {
            self.spend(seat, Deed::Open, now_ms)?;
        }
        self.spend(seat, Deed::Send, now_ms)?;
        self.say(&name, &handle, text, now_ms);
        Ok(true)
    }

    /// Says something to one who is in a channel that this seat is in, too.
    pub(crate) fn direct(&mut self, seat: SeatNumber, to: &str, text: &str, now_ms: u64) -> Result<bool, Error> {
        let text = parse_text(text, self.limits.text_bytes)?;
        let Some((handle, to)) = self.reached(seat, to, now_ms) else { return Ok(false) };
        self.spend(seat, Deed::Send, now_ms)?;
        let from = format!("{DIRECT}{}", handle.as_str());
        let event = Event::new(from.into(), handle.shared(), Kind::Message, text);
        self.seats.tell(to, event, &self.limits);
        Ok(true)
    }

    /// A channel and the handle there, where a seat may speak.
    fn voice(&self, seat: SeatNumber, channel: &str, now_ms: u64) -> Option<(ChannelName, Handle)> {
        let (seat, channel) = self.place(seat, channel)?;
        let handle = seat.joined.get(&channel.name)?;
        (!channel.is_muted(seat.person, now_ms)).then(|| (channel.name.clone(), handle.clone()))
    }

    fn say(&mut self, name: &ChannelName, handle: &Handle, text: Rc<str>, now_ms: u64) {
        let Some(channel) = self.channels.get_mut(name) else { return };
        let message = channel.say(handle.shared(), text.clone(), &self.limits, now_ms).clone();
        let event = Event::new(name.shared(), handle.shared(), Kind::Message, text);
        self.seats.tell_all(&channel.members, &event, &self.limits);
        self.changes.push(Change::Said(name.clone(), message));
    }

    /// The one seat that a handle, or `handle@channel`, means, and under which handle it is spoken to.
    ///
    /// The same handle may be different people's in different channels: then it means nobody, since a private word to
    /// the wrong one cannot be taken back.
    fn reached(&self, from: SeatNumber, to: &str, now_ms: u64) -> Option<(Handle, SeatNumber)> {
        let to = to.strip_prefix(DIRECT).unwrap_or(to);
        let (handle, only) = to.split_once(DIRECT).map_or((to, None), |(handle, channel)| (handle, Some(channel)));
        let likeness = Handle::parse(handle, self.limits.handle_chars).ok()?.likeness().clone();
        let seat = self.seats.get(from)?;
        let shared = seat.joined.iter().filter(|(name, _)| only.is_none_or(|only| only == name.as_str()));
        let mut found = shared.filter_map(|(name, own)| Some((own, self.heard_in(from, name, &likeness, now_ms)?)));
        let (own, seat) = found.next()?;
        found.all(|(_, other)| other == seat).then(|| (own.clone(), seat))
    }

    fn heard_in(&self, from: SeatNumber, name: &ChannelName, to: &Likeness, now_ms: u64) -> Option<SeatNumber> {
        let (seat, channel) = self.place(from, name.as_str())?;
        let member = channel.members.find(to)?;
        (!channel.is_muted(seat.person, now_ms)).then_some(member.seat)
    }
}

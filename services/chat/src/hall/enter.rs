//! Coming in and going out.

use super::{Change, Hall, LOBBY};
use crate::Error;
use crate::allowance::Deed;
use crate::channel::Channel;
use crate::event::{Event, Kind};
use crate::handle::Handle;
use crate::members::Member;
use crate::person::SeatNumber;
use crate::seat::Seat;
use crate::words::ChannelName;

/// The last number that is tried behind a name that is taken: more seats of one name are rare, and their own business.
const LAST_NUMBER: u64 = 9;

impl Hall {
    /// Enters a channel, or takes another handle there. Without a handle, one is made of what the node calls it.
    pub(crate) fn join(
        &mut self,
        number: SeatNumber,
        name: &ChannelName,
        wanted: Option<Handle>,
        now_ms: u64,
    ) -> Result<bool, Error> {
        self.spend(number, Deed::Move, now_ms)?;
        let Some(seat) = self.seats.get(number) else { return Ok(false) };
        if let Some(own) = seat.joined.get(name) {
            return Ok(match wanted {
                Some(wanted) if wanted != *own => self.rename(number, name, wanted, now_ms),
                _ => true,
            });
        }
        if seat.joined.len() >= self.limits.channels_per_seat {
            return Err(Error::Quota("this session is in too many channels"));
        }
        let person = seat.person;
        if self.channels.get(name).is_some_and(|channel| !channel.is_open_to(person, now_ms)) {
            return Ok(false);
        }
        self.open(number, name, now_ms)?;
        self.enter(number, name, wanted, now_ms)
    }

    pub(crate) fn leave(&mut self, seat: SeatNumber, channel: &str, now_ms: u64) -> bool {
        let name = self.place(seat, channel).map(|(_, channel)| channel.name.clone());
        name.is_some_and(|name| self.depart(seat, &name, now_ms))
    }

    fn enter(
        &mut self,
        number: SeatNumber,
        name: &ChannelName,
        wanted: Option<Handle>,
        now_ms: u64,
    ) -> Result<bool, Error> {
        let (Some(seat), Some(channel)) = (self.seats.get(number), self.channels.get(name)) else { return Ok(false) };
        if channel.members.len() >= self.limits.members {
            return Err(Error::Quota("the channel is full"));
        }
        let Some(handle) = self.choose(seat, channel, wanted, now_ms) else {
            self.close_if_blank(name, now_ms);
            return Ok(false);
        };
        self.admit(number, name, handle, now_ms);
        Ok(true)
    }

    /// Puts a seat into a channel, tells it what was said before, and tells everybody that it came.
    fn admit(&mut self, number: SeatNumber, name: &ChannelName, handle: Handle, now_ms: u64) {
        let (Some(seat), Some(channel)) = (self.seats.get_mut(number), self.channels.get_mut(name)) else { return };
        seat.joined.insert(name.clone(), handle.clone());
        channel.members.insert(Member { handle: handle.clone(), seat: number, person: seat.person });
        channel.touch(now_ms);
        let (page, _) = channel.history.page(0, self.limits.history_replayed);
        for message in page {
            let event = Event::new(name.shared(), message.sender.clone(), Kind::History, message.text.clone());
            self.seats.tell(number, event, &self.limits);
        }
        let joined = Event::new(name.shared(), handle.shared(), Kind::Joined, "".into());
        if channel.members.len() <= self.limits.presence_members {
            self.seats.tell_all(&channel.members, &joined, &self.limits);
        } else {
            // It still has to learn its own handle.
            self.seats.tell(number, joined, &self.limits);
        }
    }

    /// The handle that a seat gets, if it can have one.
    fn choose(&self, seat: &Seat, channel: &Channel, wanted: Option<Handle>, now_ms: u64) -> Option<Handle> {
        let is_free = |handle: &Handle| {
            seat.may_be_called(handle, &channel.name)
                && !channel.rules.bans.is_handle_banned(handle.likeness(), now_ms)
                && channel.members.is_free(handle.likeness(), seat.person, &self.limits, now_ms)
        };
        if let Some(wanted) = wanted {
            return Some(wanted).filter(is_free);
        }
        let most = self.limits.handle_chars;
        let called = seat.called.iter();
        let numbered = called.clone().flat_map(|name| (2..=LAST_NUMBER).filter_map(|n| name.numbered(n, most)));
        let nameless = Handle::parse(&format!("visitor-{}", seat.number.0), most).ok();
        called.cloned().chain(numbered).chain(nameless).find(is_free)
    }

    fn rename(&mut self, number: SeatNumber, name: &ChannelName, wanted: Handle, now_ms: u64) -> bool {
        let Some((seat, channel)) = self.place(number, name.as_str()) else { return false };
        let Some(own) = seat.joined.get(name).cloned() else { return false };
        let is_same = own.likeness() == wanted.likeness();
        if !is_same && self.choose(seat, channel, Some(wanted.clone()), now_ms).is_none() {
            return false;
        }
        self.replace(number, name, &own, &wanted, now_ms);
        true
    }

    fn replace(&mut self, number: SeatNumber, name: &ChannelName, own: &Handle, wanted: &Handle, now_ms: u64) {
        let (Some(seat), Some(channel)) = (self.seats.get_mut(number), self.channels.get_mut(name)) else { return };
        let Some(member) = channel.members.remove(own.likeness(), &self.limits, now_ms) else { return };
        channel.members.insert(Member { handle: wanted.clone(), ..member });
        seat.joined.insert(name.clone(), wanted.clone());
        let event = |handle: &Handle, kind| Event::new(name.shared(), handle.shared(), kind, "".into());
        // Also in a crowd: nobody is to speak under a name that comes from nowhere.
        self.seats.tell_all(&channel.members, &event(own, Kind::Left), &self.limits);
        self.seats.tell_all(&channel.members, &event(wanted, Kind::Joined), &self.limits);
    }

    /// Makes sure that a channel is there.
    fn open(&mut self, seat: SeatNumber, name: &ChannelName, now_ms: u64) -> Result<(), Error> {
        if self.channels.contains_key(name) {
            return Ok(());
        }
        if self.seats.joined_together(seat) >= self.limits.channels_per_person {
            return Err(Error::Quota("this account is in too many channels to open another"));
        }
        if self.channels.len() >= self.limits.channels && !self.make_room(now_ms) {
            return Err(Error::Quota("there are too many channels"));
        }
        self.channels.insert(name.clone(), Channel::new(name.clone(), now_ms));
        Ok(())
    }

    /// Lets the channel go that nobody has used for the longest time.
    fn make_room(&mut self, now_ms: u64) -> bool {
        let idle = self.channels.values().filter(|channel| channel.name.as_str() != LOBBY);
        let idle = idle.filter(|channel| channel.is_idle(&self.limits, now_ms));
        let Some(name) = idle.min_by_key(|channel| channel.used_ms()).map(|channel| channel.name.clone()) else {
            return false;
        };
        self.channels.remove(&name);
        self.changes.push(Change::Gone(name));
        true
    }

    pub(super) fn close_if_blank(&mut self, name: &ChannelName, now_ms: u64) {
        if name.as_str() != LOBBY && self.channels.get(name).is_some_and(|channel| channel.is_blank(now_ms)) {
            self.channels.remove(name);
        }
    }
}

//! Keeping order.

use std::rc::Rc;

use super::{Change, Hall};
use crate::Error;
use crate::event::Event;
use crate::handle::Handle;
use crate::person::{Person, SeatNumber};
use crate::sanctions::{Ban, FOR_GOOD};
use crate::words::{ChannelName, parse_note};

/// One who is present, as moderators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Present {
    pub(crate) handle: Rc<str>,
    pub(crate) seat: SeatNumber,
    pub(crate) muted_until_ms: u64,
}

impl Hall {
    pub(crate) fn members(&self, channel: &str, now_ms: u64) -> Vec<Present> {
        let Some(channel) = self.channels.get(channel) else { return Vec::new() };
        let present = channel.members.iter().map(|member| Present {
            handle: member.handle.shared(),
            seat: member.seat,
            muted_until_ms: channel.rules.mutes.until(member.person, now_ms),
        });
        present.collect()
    }

    /// Lets somebody who is present, or was just now, say nothing for some time.
    pub(crate) fn mute(&mut self, channel: &str, handle: &str, seconds: u32, now_ms: u64) -> Result<bool, Error> {
        let handle = self.parse_handle(handle)?;
        let Some(channel) = self.channels.get_mut(channel) else { return Ok(false) };
        let Some(person) = channel.members.person(handle.likeness()) else { return Ok(false) };
        channel.rules.mutes.set(person, after(now_ms, seconds), &self.limits, now_ms)?;
        let text = if seconds == 0 { "you may speak here again" } else { "you are muted here" };
        let told = Event::system(channel.name.shared(), text);
        for member in channel.members.iter().filter(|member| member.person == person) {
            self.seats.tell(member.seat, told.clone(), &self.limits);
        }
        self.changes.push(Change::Ruled(channel.name.clone()));
        Ok(true)
    }

    /// Sends one out.
    pub(crate) fn remove(&mut self, channel: &str, handle: &str, reason: &str, now_ms: u64) -> Result<bool, Error> {
        let (handle, reason) = (self.parse_handle(handle)?, self.parse_reason(reason)?);
        let Some(channel) = self.channels.get(channel) else { return Ok(false) };
        let Some(seat) = channel.members.find(handle.likeness()).map(|member| member.seat) else { return Ok(false) };
        let name = channel.name.clone();
        self.send_out(seat, &name, "you were sent out", &reason, now_ms);
        Ok(true)
    }

    /// Keeps a handle and whoever has it, or had it just now, out; 0 seconds for good.
    pub(crate) fn ban(
        &mut self,
        channel: &str,
        handle: &str,
        seconds: u32,
        reason: &str,
        now_ms: u64,
    ) -> Result<bool, Error> {
        let (handle, reason) = (self.parse_handle(handle)?, self.parse_reason(reason)?);
        let Some(channel) = self.channels.get_mut(channel) else { return Ok(false) };
        let person = channel.members.person(handle.likeness());
        let until_ms = if seconds == 0 { FOR_GOOD } else { after(now_ms, seconds) };
        let is_meant = |at: &Handle, who: Person| at.likeness() == handle.likeness() || Some(who) == person;
        let present = channel.members.iter().filter(|member| is_meant(&member.handle, member.person));
        let out: Vec<SeatNumber> = present.map(|member| member.seat).collect();
        channel.rules.bans.add(Ban { handle, person, until_ms }, &self.limits, now_ms)?;
        let name = channel.name.clone();
        out.into_iter().for_each(|seat| self.send_out(seat, &name, "you were banned", &reason, now_ms));
        self.changes.push(Change::Ruled(name));
        Ok(true)
    }

    /// Ends a ban.
    pub(crate) fn pardon(&mut self, channel: &str, handle: &str, now_ms: u64) -> Result<bool, Error> {
        let handle = self.parse_handle(handle)?;
        let Some(channel) = self.channels.get_mut(channel) else { return Ok(false) };
        let lifted = channel.rules.bans.lift(handle.likeness());
        if lifted {
            let name = channel.name.clone();
            self.changes.push(Change::Ruled(name.clone()));
            self.close_if_blank(&name, now_ms);
        }
        Ok(lifted)
    }

    /// Takes a message out of the history.
    pub(crate) fn erase(&mut self, channel: &str, number: u64) -> bool {
        let Some(channel) = self.channels.get_mut(channel) else { return false };
        let erased = channel.history.erase(number);
        if erased {
            self.changes.push(Change::Rewritten(channel.name.clone()));
        }
        erased
    }

    /// Says what a channel is about; nothing takes the topic away.
    pub(crate) fn set_topic(&mut self, channel: &str, topic: &str, now_ms: u64) -> Result<bool, Error> {
        let topic = self.parse_reason(topic)?;
        let Some(channel) = self.channels.get_mut(channel) else { return Ok(false) };
        let told = Event::system(channel.name.shared(), format!("topic: {topic}"));
        channel.rules.topic = Some(topic).filter(|topic| !topic.is_empty());
        self.seats.tell_all(&channel.members, &told, &self.limits);
        let name = channel.name.clone();
        self.changes.push(Change::Ruled(name.clone()));
        self.close_if_blank(&name, now_ms);
        Ok(true)
    }

    /// Sends everybody out, and lets nobody in.
    pub(crate) fn close(&mut self, channel: &str, reason: &str) -> Result<bool, Error> {
        let reason = self.parse_reason(reason)?;
        let Some(channel) = self.channels.get_mut(channel).filter(|channel| !channel.rules.is_closed) else {
            return Ok(false);
        };
        channel.rules.is_closed = true;
        let name = channel.name.clone();
        let members = std::mem::take(&mut channel.members);
        let told = Event::system(name.shared(), because("the channel was closed", &reason));
        self.seats.tell_all(&members, &told, &self.limits);
        for member in members.iter() {
            if let Some(seat) = self.seats.get_mut(member.seat) {
                seat.joined.remove(&name);
            }
        }
        self.changes.push(Change::Ruled(name));
        Ok(true)
    }

    /// Lets people in again.
    pub(crate) fn reopen(&mut self, channel: &str, now_ms: u64) -> bool {
        let Some(channel) = self.channels.get_mut(channel).filter(|channel| channel.rules.is_closed) else {
            return false;
        };
        channel.rules.is_closed = false;
        let name = channel.name.clone();
        self.changes.push(Change::Ruled(name.clone()));
        self.close_if_blank(&name, now_ms);
        true
    }

    fn send_out(&mut self, seat: SeatNumber, name: &ChannelName, what: &str, reason: &str, now_ms: u64) {
        self.seats.tell(seat, Event::system(name.shared(), because(what, reason)), &self.limits);
        self.depart(seat, name, now_ms);
    }

    fn parse_handle(&self, text: &str) -> Result<Handle, Error> {
        Handle::parse(text, self.limits.handle_chars)
    }

    fn parse_reason(&self, text: &str) -> Result<Rc<str>, Error> {
        parse_note(text, self.limits.topic_bytes)
    }
}

fn after(now_ms: u64, seconds: u32) -> u64 {
    now_ms.saturating_add(u64::from(seconds) * 1000)
}

fn because(what: &str, reason: &str) -> String {
    if reason.is_empty() { what.to_owned() } else { format!("{what}: {reason}") }
}

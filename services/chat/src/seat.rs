//! One session's place in the chat.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use capos_service::Pseudonym;

use crate::Limits;
use crate::allowance::Allowance;
use crate::event::Event;
use crate::handle::{Handle, Likeness};
use crate::mailbox::{Batch, Mailbox};
use crate::members::Members;
use crate::person::{Person, SeatNumber};
use crate::words::ChannelName;

/// What the node tells of whoever sits down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Newcomer {
    pub(crate) display_name: Option<String>,
    pub(crate) pseudonym: Option<Pseudonym>,
}

/// A seat: who it is for never changes.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) number: SeatNumber,
    pub(crate) person: Person,
    /// What the node calls it, as a handle.
    pub(crate) called: Option<Handle>,
    /// Where it is, and under which handle.
    pub(crate) joined: BTreeMap<ChannelName, Handle>,
    pub(crate) allowance: Allowance,
    mailbox: Mailbox,
    /// Whether a listener takes what `poll` would give.
    pub(crate) is_listening: bool,
}

impl Seat {
    fn new(number: SeatNumber, newcomer: &Newcomer, limits: &Limits, now_ms: u64) -> Self {
        let called = newcomer.display_name.as_deref();
        Self {
            number,
            person: newcomer.pseudonym.map_or(Person::Visitor(number), Person::Known),
            called: called.and_then(|name| Handle::from_display_name(name, limits.handle_chars)),
            joined: BTreeMap::new(),
            allowance: Allowance::of_seat(limits, now_ms),
            mailbox: Mailbox::default(),
            is_listening: false,
        }
    }

    pub(crate) fn pseudonym(&self) -> Option<Pseudonym> {
        match self.person {
            Person::Known(pseudonym) => Some(pseudonym),
            Person::Visitor(_) => None,
        }
    }

    /// Whether it may go by a handle in a channel. Some are for those alone whom the node calls so, and only an account
    /// has a name that somebody else gave it.
    pub(crate) fn may_be_called(&self, handle: &Handle, channel: &ChannelName) -> bool {
        let is_own = self.called.as_ref().is_some_and(|called| called.likeness() == handle.likeness());
        let is_owners = channel.owner().is_some_and(|owner| Likeness::of(owner) == *handle.likeness());
        !(handle.is_reserved() || is_owners) || (is_own && self.pseudonym().is_some())
    }

    pub(crate) fn has_events(&self) -> bool {
        !self.mailbox.is_empty()
    }

    pub(crate) fn take_missed(&mut self) -> u32 {
        self.mailbox.take_missed()
    }

    pub(crate) fn take(&mut self, most: usize, limits: &Limits) -> Batch {
        self.mailbox.take(most, limits)
    }
}

/// All seats, and which of them have something to take that had nothing before.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    taken: HashMap<SeatNumber, Seat>,
    last: u64,
    woken: Vec<SeatNumber>,
}

impl Seats {
    pub(crate) fn len(&self) -> usize {
        self.taken.len()
    }

    pub(crate) fn add(&mut self, newcomer: &Newcomer, limits: &Limits, now_ms: u64) -> SeatNumber {
        self.last += 1;
        let number = SeatNumber(self.last);
        self.taken.insert(number, Seat::new(number, newcomer, limits, now_ms));
        number
    }

    pub(crate) fn remove(&mut self, number: SeatNumber) {
        self.taken.remove(&number);
    }

    pub(crate) fn get(&self, number: SeatNumber) -> Option<&Seat> {
        self.taken.get(&number)
    }

    pub(crate) fn get_mut(&mut self, number: SeatNumber) -> Option<&mut Seat> {
        self.taken.get_mut(&number)
    }

    /// How many channels a seat is in together with all others of its principal.
    pub(crate) fn joined_together(&self, number: SeatNumber) -> usize {
        let person = self.get(number).map(|seat| seat.person);
        self.taken.values().filter(|seat| Some(seat.person) == person).map(|seat| seat.joined.len()).sum()
    }

    /// Puts an event before one seat.
    pub(crate) fn tell(&mut self, number: SeatNumber, event: Rc<Event>, limits: &Limits) {
        let Some(seat) = self.taken.get_mut(&number) else { return };
        if seat.is_listening && !seat.has_events() {
            self.woken.push(number);
        }
        seat.mailbox.push(event, limits);
    }

    /// Puts an event before all who are present.
    pub(crate) fn tell_all(&mut self, members: &Members, event: &Rc<Event>, limits: &Limits) {
        for member in members.iter() {
            self.tell(member.seat, event.clone(), limits);
        }
    }

    /// The listening seats that have something to take that had nothing before.
    pub(crate) fn take_woken(&mut self) -> Vec<SeatNumber> {
        std::mem::take(&mut self.woken)
    }
}

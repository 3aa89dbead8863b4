//! Who is present in a channel, and who was there just now.

use std::collections::{BTreeMap, VecDeque};

use crate::Limits;
use crate::handle::{Handle, Likeness};
use crate::person::{Person, SeatNumber};

/// One who is present.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) handle: Handle,
    pub(crate) seat: SeatNumber,
    pub(crate) person: Person,
}

/// One who has left, for as long as its handle stays its own.
#[derive(Clone, Debug)]
struct Departed {
    handle: Likeness,
    person: Person,
    at_ms: u64,
}

/// Those present, no two under handles that are alike, and those who have just left.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    present: BTreeMap<Likeness, Member>,
    departed: VecDeque<Departed>,
}

impl Members {
    pub(crate) fn len(&self) -> usize {
        self.present.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.present.values()
    }

    pub(crate) fn find(&self, handle: &Likeness) -> Option<&Member> {
        self.present.get(handle)
    }

    /// Whether somebody may come in under a handle: nobody has it, and nobody else has just left under it.
    pub(crate) fn is_free(&self, handle: &Likeness, person: Person, limits: &Limits, now_ms: u64) -> bool {
        let held = self.departed.iter().rev().find(|departed| departed.handle == *handle);
        let held = held.filter(|departed| is_recent(departed, limits, now_ms));
        !self.present.contains_key(handle) && held.is_none_or(|departed| departed.person == person)
    }

    /// Takes somebody in. The handle must be free.
    pub(crate) fn insert(&mut self, member: Member) {
        self.departed.retain(|departed| departed.handle != *member.handle.likeness());
        self.present.insert(member.handle.likeness().clone(), member);
    }

    /// Lets somebody go, and remembers it for a while if it can come back.
    pub(crate) fn remove(&mut self, handle: &Likeness, limits: &Limits, now_ms: u64) -> Option<Member> {
        let member = self.present.remove(handle)?;
        if matches!(member.person, Person::Known(_)) {
            self.departed.push_back(Departed { handle: handle.clone(), person: member.person, at_ms: now_ms });
        }
        let is_over = |departed: &VecDeque<Departed>| {
            departed.len() > limits.departed
                || departed.front().is_some_and(|departed| !is_recent(departed, limits, now_ms))
        };
        while is_over(&self.departed) {
            self.departed.pop_front();
        }
        Some(member)
    }

    /// Whoever is present under a handle, or was just now.
    pub(crate) fn person(&self, handle: &Likeness) -> Option<Person> {
        let departed = || self.departed.iter().rev().find(|departed| departed.handle == *handle);
        self.find(handle).map(|member| member.person).or_else(|| departed().map(|departed| departed.person))
    }
}

fn is_recent(departed: &Departed, limits: &Limits, now_ms: u64) -> bool {
    now_ms.saturating_sub(departed.at_ms) < limits.departed_seconds.saturating_mul(1000)
}

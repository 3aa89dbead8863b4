//! Who may not come into a channel, and who may say nothing there.

use crate::handle::{Handle, Likeness};
use crate::person::Person;
use crate::{Error, Limits};

/// A ban ends at this time never.
pub(crate) const FOR_GOOD: u64 = u64::MAX;

/// Keeps a handle, and whoever had it, out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ban {
    pub(crate) handle: Handle,
    pub(crate) person: Option<Person>,
    pub(crate) until_ms: u64,
}

/// The bans of one channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bans(Vec<Ban>);

impl Bans {
    /// Adds one, in place of an earlier one of the same handle.
    pub(crate) fn add(&mut self, ban: Ban, limits: &Limits, now_ms: u64) -> Result<(), Error> {
        self.0.retain(|other| other.until_ms > now_ms && other.handle.likeness() != ban.handle.likeness());
        if self.0.len() >= limits.sanctions {
            return Err(Error::Quota("there are too many bans in this channel"));
        }
        self.0.push(ban);
        Ok(())
    }

    pub(crate) fn lift(&mut self, handle: &Likeness) -> bool {
        let before = self.0.len();
        self.0.retain(|ban| ban.handle.likeness() != handle);
        self.0.len() < before
    }

    pub(crate) fn is_person_banned(&self, person: Person, now_ms: u64) -> bool {
        self.0.iter().any(|ban| ban.until_ms > now_ms && ban.person == Some(person))
    }

    pub(crate) fn is_handle_banned(&self, handle: &Likeness, now_ms: u64) -> bool {
        self.0.iter().any(|ban| ban.until_ms > now_ms && ban.handle.likeness() == handle)
    }

    pub(crate) fn is_empty(&self, now_ms: u64) -> bool {
        self.iter(now_ms).next().is_none()
    }

    pub(crate) fn iter(&self, now_ms: u64) -> impl Iterator<Item = &Ban> {
        self.0.iter().filter(move |ban| ban.until_ms > now_ms)
    }
}

/// The mutes of one channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mutes(Vec<(Person, u64)>);

impl Mutes {
    /// Mutes somebody until then; a time that has passed ends it.
    pub(crate) fn set(&mut self, person: Person, until_ms: u64, limits: &Limits, now_ms: u64) -> Result<(), Error> {
        self.0.retain(|(other, until)| *until > now_ms && *other != person);
        if until_ms <= now_ms {
            return Ok(());
        }
        if self.0.len() >= limits.sanctions {
            return Err(Error::Quota("too many are muted in this channel"));
        }
        self.0.push((person, until_ms));
        Ok(())
    }

    /// Until when somebody may say nothing; 0 where it may.
    pub(crate) fn until(&self, person: Person, now_ms: u64) -> u64 {
        self.iter(now_ms).find(|(other, _)| *other == person).map_or(0, |(_, until)| until)
    }

    pub(crate) fn is_empty(&self, now_ms: u64) -> bool {
        self.iter(now_ms).next().is_none()
    }

    pub(crate) fn iter(&self, now_ms: u64) -> impl Iterator<Item = (Person, u64)> {
        self.0.iter().copied().filter(move |(_, until)| *until > now_ms)
    }
}

#[cfg(test)]
mod tests {
    use capos_service::Pseudonym;

    use super::*;
    use crate::person::SeatNumber;

    const ALICE: Person = Person::Known(Pseudonym::new([1; 32]));

    fn ban(handle: &str, person: Option<Person>, until_ms: u64) -> Ban {
        Ban { handle: Handle::parse(handle, 32).unwrap(), person, until_ms }
    }

    #[test]
    fn a_ban_holds_for_the_handle_and_the_person_until_its_time() {
        let mut bans = Bans::default();
        bans.add(ban("Alice", Some(ALICE), 100), &Limits::default(), 0).unwrap();
        assert!(bans.is_person_banned(ALICE, 99) && !bans.is_person_banned(ALICE, 100));
        assert!(!bans.is_person_banned(Person::Visitor(SeatNumber(1)), 99));
        assert!(bans.is_handle_banned(&Likeness::of("a1ice"), 99));
        assert!(bans.lift(&Likeness::of("ALICE")) && !bans.lift(&Likeness::of("ALICE")));
        assert!(bans.is_empty(0));
    }

    #[test]
    fn a_channel_has_so_many_sanctions_and_those_that_are_over_make_room() {
        let limits = Limits { sanctions: 2, ..Limits::default() };
        let (mut bans, mut mutes) = (Bans::default(), Mutes::default());
        for (handle, seat) in [("ann", 1), ("ben", 2)] {
            bans.add(ban(handle, None, 50), &limits, 0).unwrap();
            mutes.set(Person::Visitor(SeatNumber(seat)), 50, &limits, 0).unwrap();
        }
        assert!(bans.add(ban("cleo", None, 50), &limits, 49).is_err());
        assert!(mutes.set(ALICE, 60, &limits, 49).is_err());
        bans.add(ban("ANN", None, 60), &limits, 49).unwrap();
        mutes.set(Person::Visitor(SeatNumber(1)), 60, &limits, 49).unwrap();
        bans.add(ban("cleo", None, 60), &limits, 50).unwrap();
        mutes.set(ALICE, 60, &limits, 50).unwrap();
        assert_eq!((mutes.until(ALICE, 59), mutes.until(ALICE, 60)), (60, 0));
        mutes.set(ALICE, 0, &limits, 50).unwrap();
        assert_eq!(mutes.until(ALICE, 59), 0);
    }
}

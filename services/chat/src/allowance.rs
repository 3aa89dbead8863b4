//! What one seat, and one principal with all its seats, may do in how short a time.

use std::collections::HashMap;

use capos_service::Pseudonym;
use capos_service::pace::{Pace, Rate};

use crate::{Error, Limits};

/// What costs others something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Saying something, to a channel or to one.
    Send,
    /// Joining, or taking another handle.
    Move,
    /// Saying the first word in a channel, which is kept from then on.
    Open,
    /// Asking for members, channels or history.
    Look,
}

impl Deed {
    fn refusal(self) -> Error {
        Error::Quota(match self {
            Deed::Send => "too many messages in too short a time",
            Deed::Move => "too many joins in too short a time",
            Deed::Open => "too many new channels in too short a time",
            Deed::Look => "too many questions in too short a time",
        })
    }
}

/// A pace for each deed.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    sends: Pace,
    moves: Pace,
    openings: Pace,
    looks: Pace,
}

impl Allowance {
    fn new(limits: &Limits, factor: u32, now_ms: u64) -> Self {
        let pace = |burst, per_minute| Pace::new(Rate { burst, per_minute }.times(factor), now_ms);
        Self {
            sends: pace(limits.send_burst, limits.sends_per_minute),
            moves: pace(limits.move_burst, limits.moves_per_minute),
            openings: pace(limits.opening_burst, limits.openings_per_minute),
            looks: pace(limits.look_burst, limits.looks_per_minute),
        }
    }

    pub(crate) fn of_seat(limits: &Limits, now_ms: u64) -> Self {
        Self::new(limits, 1, now_ms)
    }

    fn pace(&mut self, deed: Deed) -> &mut Pace {
        match deed {
            Deed::Send => &mut self.sends,
            Deed::Move => &mut self.moves,
            Deed::Open => &mut self.openings,
            Deed::Look => &mut self.looks,
        }
    }

    fn is_full(&mut self, now_ms: u64) -> bool {
        [Deed::Send, Deed::Move, Deed::Open, Deed::Look].into_iter().all(|deed| self.pace(deed).is_full(now_ms))
    }
}

/// The allowances of principals: they outlast their seats, or a new session would be a fresh start.
#[derive(Debug, Default)]
pub(crate) struct Persons(HashMap<Pseudonym, Allowance>);

impl Persons {
    /// Takes one deed from a seat's allowance and from its principal's, or nothing from either.
    pub(crate) fn spend(
        &mut self,
        seat: &mut Allowance,
        person: Option<Pseudonym>,
        deed: Deed,
        limits: &Limits,
        now_ms: u64,
    ) -> Result<(), Error> {
        let own = seat.pace(deed);
        let is_granted =
            own.has(now_ms) && person.is_none_or(|person| self.of(person, limits, now_ms).pace(deed).take(now_ms));
        if is_granted && own.take(now_ms) { Ok(()) } else { Err(deed.refusal()) }
    }

    fn of(&mut self, person: Pseudonym, limits: &Limits, now_ms: u64) -> &mut Allowance {
        if self.0.len() >= limits.persons && !self.0.contains_key(&person) {
            // Who has rested long enough is as good as new.
            self.0.retain(|_, allowance| !allowance.is_full(now_ms));
            if self.0.len() >= limits.persons {
                self.0.clear();
            }
        }
        self.0.entry(person).or_insert_with(|| Allowance::new(limits, limits.person_factor, now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits { send_burst: 2, sends_per_minute: 60, person_factor: 2, persons: 2, ..Limits::default() }
    }

    #[test]
    fn all_seats_of_a_principal_share_its_allowance() {
        let (limits, mut persons) = (limits(), Persons::default());
        let mut seats = vec![Allowance::of_seat(&limits, 0); 3];
        let mut sent = |seat: usize, person| {
            let outcomes = [(); 5].map(|()| persons.spend(&mut seats[seat], person, Deed::Send, &limits, 0));
            outcomes.into_iter().filter(Result::is_ok).count()
        };
        let one = Some(Pseudonym::new([1; 32]));
        assert_eq!((sent(0, one), sent(1, one), sent(2, one)), (2, 2, 0));
        assert_eq!(
            sent(2, Some(Pseudonym::new([2; 32]))),
            2,
            "another principal has its own, and the seat's was not spent"
        );
    }

    #[test]
    fn a_visitor_has_what_its_seat_has() {
        let (limits, mut persons) = (limits(), Persons::default());
        let mut seat = Allowance::of_seat(&limits, 0);
        let sent = (0..5).filter(|_| persons.spend(&mut seat, None, Deed::Send, &limits, 0).is_ok()).count();
        assert_eq!(sent, 2);
    }

    #[test]
    fn no_more_principals_are_remembered_than_the_bound() {
        let (limits, mut persons) = (limits(), Persons::default());
        for person in 0..9 {
            let mut seat = Allowance::of_seat(&limits, 0);
            persons.spend(&mut seat, Some(Pseudonym::new([person; 32])), Deed::Look, &limits, 0).unwrap();
            assert!(persons.0.len() <= 2);
        }
    }
}

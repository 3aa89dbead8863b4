//! How many capabilities of the outside may be held on the inside at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use capos_schema::{Code, Denial};

/// Counts what the outside has handed to the inside and the inside still holds: callbacks, for the most part.
///
/// The inside of a session's grant is a connection that other sessions use too; without a count of its own, one session
/// could use up what that connection may hold. A tally is shared by everything that counts on it, also across threads.
#[derive(Debug)]
pub struct Tally {
    most: u32,
    held: AtomicU32,
}

impl Tally {
    /// Nothing held yet, and room for `most`.
    #[must_use]
    pub fn new(most: u32) -> Self {
        Self { most, held: AtomicU32::new(0) }
    }

    /// How many are held at this moment.
    #[must_use]
    pub fn held(&self) -> u32 {
        self.held.load(Ordering::Relaxed)
    }

    /// How many may be.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.most
    }

    fn take(&self) -> Result<(), Denial> {
        self.held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| (held < self.most).then_some(held + 1))
            .map(drop)
            .map_err(|_| Code::QuotaExceeded.into())
    }

    fn give_back(&self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One capability's place in every tally, given back on drop.
#[derive(Debug)]
pub(crate) struct Place(Vec<Arc<Tally>>);

impl Place {
    /// Takes one place in each tally, or none in any.
    pub(crate) fn take(tallies: &[Arc<Tally>]) -> Result<Self, Denial> {
        let mut place = Self(Vec::with_capacity(tallies.len()));
        for tally in tallies {
            tally.take()?;
            place.0.push(tally.clone());
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.iter().for_each(|tally| tally.give_back());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_in_every_tally_or_in_none() {
        let (wide, narrow) = (Arc::new(Tally::new(2)), Arc::new(Tally::new(1)));
        let both = [wide.clone(), narrow.clone()];
        let place = Place::take(&both).expect("room in both");
        assert_eq!(Place::take(&both).err(), Some(Code::QuotaExceeded.into()));
        assert_eq!((wide.held(), narrow.held()), (1, 1), "what was refused holds nothing");
        drop(place);
        assert_eq!((wide.held(), narrow.held()), (0, 0));
    }
}

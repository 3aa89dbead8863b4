//! How many commands may run at once, and how fast they may follow each other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capos_service::Clock;
use capos_service::pace::{Pace, Rate};

use crate::{Error, Limits};

/// One session's places for commands.
pub(crate) struct Slots {
    taken: Rc<Cell<usize>>,
    most: usize,
    pace: RefCell<Pace>,
    clock: Clock,
}

/// A place for one command. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Slot(Rc<Cell<usize>>);

impl Slots {
    pub(crate) fn new(limits: &Limits, clock: Clock) -> Self {
        let pace = Pace::new(Rate::per_second(limits.rate, limits.rate), clock.now_ms());
        Self { taken: Rc::default(), most: limits.processes, pace: RefCell::new(pace), clock }
    }

    /// Takes a place for a command that is about to be started.
    pub(crate) fn take(&self) -> Result<Slot, Error> {
        if self.taken.get() >= self.most {
            return Err(Error::TooMany("as many commands run as may; end one first"));
        }
        if !self.pace.borrow_mut().take(self.clock.now_ms()) {
            return Err(Error::TooFast("commands follow each other too fast; wait a little"));
        }
        self.taken.set(self.taken.get() + 1);
        Ok(Slot(self.taken.clone()))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(processes: usize, rate: u32) -> Slots {
        Slots::new(&Limits { processes, rate, ..Limits::default() }, Clock::new())
    }

    #[test]
    fn as_many_run_as_may_and_each_makes_room_when_it_is_gone() {
        let slots = slots(3, 100);
        let mut held: Vec<Slot> = (0..3).map(|_| slots.take().unwrap()).collect();
        assert!(matches!(slots.take(), Err(Error::TooMany(_))));
        held.pop();
        held.push(slots.take().unwrap());
        assert!(matches!(slots.take(), Err(Error::TooMany(_))));
    }

    #[test]
    fn as_many_follow_each_other_as_may() {
        let slots = slots(1000, 100);
        assert_eq!((0..100).filter(|_| slots.take().is_ok()).count(), 100);
        assert!(matches!(slots.take(), Err(Error::TooFast(_))));
    }
}

//! What all seats' objects share: the hall, the time, the files, and the bells of those who listen.

mod keeper;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use capos_service::Clock;
use tokio::sync::Notify;

use crate::hall::Hall;
use crate::keep;
use crate::person::SeatNumber;
use crate::seat::Newcomer;
use crate::{Error, Limits};
use keeper::Keeper;

/// The one place where the hall meets time, files and tasks.
pub(crate) struct Desk {
    hall: RefCell<Hall>,
    clock: Clock,
    keeper: Rc<Keeper>,
    bells: RefCell<HashMap<SeatNumber, Rc<Notify>>>,
}

impl Desk {
    /// Reads what was kept in the home, and begins to keep what comes. To be called within a `LocalSet`.
    pub(crate) fn open(home: &Path, limits: Limits) -> Result<Rc<Self>, Error> {
        let directory = keep::open(home, &limits)?;
        let clock = Clock::new();
        let kept = keep::read(&directory, &limits, clock.now_ms())?;
        let hall = Hall::new(Rc::new(limits), kept.channels, clock.now_ms());
        let mut backlog = kept.backlog;
        backlog.forget_those_not_in(&hall);
        let keeper = Rc::new(Keeper::new(directory, backlog));
        let desk = Rc::new(Self { hall: RefCell::new(hall), clock, keeper, bells: RefCell::default() });
        tokio::task::spawn_local(keeper::keep_on(Rc::downgrade(&desk)));
        Ok(desk)
    }

    /// Does something in the hall, and sees to what follows from it.
    pub(crate) fn act<T>(&self, deed: impl FnOnce(&mut Hall, u64) -> T) -> T {
        let mut hall = self.hall.borrow_mut();
        let outcome = deed(&mut hall, self.clock.now_ms());
        let (woken, changed) = (hall.take_woken(), hall.has_changes());
        drop(hall);
        if changed {
            self.keeper.call();
        }
        let bells = self.bells.borrow();
        for bell in woken.iter().filter_map(|seat| bells.get(seat)) {
            bell.notify_one();
        }
        outcome
    }

    /// Does something that only counts once it is written down.
    pub(crate) async fn act_for_good(
        self: &Rc<Self>,
        deed: impl FnOnce(&mut Hall, u64) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let done = self.act(deed)?;
        if done && !self.flush().await {
            return Err(Error::NotKept);
        }
        Ok(done)
    }

    /// Writes everything down that is not yet; whether that went well.
    pub(crate) async fn flush(self: &Rc<Self>) -> bool {
        keeper::flush(self).await
    }

    /// Seats a session for as long as the result is held.
    pub(crate) fn sit(self: &Rc<Self>, newcomer: &Newcomer) -> Result<Sitting, Error> {
        let number = self.act(|hall, now_ms| hall.sit(newcomer, now_ms))?;
        let bell = Rc::new(Notify::new());
        self.bells.borrow_mut().insert(number, bell.clone());
        Ok(Sitting { desk: self.clone(), number, bell })
    }
}

/// A session that sits. Dropped, it leaves everywhere.
pub(crate) struct Sitting {
    pub(crate) desk: Rc<Desk>,
    pub(crate) number: SeatNumber,
    pub(crate) bell: Rc<Notify>,
}

impl Sitting {
    pub(crate) fn act<T>(&self, deed: impl FnOnce(&mut Hall, SeatNumber, u64) -> T) -> T {
        self.desk.act(|hall, now_ms| deed(hall, self.number, now_ms))
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        self.desk.bells.borrow_mut().remove(&self.number);
        self.desk.act(|hall, now_ms| hall.stand_up(self.number, now_ms));
    }
}

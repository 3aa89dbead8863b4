//! Everybody's games: in memory while somebody plays, in files always.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use capos_service::home::{FileName, Saved};
use capos_service::{Home, Pseudonym, quota_exceeded, unavailable};

use crate::limits::Limits;
use crate::saved;
use crate::table::Table;

/// What tells the time: milliseconds since 1970.
pub type Clock = Rc<dyn Fn() -> u64>;

const SET_ASIDE: &str =
    "Your saved game could not be read. It is kept aside for the operator of this node, and you begin anew.";

/// Who plays.
pub(crate) enum Who {
    /// Somebody who comes again.
    Known(Pseudonym),
    /// Somebody of whom nothing is kept.
    Guest(Rc<Table>),
}

pub(crate) struct Players {
    home: Home,
    pub(crate) limits: Limits,
    clock: Clock,
    games: RefCell<HashMap<Pseudonym, Rc<Table>>>,
    guests: Cell<usize>,
}

impl Players {
    pub(crate) fn new(home: Home, limits: Limits, clock: Clock) -> Rc<Self> {
        Rc::new(Self { home, limits, clock, games: RefCell::default(), guests: Cell::new(0) })
    }

    /// Lets somebody in. A guest's game begins here.
    pub(crate) fn admit(&self, pseudonym: Option<Pseudonym>) -> Result<Who, capnp::Error> {
        if let Some(pseudonym) = pseudonym {
            return Ok(Who::Known(pseudonym));
        }
        if self.guests.get() >= self.limits.guest_games {
            return Err(quota_exceeded("too many guests are playing; try again later"));
        }
        self.guests.set(self.guests.get() + 1);
        Ok(Who::Guest(Rc::new(Table::fresh((self.clock)()))))
    }

    /// A guest has left.
    pub(crate) fn dismiss(&self, who: &Who) {
        if let Who::Guest(_) = who {
            self.guests.set(self.guests.get().saturating_sub(1));
        }
    }

    /// Somebody's game, as it is now.
    pub(crate) fn game(&self, who: &Who) -> Result<Rc<Table>, capnp::Error> {
        let table = match who {
            Who::Guest(table) => table.clone(),
            Who::Known(pseudonym) => self.find_or_load(pseudonym)?,
        };
        table.catch_up((self.clock)(), &self.limits);
        Ok(table)
    }

    fn find_or_load(&self, pseudonym: &Pseudonym) -> Result<Rc<Table>, capnp::Error> {
        if let Some(table) = self.games.borrow().get(pseudonym) {
            return Ok(table.clone());
        }
        let table = Rc::new(self.load(pseudonym)?);
        self.make_room();
        self.games.borrow_mut().insert(*pseudonym, table.clone());
        Ok(table)
    }

    fn load(&self, pseudonym: &Pseudonym) -> Result<Table, capnp::Error> {
        let saved = self.home.load(&file(pseudonym), self.limits.saved_bytes, saved::parse).map_err(|error| {
            tracing::error!("a saved game cannot be read: {error}");
            unavailable("the saved game cannot be read; try again later")
        })?;
        Ok(match saved {
            Saved::Whole((game, at_ms)) => Table::restored(game, at_ms),
            Saved::Nothing => Table::fresh((self.clock)()),
            Saved::SetAside => {
                let table = Table::fresh((self.clock)());
                table.announce(SET_ASIDE);
                table
            }
        })
    }

    /// Saves and drops the game that was looked at longest ago, where there are as many as there may be.
    fn make_room(&self) {
        let mut games = self.games.borrow_mut();
        while games.len() >= self.limits.games {
            let Some(idle) = games.iter().min_by_key(|(_, table)| table.looked_ms()).map(|(who, _)| *who) else {
                return;
            };
            if let Some(table) = games.remove(&idle)
                && table.wants_saving(&self.limits)
            {
                // It begins at once, and whoever loads before its end is given what is being saved.
                drop(self.home.save(&file(&idle), table.to_save()));
            }
        }
    }

    /// Saves a game a moment later, with what happens until then; one that is a guest's, never.
    pub(crate) fn save_soon(self: &Rc<Self>, who: &Who, table: &Rc<Table>) {
        let Who::Known(pseudonym) = who else { return };
        if !table.wants_saving(&self.limits) || table.saving.replace(true) {
            return;
        }
        let (players, pseudonym, table) = (self.clone(), *pseudonym, table.clone());
        tokio::task::spawn_local(async move {
            tokio::time::sleep(players.limits.save_after).await;
            table.saving.set(false);
            // One that was dropped meanwhile was saved, and may have been loaded and played since.
            if players.games.borrow().get(&pseudonym).is_some_and(|kept| Rc::ptr_eq(kept, &table)) {
                players.save(&pseudonym, &table).await;
            }
        });
    }

    async fn save(&self, pseudonym: &Pseudonym, table: &Table) {
        if table.wants_saving(&self.limits) {
            let saved = self.home.save(&file(pseudonym), table.to_save()).await;
            table.unsaved.set(saved.is_err());
            if saved.is_err() {
                table.not_saved();
            }
        }
    }

    /// Saves all that is not saved.
    pub(crate) async fn save_all(&self) {
        let games: Vec<_> = self.games.borrow().iter().map(|(who, table)| (*who, table.clone())).collect();
        futures::future::join_all(games.iter().map(|(who, table)| self.save(who, table))).await;
    }
}

fn file(pseudonym: &Pseudonym) -> FileName {
    FileName::of("game", pseudonym)
}

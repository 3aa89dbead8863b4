//! One session: its player, and how often it may act.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use capos_service::pace::{Pace, Rate};
use capos_service::{Context, quota_exceeded};

use super::table::Table;
use crate::player::PlayerId;

/// One session at the table. Its facets are one player; so are those of another session of the same account.
pub struct Seat {
    table: Rc<Table>,
    context: Context,
    player: OnceCell<PlayerId>,
    pace: RefCell<Pace>,
}

impl Seat {
    pub(super) fn new(table: Rc<Table>, context: Context) -> Seat {
        let limits = table.limits();
        let rate = Rate::per_second(limits.burst, limits.actions_per_second);
        let pace = RefCell::new(Pace::new(rate, table.now()));
        Seat { table, context, player: OnceCell::new(), pace }
    }

    pub(super) fn table(&self) -> &Rc<Table> {
        &self.table
    }

    /// The session's player, who comes in with the first facet that needs one.
    pub(super) fn player(&self) -> Result<&PlayerId, capnp::Error> {
        if let Some(id) = self.player.get() {
            return Ok(id);
        }
        let id = self.table.sit(&self.context)?;
        Ok(self.player.get_or_init(|| id))
    }

    /// Whether the session may do one more thing now.
    pub(super) fn admit(&self) -> Result<(), capnp::Error> {
        match self.pace.borrow_mut().take(self.table.now()) {
            true => Ok(()),
            false => Err(quota_exceeded("that is too much in too short a time")),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(id) = self.player.get() {
            self.table.rise(id);
        }
    }
}

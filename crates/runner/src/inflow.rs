//! What waits on the way to a service.
//!
//! **Invariant:** whatever sessions send is refused before it fills the connection that they share, also what no budget
//! counts any more: the arguments of calls that were given up, and the answers of callbacks.

use std::cell::RefCell;

use capos_membrane::Outlet;
use capos_rpc::ConnectionHandle;
use capos_schema::{Code, Denial};

use crate::limits::Limits;

/// Larger ones have half of the room, so that many of them leave some for everybody else.
const LARGE: u64 = 64 << 10;

/// The room of one connection, the next one's after it.
pub(crate) struct Inflow {
    connection: RefCell<Option<ConnectionHandle>>,
    bound: u64,
}

impl Inflow {
    pub(crate) fn new(limits: &Limits) -> Self {
        let bound = u64::try_from(limits.connection_bytes).unwrap_or(u64::MAX);
        Self { connection: RefCell::default(), bound }
    }

    pub(crate) fn goes_to(&self, connection: &ConnectionHandle) {
        self.connection.replace(Some(connection.clone()));
    }
}

impl Outlet for Inflow {
    fn admit(&self, bytes: u64) -> Result<(), Denial> {
        let figures = self.connection.borrow().as_ref().map(ConnectionHandle::account);
        let waiting = figures.map_or(0, |figures| figures.queued_bytes.max(figures.retained_bytes));
        let room = if bytes > LARGE { self.bound / 2 } else { self.bound - self.bound / 8 };
        if waiting.saturating_add(bytes) > room {
            return Err(Denial::new(Code::Overloaded, "too much waits for the service to be read already"));
        }
        Ok(())
    }
}

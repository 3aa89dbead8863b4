//! What services may send towards one client.
//!
//! A client's connection is cut where more waits for it than it may, and a service chooses by itself how much it answers
//! and calls back. So what it sends finds room first, below the bounds of the connection: the service is refused, and the
//! client keeps everything else that it holds.

use std::rc::Rc;
use std::sync::Arc;

use capos_membrane::{Outlet, Tally};
use capos_rpc::{ConnectionHandle, Limits};
use capos_schema::{Code, Denial};

/// The room that one connection has for what services send.
pub(crate) struct Outflow {
    handle: ConnectionHandle,
    queued: u64,
    retained: u64,
    questions: u64,
    given: Arc<Tally>,
}

impl Outflow {
    pub(crate) fn new(handle: ConnectionHandle, limits: &Limits) -> Rc<Self> {
        let exports = u32::try_from(most(limits.exports)).unwrap_or(u32::MAX);
        Rc::new(Self {
            handle,
            queued: most(limits.queued_bytes),
            retained: most(limits.retained_bytes),
            questions: most(limits.open_questions),
            given: Arc::new(Tally::new(exports)),
        })
    }

    /// Where objects of services that the client holds are counted.
    pub(crate) fn given(&self) -> &Arc<Tally> {
        &self.given
    }
}

/// What of a connection's bound services may use. The rest is the node's own, to say what has to be said.
fn most(bound: usize) -> u64 {
    let bound = u64::try_from(bound).unwrap_or(u64::MAX);
    bound - bound / 4
}

impl Outlet for Outflow {
    fn admit(&self, bytes: u64) -> Result<(), Denial> {
        let figures = self.handle.account();
        let full = figures.queued_bytes.saturating_add(bytes) > self.queued
            || figures.retained_bytes.saturating_add(bytes) > self.retained
            || figures.open_questions >= self.questions;
        if full {
            return Err(Denial::new(Code::Overloaded, "too much waits for the client to be read already"));
        }
        Ok(())
    }
}

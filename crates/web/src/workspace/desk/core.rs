//! What the areas of one desk have in common.

use std::cell::RefCell;
use std::sync::Arc;

use capos_client::{CapEntry, Connection, Session};
use tokio::sync::watch;

use super::presence::Presence;
use crate::workspace::board::Board;
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::parcels::{Downloads, Uploads};
use crate::workspace::problem::Problem;

/// What the areas of one desk have in common.
pub(crate) struct Core {
    /// The way to the node.
    pub(crate) connection: Connection,
    /// The session.
    pub(crate) session: Session,
    /// What is shown.
    pub(crate) board: Board,
    /// Bounds.
    pub(crate) limits: Arc<WorkspaceLimits>,
    /// Whether somebody is there, and for how long it may last.
    pub(super) presence: Arc<Presence>,
    /// Files that a page has sent, by the key it was told for each.
    pub(crate) uploads: Uploads,
    /// Files for a page to fetch by the key it is told.
    pub(crate) downloads: Downloads,
    /// Its grants, as they were last seen.
    pub(super) caps: RefCell<Vec<CapEntry>>,
    /// Told after every change of them.
    pub(super) changed: watch::Sender<u64>,
}

impl Core {
    /// The session's grants.
    pub(crate) fn caps(&self) -> Vec<CapEntry> {
        self.caps.borrow().clone()
    }

    /// The first grant with that interface.
    pub(crate) fn grant_of(&self, interface_id: u64) -> Option<CapEntry> {
        self.caps.borrow().iter().find(|entry| entry.interface_id == interface_id).cloned()
    }

    /// Has every area look anew, where something was done that may have changed the grants.
    pub(crate) fn look_again(&self) {
        self.changed.send_modify(|turn| *turn += 1);
    }

    /// Shows until when the session lasts where nothing is done, and at most.
    pub(crate) fn tell_times(&self) {
        let session = self.session.view().info.map(|info| info.expires_at_ms);
        self.board.put("session/times", self.presence.times(session));
    }

    pub(super) async fn look(&self) -> Result<(), Problem> {
        let caps = self.session.caps().await?;
        self.caps.replace(caps);
        Ok(())
    }
}

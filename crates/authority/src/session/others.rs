//! The other sessions of the same principal.

use super::{EndReason, Handle, Session};
use crate::{Actor, Error, PrincipalKind};

impl Session {
    /// The other live sessions of the same principal, the eldest first. Visitors have none: nobody knows who they are.
    #[must_use]
    pub fn others(&self) -> Vec<Session> {
        let Some(core) = self.0.core.upgrade() else { return Vec::new() };
        let mut others = core.table.all();
        others.retain(|other| self.is_other(other));
        others.sort_by_key(|other| (other.context().created_at_ms, other.context().handle));
        others
    }

    /// Ends another session of the same principal: complete, and in the journal, when this returns. `false` where there
    /// is no such session, whoever's it may be.
    ///
    /// # Errors
    ///
    /// Where it could not be written down yet; it has ended all the same.
    pub async fn end_other(&self, handle: &Handle, note: &str) -> Result<bool, Error> {
        let core = self.0.core.upgrade().ok_or(Error::Stopped)?;
        let Some(other) = core.table.get(handle).filter(|other| self.is_other(other)) else { return Ok(false) };
        let actor = Actor { session: Some(self.context().handle), account: self.context().account.clone() };
        other.end_for(EndReason::EndedElsewhere, &actor, note).await?;
        Ok(true)
    }

    fn is_other(&self, other: &Session) -> bool {
        let known = !matches!(self.context().kind, PrincipalKind::Guest | PrincipalKind::Anonymous);
        let same = self.principal().is_some() && other.principal() == self.principal();
        known && same && other.context().handle != self.context().handle
    }
}

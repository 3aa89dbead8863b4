//! What a session has beside its profile's grants: what it attached, what services know it by, and its places in the
//! journal.

use std::sync::Arc;

use capos_schema::{Code, Denial};

use super::bundle::Now;
use super::{Grant, Session};
use crate::audit::SlotShare;
use crate::{CallSlot, GrantDefinition, PrincipalKind};

impl Session {
    /// Adds a grant to the bundle, which the holder of `by` has got by it: it ends with that one, or before.
    ///
    /// It stays through renewals, unless policy then gives another one of its name. The caller writes it down.
    ///
    /// # Errors
    ///
    /// Where the session or `by` has ended, where the bundle is full or has a grant of that name, and where one of that
    /// name was taken away by an administrator.
    pub fn attach(&self, definition: &GrantDefinition, by: &Grant) -> Result<Arc<Grant>, Denial> {
        self.liveness().check()?;
        by.liveness.check()?;
        let core = self.0.core.upgrade().ok_or(Code::StaleSession)?;
        let now = Now { steady_ns: core.clock.steady_ns(), wall_ms: core.clock.wall_ms() };
        let most = core.settings().limits.grants;
        let grant = self.state().bundle.attach(definition, &by.liveness, most, now)?;
        core.table.reschedule(self);
        self.changed();
        Ok(grant)
    }

    /// How many grants may be attached yet.
    #[must_use]
    pub fn room(&self) -> usize {
        let most = self.0.core.upgrade().map_or(0, |core| core.settings().limits.grants);
        most.saturating_sub(self.state().bundle.grants().count())
    }

    /// Takes a grant that was attached out of the bundle, and ends it. Tells whether there was one of that name.
    ///
    /// What is held through it has stopped working when this returns, on the thread of its objects.
    pub fn detach(&self, name: &str) -> bool {
        let detached = self.state().bundle.detach(name);
        if let Some(grant) = &detached {
            drop(grant.liveness.end(Denial::new(Code::Revoked, "its holder has given it back")));
            self.changed();
        }
        detached.is_some()
    }

    /// What a service knows this session by: 32 bytes that stay the same, and that no other service is told.
    #[must_use]
    pub fn reference(&self, service: &str) -> [u8; 32] {
        self.0.pseudonyms.reference(service, &self.context().handle.0)
    }

    /// What a service knows this principal by, whatever session it comes in; nothing for guests and anonymous visitors,
    /// who are nobody the next time.
    #[must_use]
    pub fn pseudonym(&self, service: &str) -> Option<[u8; 32]> {
        if matches!(self.context().kind, PrincipalKind::Guest | PrincipalKind::Anonymous) {
            return None;
        }
        self.principal().map(|principal| self.0.pseudonyms.pseudonym(service, &principal))
    }

    /// Takes a place in the journal for the record of a call of this session that is about to start. Does not wait.
    ///
    /// # Errors
    ///
    /// A denial, upon which the call must not start: `tooManyCalls` where the session holds as many as it may.
    pub fn reserve(&self) -> Result<CallSlot, Denial> {
        let core = self.0.core.upgrade().ok_or(Code::StaleSession)?;
        let share = SlotShare::take(&self.0.slots, core.settings().limits.session_slots);
        let share = share.ok_or_else(|| {
            Denial::new(Code::TooManyCalls, "too many recorded calls at once; wait for the answers of some")
        })?;
        Ok(core.audit.reserve()?.with(share))
    }
}

//! What happens beside each call: activity, counts, and its record by the grant's level of audit.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use capnp::ErrorKind;
use capos_authority::{AuditLevel, CallRecord, CallSlot, EndReason, Grant, Session};
use capos_membrane::{Admission, Call, Liveness, Observer, Outcome, Policy, Settled, Side};
use capos_schema::{Code, Denial};

use crate::admin::Leaving;
use crate::builtin;
use crate::figures::Tally;
use crate::gateway::Gateway;
use crate::holdings::number;
use crate::pace::Pace;
use crate::reached::{Bound, Reached};

/// What the watches of one session share.
pub(crate) struct Watching {
    pub(crate) gateway: Gateway,
    pub(crate) session: Session,
    pub(crate) tally: Arc<Tally>,
    pub(crate) reached: Rc<Reached>,
    pub(crate) leaving: Rc<Leaving>,
    denial_rows: Pace,
    launch_rows: Pace,
    recording_rows: Pace,
}

impl Watching {
    pub(crate) fn new(gateway: Gateway, session: Session, tally: Arc<Tally>, reached: Rc<Reached>) -> Rc<Self> {
        let limits = gateway.limits();
        let denial_rows = Pace::new(limits.denial_rows, Duration::from_secs(1));
        let launch_rows = Pace::new(limits.launch_rows, Duration::from_mins(1));
        let rows = gateway.recordings().map_or(0, |recordings| recordings.limits().session_rows);
        let recording_rows = Pace::new(rows, Duration::from_mins(1));
        let leaving = Rc::default();
        Rc::new(Self { gateway, session, tally, reached, leaving, denial_rows, launch_rows, recording_rows })
    }

    fn note_bound(&self, outcome: Outcome) {
        if let Outcome::Denied(Code::TooManyCalls | Code::QuotaExceeded | Code::Overloaded) = outcome {
            self.note(Bound::Calls);
        }
    }

    /// What is still tried on a session that is over is counted with its connection.
    pub(crate) fn note(&self, bound: Bound) {
        let session = self.session.is_live().then_some(self.session.context().handle);
        self.reached.note(bound, session);
    }

    /// Whether one more refused call has a row of its own.
    pub(crate) fn has_denial_row(&self) -> bool {
        let now = self.gateway.authority().clock().steady_ns();
        self.denial_rows.allows(now) && self.gateway.denial_rows().allows(now)
    }

    /// Whether the session may start or stop one more service.
    pub(crate) fn has_launch_row(&self) -> bool {
        self.launch_rows.allows(self.gateway.authority().clock().steady_ns())
    }

    /// Whether the session may do one more thing with recordings that is written down.
    pub(crate) fn has_recording_row(&self) -> bool {
        self.recording_rows.allows(self.gateway.authority().clock().steady_ns())
    }

    /// Ends the session whose holder has called for it.
    ///
    /// It is done between that call's end and the handing over of its answer, so that the answer is the last that
    /// leaves: a session that ended within the call would take the answer along. A caller who does not wait for the
    /// answer has called all the same.
    fn part(&self, parting: Option<(u64, u16)>, settled: &Settled) {
        let called = parting == Some((settled.interface, settled.method)) && settled.towards == Side::Inside;
        if called && !matches!(settled.outcome, Outcome::Denied(_)) {
            // Complete at once: everything of the session is on this thread.
            drop(self.session.end(EndReason::Logout));
        }
    }
}

/// Watches the calls on the session itself and on its bundle.
pub(crate) struct SessionWatch {
    pub(crate) watching: Rc<Watching>,
    pub(crate) logout: (u64, u16),
}

impl Policy for SessionWatch {
    fn admit(&self, _call: &Call<'_>) -> Admission {
        self.watching.session.touch();
        Admission::Allow
    }
}

impl Observer for SessionWatch {
    fn settled(&self, settled: &Settled) {
        self.watching.note_bound(settled.outcome);
        self.watching.part(Some(self.logout), settled);
        self.watching.leaving.settle(&self.watching.session, settled);
    }

    fn times(&self) -> bool {
        false
    }
}

/// Watches the calls through one grant.
pub(crate) struct GrantWatch {
    watching: Rc<Watching>,
    grant: Arc<Grant>,
    /// Which of its name in the bundle it is.
    generation: u64,
    parting: Option<(u64, u16)>,
    /// Ends with the service behind the grant, where there is one.
    standing: Option<Liveness>,
    /// Places in the journal for the calls under way. Any of them serves any call.
    slots: RefCell<Vec<CallSlot>>,
}

impl GrantWatch {
    pub(crate) fn new(
        watching: Rc<Watching>,
        grant: Arc<Grant>,
        generation: u64,
        standing: Option<Liveness>,
    ) -> Rc<Self> {
        let parting = builtin::parting(&grant);
        Rc::new(Self { watching, grant, generation, parting, standing, slots: RefCell::default() })
    }

    /// What the journal says to one more call.
    fn journal(&self) -> Result<(), Denial> {
        let authority = self.watching.gateway.authority();
        match self.grant.audit {
            AuditLevel::Off => Ok(()),
            AuditLevel::Denied if authority.store().trouble().is_none() => Ok(()),
            AuditLevel::Denied => Err(unrecordable()),
            AuditLevel::All => {
                let refused = |denial: Denial| match denial.code {
                    Code::TooManyCalls => denial,
                    _ => unrecordable(),
                };
                let slot = self.watching.session.reserve().map_err(refused)?;
                self.slots.borrow_mut().push(slot);
                Ok(())
            }
        }
    }

    /// A place for the record, if there is to be one.
    fn slot(&self, settled: &Settled) -> Option<CallSlot> {
        let denied = matches!(settled.outcome, Outcome::Denied(_));
        match self.grant.audit {
            AuditLevel::All if settled.admitted => return self.slots.borrow_mut().pop(),
            AuditLevel::All | AuditLevel::Denied if denied => {}
            _ => return None,
        }
        if !self.watching.has_denial_row() {
            self.watching.note(Bound::DenialRows);
            return None;
        }
        let slot = self.watching.gateway.authority().audit().reserve().ok();
        if slot.is_none() {
            self.watching.tally.unrecorded();
        }
        slot
    }

    fn record(&self, slot: CallSlot, settled: &Settled) {
        let record = CallRecord {
            session: self.watching.session.context().handle,
            grant: &self.grant.name,
            interface: settled.interface,
            method: settled.method,
            outcome: word(settled.outcome),
            duration_us: settled.nanoseconds / 1_000,
            reference: number(self.generation, settled.lineage.number),
            parent: settled.lineage.parent.map(|parent| number(self.generation, parent)),
            callback: settled.towards == Side::Outside,
        };
        if slot.fill(&record).is_err() {
            self.watching.tally.unrecorded();
        }
    }
}

impl Policy for GrantWatch {
    fn admit(&self, call: &Call<'_>) -> Admission {
        if call.towards == Side::Inside {
            self.watching.session.touch();
        }
        let stands = self.standing.as_ref().map_or(Ok(()), Liveness::check);
        match stands.and_then(|()| self.journal()) {
            Ok(()) => Admission::Allow,
            Err(denial) => Admission::Deny(denial),
        }
    }

    /// A callback is recorded like any call, and so does not begin without a place for its record.
    fn covers_callbacks(&self) -> bool {
        self.grant.audit == AuditLevel::All
    }
}

impl Observer for GrantWatch {
    fn settled(&self, settled: &Settled) {
        if settled.towards == Side::Inside {
            self.watching.tally.call(matches!(settled.outcome, Outcome::Denied(_)));
        }
        self.watching.note_bound(settled.outcome);
        if let Some(slot) = self.slot(settled) {
            self.record(slot, settled);
        }
        self.watching.part(self.parting, settled);
        self.watching.leaving.settle(&self.watching.session, settled);
    }

    fn times(&self) -> bool {
        self.grant.audit != AuditLevel::Off
    }
}

/// Told for want of places and for an unwritable journal alike: which it is, is the operator's business.
fn unrecordable() -> Denial {
    Denial::new(Code::Overloaded, "calls cannot be recorded at present; try again later")
}

/// An outcome's word in the journal.
fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Denied(code) => code.as_str(),
        Outcome::Failed(ErrorKind::Overloaded) => "overloaded",
        Outcome::Failed(ErrorKind::Disconnected) => "disconnected",
        Outcome::Failed(ErrorKind::Unimplemented) => "unimplemented",
        Outcome::Failed(_) => "failed",
        Outcome::Abandoned => "abandoned",
    }
}

//! Services and other grants as they are shown.

use super::super::work::{Action, WorkView};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Text, shown};

shown! {
    /// Everything of this view.
    struct ServicesView {
        /// Whether the session may read the node's list of services.
        listed: bool,
        /// Whether it may start any.
        may_launch: bool,
        /// Why the list is not there.
        problem: Option<Problem>,
        /// Services that the node has for this session.
        services: Vec<ServiceView>,
        /// What is granted beside them.
        grants: Vec<GrantView>,
    }

    /// One service.
    struct ServiceView {
        /// Its stable name.
        id: Text,
        /// Its title.
        label: Text,
        /// What it is good for, once that is known.
        summary: Text,
        /// `unavailable`, `attachable`, `startable` or `running`.
        state: Text,
        /// Its processes, first started first.
        processes: Vec<Text>,
        /// What it needs.
        requires: Vec<RequirementView>,
        /// What it offers.
        exports: Vec<ExportView>,
        /// What is being done with it.
        work: Option<WorkView>,
    }

    /// A capability that a service needs.
    struct RequirementView {
        /// The name that the service knows it by.
        name: Text,
        /// Its interface.
        interface: Text,
        /// Whether this session is to lend it.
        lent: bool,
        /// Whether the session loses it meanwhile.
        moved: bool,
        /// Whether the session has it.
        held: Held,
    }

    /// Whether something is in the session's bundle.
    words Held {
        /// It is.
        Yes,
        /// It is not.
        No,
        /// One of that name is, with another interface.
        Other,
    }

    /// A capability that a service offers.
    struct ExportView {
        /// Its name in the bundle.
        name: Text,
        /// Its interface.
        interface: Text,
        /// Where it is used.
        opens: Text,
        /// Whether the session has it.
        held: bool,
    }

    /// A grant that comes from no service of the list.
    struct GrantView {
        /// Its name in the bundle.
        name: Text,
        /// Its interface.
        interface: Text,
        /// What that is, in a sentence.
        summary: Text,
        /// Where it is used.
        opens: Text,
        /// When its lease is over.
        expires_at_ms: Option<u64>,
    }

    /// What came of it.
    struct OutcomeView {
        /// What was asked.
        action: Action,
        /// Of which service.
        service: Text,
        /// The runner's word.
        status: Text,
        /// Whether it was done, or could be.
        possible: bool,
        /// What happened.
        message: Text,
        /// What to do.
        advice: Text,
        /// What the service is lent.
        accepted: Vec<Text>,
        /// What the session gained, or would.
        gains: Vec<GainView>,
    }

    /// A capability that is gained.
    struct GainView {
        /// Its name in the bundle.
        name: Text,
        /// Its interface.
        interface: Text,
        /// Its title.
        label: Text,
        /// What it is good for.
        summary: Text,
        /// `callable`, `launchRequired` or `planned`.
        status: Text,
        /// The methods granted.
        methods: Vec<Text>,
        /// Lines for a person.
        notes: Vec<Text>,
        /// Where it is used.
        opens: Text,
    }
}

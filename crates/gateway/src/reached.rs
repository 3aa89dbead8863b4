//! Bounds that were reached, told to the journal: the first meeting at once, those that follow together.

use std::cell::RefCell;
use std::collections::BTreeMap;

use capos_authority::{Event, Handle, Source};
use capos_schema::Denial;

use crate::gateway::Gateway;
use crate::words;

/// A bound of the gateway, by its name in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bound {
    /// Calls on the front door.
    FrontCalls,
    /// Sign-ins under way.
    Flows,
    /// Sessions of one connection.
    Sessions,
    /// Places at the gate, for a connection that wants to sign in anew.
    Places,
    /// Grants that are held.
    Grants,
    /// Calls at once, per second or in all.
    Calls,
    /// Services that run on the node at once.
    Services,
    /// Recordings that somebody, or the node, may have.
    Recordings,
    /// Rows of the journal for refused calls.
    DenialRows,
    /// Sizes of what is in a request.
    Request,
}

impl Bound {
    fn as_str(self) -> &'static str {
        match self {
            Self::FrontCalls => "frontCalls",
            Self::Flows => "connectionFlows",
            Self::Sessions => "connectionSessions",
            Self::Places => "connectionPlaces",
            Self::Grants => "grantsHeld",
            Self::Calls => "calls",
            Self::Services => "services",
            Self::Recordings => "recordings",
            Self::DenialRows => "denialRows",
            Self::Request => "requestSize",
        }
    }
}

/// The bounds that one connection has met.
pub(crate) struct Reached {
    gateway: Gateway,
    source: Source,
    met: RefCell<BTreeMap<(Option<Handle>, Bound), Meetings>>,
}

#[derive(Clone, Copy, Default)]
struct Meetings {
    /// When they may be told again.
    due: u64,
    untold: u64,
}

impl Reached {
    pub(crate) fn new(gateway: Gateway, source: Source) -> Self {
        Self { gateway, source, met: RefCell::default() }
    }

    /// The client has met a bound, in a session or without one.
    pub(crate) fn note(&self, bound: Bound, session: Option<Handle>) {
        let now = self.gateway.authority().clock().steady_ns();
        let mut met = self.met.borrow_mut();
        let meetings = met.entry((session, bound)).or_default();
        meetings.untold += 1;
        if now < meetings.due || !self.gateway.reached_rows().allows(now) {
            return;
        }
        let wait = u64::try_from(self.gateway.limits().reached_time.as_nanos()).unwrap_or(u64::MAX);
        let count = std::mem::take(&mut meetings.untold);
        meetings.due = now.saturating_add(wait);
        drop(met);
        self.tell(bound, session, count);
    }

    /// Notes a request that goes beyond a bound in its size, and hands on what came of parsing it.
    pub(crate) fn parsed<T>(&self, parsed: Result<T, Denial>, session: Option<Handle>) -> Result<T, Denial> {
        parsed.inspect_err(|denial| {
            if words::is_too_long(denial) {
                self.note(Bound::Request, session);
            }
        })
    }

    /// Tells of a session's meetings that were not told yet, or of all.
    pub(crate) fn settle(&self, session: Option<Handle>) {
        let over = {
            let mut met = self.met.borrow_mut();
            let of_this = |key: &(Option<Handle>, Bound)| session.is_none() || key.0 == session;
            let over: Vec<_> =
                met.iter().filter(|(key, _)| of_this(key)).map(|(key, met)| (*key, met.untold)).collect();
            met.retain(|key, _| !of_this(key));
            over
        };
        let now = self.gateway.authority().clock().steady_ns();
        for ((session, bound), untold) in over {
            if untold > 0 && self.gateway.reached_rows().allows(now) {
                self.tell(bound, session, untold);
            }
        }
    }

    fn tell(&self, bound: Bound, session: Option<Handle>, count: u64) {
        let mut event = Event::new("limit.reached")
            .with("source", self.source.to_string())
            .with("connection", self.source.connection)
            .with("cause", bound.as_str())
            .with("count", count);
        if let Some(session) = session {
            event = event.with("session", session.to_string());
        }
        self.write(event);
    }

    /// Writes a row on its own: nobody waits for it, and a connection that ends does not take it along.
    pub(crate) fn write(&self, event: Event) {
        let audit = self.gateway.authority().audit().clone();
        let kind = event.kind.clone();
        let recorded = async move {
            if let Err(error) = audit.record(event).await {
                tracing::warn!(%error, kind = &*kind, "something happened, and the journal does not tell");
            }
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(recorded);
        }
    }
}

//! What is said when somebody takes a facet of a service.

use std::sync::Arc;

use capnp::capability::Client;
use capos_membrane::{Budget, Liveness, Tally};
use capos_schema::identity_capnp::{AuthStrength, PrincipalKind};

/// A session's public handle: it tells sessions apart and gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(pub [u8; 16]);

/// Who takes a facet. Everything that is known; the service is told what its profile discloses and it asked for.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Stands for the session at this service, and at no other.
    pub reference: [u8; 32],
    /// When the session began, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// When it ends unless it is renewed.
    pub expires_at_ms: u64,
    /// What kind of principal it is.
    pub class: PrincipalKind,
    /// How strongly it proved who it is.
    pub strength: AuthStrength,
    /// The profile that its session runs under.
    pub profile: String,
    /// What to call it.
    pub display_name: String,
    /// Who it is, to this service alone; nothing for guests and anonymous sessions.
    pub pseudonym: Option<[u8; 32]>,
}

/// A capability of the session's own bundle, for the facet that is opened.
pub struct Lent {
    /// The name it has in the profile's requirements.
    pub name: String,
    /// Its interface.
    pub interface: u64,
    /// Itself, guarded already.
    pub client: Client,
}

/// Which facet is wanted, and by whom.
pub struct Opening {
    /// The profile's id.
    pub service: String,
    /// The export's name.
    pub export: String,
    /// The interface that it must have.
    pub interface: u64,
    /// The session.
    pub session: SessionKey,
    /// Who it is.
    pub visitor: Visitor,
    /// What it lends.
    pub grants: Vec<Lent>,
}

/// A facet, and what goes with it.
pub struct Opened {
    /// The facet, a promise perhaps. Not guarded: it needs a membrane that does not trust it.
    pub facet: Client,
    /// Ends when the process behind it is gone; the facet has to be opened anew then.
    pub standing: Liveness,
    /// This session's share of the service's connection: what calls draw on.
    pub budgets: Vec<Arc<Budget>>,
    /// The same for what is handed to the service: callbacks.
    pub holding: Vec<Arc<Tally>>,
    /// To be kept for as long as the facet is used.
    pub seat: Seat,
}

/// A session's place at a service: while it is held the session counts as one that uses the service, and
/// [`Opened::standing`] is told of the service's end.
#[must_use = "a facet whose seat is dropped is not told that its service has gone"]
pub struct Seat(#[expect(dead_code, reason = "it is for its drop")] Arc<dyn Send + Sync>);

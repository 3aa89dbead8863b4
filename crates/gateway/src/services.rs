//! Services as a session has them: the catalog, starting and stopping, and the facets behind its grants.
//!
//! ```text
//! RemoteServiceRunner ──▶ request: may this session? ──▶ runner: processes ──▶ launches: grants in the bundle
//!                                                                                        │ get
//!                                                              facet: one for each grant, through a membrane
//! ```
//!
//! Everything that policy, the request or the bundle rules out is refused before the runner is asked to start anything;
//! what processes there are, and how they live, is the runner's business.

pub(crate) mod catalog;
mod entries;
pub(crate) mod facet;
pub(crate) mod launcher;
pub(crate) mod launches;
mod lending;
mod request;

use capos_runner::{Runner, SessionKey, State};

use crate::session_vat::SessionVat;

/// A session as the runner knows it.
pub(crate) fn key(vat: &SessionVat) -> SessionKey {
    SessionKey(vat.session().context().handle.0)
}

/// What a service is to a session. One that it has started is its own, whether or not it has taken a facet yet.
pub(crate) fn state(vat: &SessionVat, runner: &Runner, service: &str) -> State {
    match runner.state(service, &key(vat)) {
        State::Attachable if vat.launches().accepted(service).is_some() => State::Running,
        state => state,
    }
}

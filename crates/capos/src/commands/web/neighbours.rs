//! Other users of this machine: a loopback address is open to them, and a bridge is its owner's alone.
//!
//! The kernel's tables say whose the socket at the other end is. Without this, whoever is on the machine could choose
//! the node that its owner then gives a password to.

use std::sync::Arc;

use capos_rpc::{Origin, Peer};
use capos_web::{Allowance, Answering, Limits, Refusal, RequestBody, Route};
use hyper::{Request, StatusCode};

use crate::up::ports::{Peerage, user_behind};

const NOT_YOURS: Refusal =
    Refusal::new(StatusCode::FORBIDDEN, "notYours", "this bridge is another user's; start one of your own");

/// A route for whoever runs this process.
pub(super) struct Own {
    route: Arc<dyn Route>,
    user: u32,
}

impl Own {
    pub(super) fn only(route: Arc<dyn Route>) -> Self {
        Self { route, user: rustix::process::geteuid().as_raw() }
    }

    fn is_own(&self, peer: &Peer) -> bool {
        let Origin::Tcp(address) = peer.origin else { return false };
        match user_behind(address) {
            // Root needs no bridge to do as it likes.
            Peerage::Of(user) => user == self.user || user == 0,
            Peerage::Untold => true,
            Peerage::Gone => false,
        }
    }
}

impl Route for Own {
    fn answer(&self, request: Request<RequestBody>, peer: Peer) -> Answering<'_> {
        if self.is_own(&peer) {
            return self.route.answer(request, peer);
        }
        Box::pin(async move { NOT_YOURS.answer(request.headers()) })
    }

    fn allowance(&self, path: &str, limits: &Limits) -> Allowance {
        self.route.allowance(path, limits)
    }
}

//! Why a session ends, in words for whoever had it.

use hyper::StatusCode;

use crate::workspace::problem::Problem;

fn ended(code: &'static str, message: &'static str, advice: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, message, advice)
}

/// It is over, and nobody knows more.
pub(crate) fn over() -> Problem {
    ended("staleSession", "This session is over.", "Sign in again.")
}

/// It was ended in this very browser.
pub(crate) fn signed_out() -> Problem {
    ended("signedOut", "You signed out.", "Sign in again to go on.")
}

/// Nothing was done in it for too long.
pub(super) fn idle() -> Problem {
    ended("idle", "You were signed out because nothing was done here for a while.", "Sign in again to go on.")
}

/// It lasted as long as one can.
pub(super) fn expired() -> Problem {
    ended("expired", "The session has lasted as long as it may.", "Sign in again to go on.")
}

/// The connection is gone.
pub(super) fn lost() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "gatewayDisconnected",
        "The connection to the node is gone, and the session with it.",
        "Sign in again once the node answers.",
    )
}

/// This program ends it.
pub(super) fn stopped() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "nodeStopping",
        "The workspace has stopped, and the session with it.",
        "Sign in again once it is back.",
    )
}

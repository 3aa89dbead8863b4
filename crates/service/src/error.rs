//! A service's own refusals.
//!
//! What a service throws reaches the client behind `service: `, so that it cannot pass for the node's. A code in front of
//! the sentence says what kind of refusal it is; it is for exceptions alone, an outcome within the game is a result.

use capos_schema::{Code, Denial};

/// The request makes no sense, whoever sends it.
pub fn bad_request(sentence: impl Into<String>) -> capnp::Error {
    Denial::new(Code::BadRequest, sentence.into()).into()
}

/// Too much, or too many in too short a time.
pub fn quota_exceeded(sentence: impl Into<String>) -> capnp::Error {
    Denial::new(Code::QuotaExceeded, sentence.into()).into()
}

/// What it takes is gone, for now.
pub fn unavailable(sentence: impl Into<String>) -> capnp::Error {
    Denial::new(Code::ServiceUnavailable, sentence.into()).into()
}

/// As many run at once as may.
pub fn too_many_calls(sentence: impl Into<String>) -> capnp::Error {
    Denial::new(Code::TooManyCalls, sentence.into()).into()
}

/// It follows what was before too fast, or there is too much to do right now.
pub fn overloaded(sentence: impl Into<String>) -> capnp::Error {
    Denial::new(Code::Overloaded, sentence.into()).into()
}

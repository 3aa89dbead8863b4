//! What every request of a page has, and every answer to it.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use capos_rpc::Peer;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use serde::Deserialize;

use crate::server::{Answer, Link, Refusal, full};
use crate::workspace::command::{Nothing, Reply, object};
use crate::workspace::problem::Problem;

/// Who asks, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asking {
    pub(crate) headers: HeaderMap,
    pub(crate) peer: Peer,
    pub(crate) link: Link,
}

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Infallible;

    /// Nobody in particular, from nowhere, where the listener has not said: no such request has a session.
    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(head.extensions.remove::<Self>().unwrap_or_default())
    }
}

/// Something that can be done otherwise, or not at all. The router says how.
pub(super) async fn cannot(request: Request) -> Response {
    Refusal::METHOD.answer(request.headers()).map(Body::new)
}

/// An address whose parts are none.
pub(super) fn no_address() -> Problem {
    Problem::bad_request("This address is not made like that.")
}

pub(super) fn respond(answer: Result<Answer, Problem>) -> Response {
    answer.unwrap_or_else(|problem| problem.answer()).map(Body::new)
}

pub(super) fn as_json(reply: Reply) -> Answer {
    let mut answer = full(StatusCode::OK, reply.json());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// A request that is given nothing.
pub(super) fn nothing(body: &[u8]) -> Result<(), Problem> {
    if body.is_empty() { Ok(()) } else { read::<Nothing>(body).map(drop) }
}

pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    object(body).ok_or_else(|| Problem::bad_request("This request is not made like that."))
}

//! Answers, and the headers that each of them has.

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};

/// Whatever a route cannot go on for. It ends the connection, which is all that a client can be told by then.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// What a route answers with.
pub type AnswerBody = UnsyncBoxBody<Bytes, Broken>;

/// A route's answer.
pub type Answer = Response<AnswerBody>;

/// An answer under way.
pub type Answering<'a> = BoxFuture<'a, Answer>;

/// Put among the extensions of an answer that goes on for as long as it likes: it is held to progress, not to an end.
#[derive(Clone, Copy, Debug)]
pub struct Streams;

/// An answer that is there already.
#[must_use]
pub fn full(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()).map_err(|never| match never {}).boxed_unsync());
    *answer.status_mut() = status;
    answer
}

/// An answer with any body.
pub fn answer_of<B>(status: StatusCode, body: B) -> Answer
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Broken>,
{
    let mut answer = Response::new(body.map_err(Into::into).boxed_unsync());
    *answer.status_mut() = status;
    answer
}

/// What holds for every answer where its route says nothing else: it is nobody's to keep, to guess at, to frame or to
/// load from elsewhere.
pub(crate) const POSTURE: [(HeaderName, &str); 7] = [
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), \
         payment=(), serial=(), usb=()",
    ),
];

/// A browser that has come by HTTPS once does not come without it for a year.
pub(crate) const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000");

pub(crate) fn add_posture(headers: &mut HeaderMap) {
    for (name, value) in POSTURE {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

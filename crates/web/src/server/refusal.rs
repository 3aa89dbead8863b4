//! What is said to a request that is not served: a status, a stable code, one sentence.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::json;

use crate::server::answer::{Answer, POSTURE, full};

/// Why a request is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// A stable word for programs.
    pub code: &'static str,
    /// One sentence for people: no address, size or counter is in it.
    pub sentence: &'static str,
    /// The methods there are, where another one was asked for.
    pub allow: Option<&'static str>,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $status:ident $code:literal $sentence:literal;)*) => {
        /// The refusals of the listener itself.
        impl Refusal {
            $($(#[$doc])* pub const $name: Self = Self::new(StatusCode::$status, $code, $sentence);)*
        }
    };
}

refusals! {
    /// The request line, or a header's, is too long.
    LINE_TOO_LONG = URI_TOO_LONG "httpLineTooLong" "the address asked for is too long";
    /// A header is too long.
    HEADER_TOO_LONG = REQUEST_HEADER_FIELDS_TOO_LARGE "httpLineTooLong" "a header is too long";
    /// There are too many.
    TOO_MANY_HEADERS = REQUEST_HEADER_FIELDS_TOO_LARGE "tooManyHeaders" "there are too many headers";
    /// All of them are too much.
    HEADERS_TOO_LARGE = REQUEST_HEADER_FIELDS_TOO_LARGE "headersTooLarge" "the headers are too large together";
    /// The body is too large for its route.
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE "requestBodyTooLarge" "the request's body is too large";
    /// It came too slowly.
    TOO_SLOW = REQUEST_TIMEOUT "requestTimeout" "the request did not come in time";
    /// The body did not come whole.
    BODY_CUT_SHORT = BAD_REQUEST "badRequest" "the request's body ended before its end";
    /// More than one header says how long its body is.
    FRAMING = BAD_REQUEST "badRequest" "the request says more than once how long its body is";
    /// It cannot be read as a request.
    MALFORMED = BAD_REQUEST "badRequest" "what was sent is no request";
    /// There are too many connections.
    CROWDED = SERVICE_UNAVAILABLE "handlerLimitExceeded" "too many connections are open; try again later";
    /// There are too many from one source.
    SOURCE_CROWDED = TOO_MANY_REQUESTS "handlerLimitExceeded" "too many connections are open from there; close some";
    /// Plain HTTP from another machine.
    NOT_PLAIN = BAD_REQUEST "tlsRequired" "this address speaks HTTPS; plain HTTP is for the machine itself";
    /// The name it was asked by is none of its own.
    MISDIRECTED = MISDIRECTED_REQUEST "unknownHost" "nothing is served by that name here; ask by a name of this node";
    /// It was asked by no name, or by several.
    HOST = BAD_REQUEST "badRequest" "one Host header is needed";
    /// A page of another site sends it.
    ORIGIN = FORBIDDEN "originRefused" "this request does not come from a page of this site";
    /// A proxy contradicts itself about its client, or says nothing that can be read.
    FORWARDING = BAD_REQUEST "badForwarding" "what the proxy says of this request contradicts itself";
    /// There is nothing.
    NOT_FOUND = NOT_FOUND "notFound" "there is nothing here";
    /// There is, and this cannot be done with it.
    METHOD = METHOD_NOT_ALLOWED "methodNotAllowed" "this cannot be done here";
}

impl Refusal {
    /// A refusal of a route's own.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str, sentence: &'static str) -> Self {
        Self { status, code, sentence, allow: None }
    }

    /// [`Refusal::METHOD`] with the methods there are.
    #[must_use]
    pub const fn method(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::METHOD }
    }

    /// The answer: an object for programs, a line for people, who ask for HTML.
    #[must_use]
    pub fn answer(self, asked: &HeaderMap) -> Answer {
        let accepts = asked.get(hyper::header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let (kind, body) = if accepts.contains("text/html") {
            ("text/plain; charset=utf-8", format!("{}\n", self.sentence))
        } else {
            ("application/json", self.object())
        };
        let mut answer = full(self.status, body);
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if self.is_for_now() {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::REQUEST_TIMEOUT || self.status == StatusCode::PAYLOAD_TOO_LARGE {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }

    /// The same where there is no request that could be answered: as it goes over the wire, before the end.
    pub(crate) fn last_words(self) -> Bytes {
        let (status, body) = (self.status, self.object());
        let retry = if self.is_for_now() { "retry-after: 1\r\n" } else { "" };
        let reason = status.canonical_reason().unwrap_or_default();
        let (number, length) = (status.as_u16(), body.len());
        let posture: String = POSTURE.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "HTTP/1.1 {number} {reason}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             {posture}{retry}connection: close\r\n\r\n"
        );
        Bytes::from(head + &body)
    }

    fn is_for_now(self) -> bool {
        matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS)
    }

    fn object(self) -> String {
        format!("{}\n", json!({ "code": self.code, "message": self.sentence }))
    }
}

//! What a window is told where something did not work.

mod causes;

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};

use crate::server::{Answer, Refusal, full};
use crate::workspace::view::{Text, json, shown};

shown! {
    /// A stable code, and sentences for a person: what happened, and what to do.
    struct Problem {
        /// For programs.
        code: Text,
        /// What happened.
        message: Text,
        /// What to do; empty where the message says it.
        advice: Text,
        #[serde(skip)]
        status: u16,
    }
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: &'static str, advice: &'static str) -> Self {
        Self::saying(status, code, Text::fixed(message), advice)
    }

    /// One with somebody else's words.
    pub(crate) fn saying(status: StatusCode, code: &'static str, message: Text, advice: &'static str) -> Self {
        Self { code: Text::fixed(code), message, advice: Text::fixed(advice), status: status.as_u16() }
    }

    /// A command that cannot be meant.
    pub(crate) fn bad_request(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "badRequest", message, "")
    }

    /// What is asked for is not there any more.
    pub(crate) fn not_found(message: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "notFound", message, "")
    }

    /// Whether nothing was done, and the same may go well a little later.
    pub(crate) fn is_for_now(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS.as_u16()
    }

    pub(crate) fn answer(&self) -> Answer {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = full(status, json(self));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::saying(refusal.status, refusal.code, Text::sentence(refusal.sentence), "")
    }
}

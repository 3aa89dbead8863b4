//! The token of a browser's session.

use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderValue};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::workspace::problem::Problem;

/// Which header carries it.
const HEADER: &str = "x-csrf-token";

/// What a page says with every request; no page of another site can know it.
#[derive(Clone)]
pub(crate) struct Token(Zeroizing<String>);

impl Token {
    pub(super) fn new() -> Self {
        Self(super::random())
    }

    /// For the page that it is for.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request has it, in a time that says nothing about it.
    pub(super) fn check(&self, said: Option<&HeaderValue>) -> Result<(), Problem> {
        let said = said.ok_or_else(|| refused("csrfTokenMissing"))?;
        let is_ours = bool::from(said.as_bytes().ct_eq(self.0.as_bytes()));
        if is_ours { Ok(()) } else { Err(refused("csrfTokenWrong")) }
    }
}

/// The one that a request has.
pub(super) fn said(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut tokens = headers.get_all(HEADER).iter();
    let (token, more) = (tokens.next(), tokens.next());
    token.filter(|_| more.is_none())
}

fn refused(code: &'static str) -> Problem {
    let what = "This request lacks its token.";
    Problem::new(StatusCode::FORBIDDEN, code, what, "Reload the page, and sign in again if that does not help.")
}

//! What a person is asked, and how.

use std::fmt;

use capos_rpc::Fingerprint;
use futures::future::{LocalBoxFuture, ready};
use zeroize::Zeroizing;

use crate::endpoint::Endpoint;

/// An answer that must not be kept longer than it is needed: wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A step of a sign-in; the answer goes to the node.
    SignIn,
    /// A renewal of the session; the answer goes to the node.
    Renewal,
    /// The passphrase of a key file; the answer stays here.
    Passphrase,
}

/// One question to a person. All text of a node's in it is plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What the answer is for.
    pub purpose: Purpose,
    /// What to ask.
    pub text: String,
    /// Whether the answer must not be shown or recorded.
    pub secret: bool,
    /// A page to open.
    pub url: Option<String>,
    /// A code to enter or compare there.
    pub user_code: Option<String>,
    /// Until when an answer is taken, in milliseconds since 1970.
    pub expires_at_ms: Option<u64>,
}

/// Answers what a node, or a key file, asks.
pub trait Answers {
    /// The answer; `None` gives up.
    fn answer<'a>(&'a mut self, prompt: &'a Prompt) -> LocalBoxFuture<'a, Option<Secret>>;
}

/// Nobody is there to answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAnswers;

impl Answers for NoAnswers {
    fn answer<'a>(&'a mut self, _: &'a Prompt) -> LocalBoxFuture<'a, Option<Secret>> {
        Box::pin(ready(None))
    }
}

/// A node that is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Where it was reached.
    pub endpoint: Endpoint,
    /// The key that it proved to hold.
    pub fingerprint: Fingerprint,
}

/// Decides about a node seen for the first time.
pub trait Confirm {
    /// Whether this is the node that is meant. Whoever has no person to ask says no.
    fn confirm<'a>(&'a mut self, stranger: &'a Stranger) -> LocalBoxFuture<'a, bool>;
}

/// Trusts nobody it does not know: for programs without a person.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoConfirm;

impl Confirm for NoConfirm {
    fn confirm<'a>(&'a mut self, _: &'a Stranger) -> LocalBoxFuture<'a, bool> {
        Box::pin(ready(false))
    }
}

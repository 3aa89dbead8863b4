//! One sign-in under way.

use capos_schema::{Code, Denial};

use crate::{MethodKind, Secret, Session};

/// The beginning of a sign-in, as the peer asks for it.
#[derive(Clone, Debug)]
pub struct Start {
    /// The way chosen.
    pub kind: MethodKind,
    /// The account.
    pub selector: Selector,
    /// The profile wanted; empty for the account's default.
    pub profile: String,
    /// Random bytes of the client's own.
    pub client_nonce: Vec<u8>,
}

/// Which account is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// By the name a person types.
    Account(String),
    /// By the opaque handle of its principal.
    Principal(Vec<u8>),
}

/// What comes after an answer.
#[derive(Debug)]
pub enum Step {
    /// Something else is asked.
    Ask(Prompt),
    /// The session.
    Done(Session),
}

/// What the client has to do next. What does not apply is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// What to ask a person.
    pub prompt: String,
    /// Whether the answer must not be shown or recorded.
    pub redaction: bool,
    /// A page to open.
    pub url: String,
    /// A code to enter or compare there.
    pub user_code: String,
    /// Bytes to sign.
    pub challenge: Vec<u8>,
    /// Until when it can be answered, in milliseconds since 1970.
    pub expires_at_ms: u64,
}

/// One sign-in under way. Dropped, it is given up.
#[derive(Debug)]
pub struct Flow {}

impl Flow {
    /// Answers the step before and gives the next one; an empty answer asks for the first.
    ///
    /// # Errors
    ///
    /// `authenticationDenied` in the same words and time whatever the cause; `badRequest` on a flow that is over.
    pub async fn next(&mut self, _response: Secret) -> Result<Step, Denial> {
        Err(Code::Internal.into())
    }

    /// Gives up. Harmless on a flow that is over.
    pub fn cancel(&mut self) {}

    /// Until when the step that waits can be answered, in milliseconds since 1970.
    #[must_use]
    pub fn expires_at_ms(&self) -> u64 {
        0
    }
}

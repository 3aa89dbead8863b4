//! Refusals as they look on the wire: a stable code, a colon, one sentence for a person.
//!
//! A reason never carries addresses, operating system texts, sizes, counters, table positions or secrets:
//! every sentence here is written by hand.

use std::borrow::Cow;
use std::fmt;

use capnp::{Error, ErrorKind};

macro_rules! codes {
    ($($variant:ident $text:literal $kind:ident $sentence:literal,)*) => {
        /// A refusal's stable name. Clients match on it; it never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the wire contract's vocabulary; the sentence beside each says what it means")]
        pub enum Code { $($variant,)* }

        impl Code {
            /// Every code, in the order of the wire contract.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The code as it stands on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// The exception type that carries it.
            #[must_use]
            pub fn kind(self) -> ErrorKind {
                match self { $(Code::$variant => ErrorKind::$kind,)* }
            }

            /// What it says where nobody knows better.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Code::$variant => $sentence,)* }
            }
        }
    };
}

codes! {
    BadRequest "badRequest" Failed "the request is malformed",
    DisabledAuthMethod "disabledAuthMethod" Failed "this way of signing in is switched off",
    AuthenticationDenied "authenticationDenied" Failed "the sign-in was refused",
    Unauthenticated "unauthenticated" Failed "sign in first",
    UnknownCap "unknownCap" Failed "no capability of that name is granted",
    InterfaceMismatch "interfaceMismatch" Failed "the capability is granted, but as another interface",
    StaleSession "staleSession" Failed "the session has ended; sign in again",
    MethodDenied "methodDenied" Failed "this method is not granted",
    ServiceUnavailable "serviceUnavailable" Disconnected "the service has gone; get the capability again",
    LeaseExpired "leaseExpired" Failed "the lease on this capability is over",
    Revoked "revoked" Failed "this capability was revoked",
    ApprovalRequired "approvalRequired" Failed "this call needs an approval",
    ApprovalDenied "approvalDenied" Failed "the approval was denied",
    QuotaExceeded "quotaExceeded" Overloaded "the quota of this capability is used up",
    TooManyCalls "tooManyCalls" Overloaded "too many calls at once; wait for answers first",
    TooManySessions "tooManySessions" Overloaded "too many sessions; end one first",
    Overloaded "overloaded" Overloaded "the node is busy; try again later",
    Internal "internal" Failed "the node could not do this; its operator finds the reason in the log",
}

impl Code {
    /// The code of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One refusal: a code and the sentence that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The stable part.
    pub code: Code,
    /// The part for a person.
    pub sentence: Cow<'static, str>,
}

impl Denial {
    /// A refusal with a sentence of its own.
    pub fn new(code: Code, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self { code, sentence: sentence.into() }
    }

    /// Reads a refusal out of an exception, wherever it was received.
    ///
    /// The prefix that receiving libraries put before a reason is passed over.
    #[must_use]
    pub fn from_error(error: &Error) -> Option<Self> {
        let (code, sentence) = strip_remote(&error.extra).split_once(": ")?;
        Some(Self::new(Code::parse(code)?, sentence.to_owned()))
    }
}

impl From<Code> for Denial {
    fn from(code: Code) -> Self {
        Self::new(code, code.sentence())
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Error { kind: denial.code.kind(), extra: denial.to_string() }
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Denial::from(code).into()
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.sentence)
    }
}

/// A reason without the `remote exception: ` that receiving libraries put before it, however often.
#[must_use]
pub fn strip_remote(reason: &str) -> &str {
    let mut rest = reason;
    while let Some(shorter) = rest.strip_prefix("remote exception: ") {
        rest = shorter;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_the_wire() {
        for &code in Code::ALL {
            let error: Error = code.into();
            let relayed = Error { extra: format!("remote exception: remote exception: {}", error.extra), ..error };
            assert_eq!(Denial::from_error(&relayed), Some(Denial::from(code)));
        }
    }

    #[test]
    fn other_texts_are_no_denials() {
        for text in ["", "revoked", "Revoked: x", "service: revoked: x", "remote exception: nonsense: x"] {
            assert_eq!(Denial::from_error(&Error::failed(text.into())), None, "{text}");
        }
    }
}

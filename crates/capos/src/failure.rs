//! What a command fails with, and the exit codes.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::process::ExitCode;

use capos_schema::{Code, Denial};

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// It was asked for wrongly.
    Usage,
    /// The node refused.
    Denied,
    /// The node cannot be reached, or is reached no longer.
    Unreachable,
    /// What a command that ran elsewhere ended with.
    Remote(u8),
}

impl Exit {
    const ALL: [Self; 5] = [Self::Done, Self::Failed, Self::Usage, Self::Denied, Self::Unreachable];

    /// As the process ends with it.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Denied => 3,
            Self::Unreachable => 4,
            Self::Remote(status) => status,
        }
    }

    /// The exit of that number; `Failed` for any other.
    pub(crate) fn of_number(number: u8) -> Self {
        Self::ALL.into_iter().find(|exit| exit.number() == number).unwrap_or(Self::Failed)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// Why a command did not do what it was asked: one sentence, then what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What the process ends with.
    pub(crate) exit: Exit,
    /// A stable word for programs; empty where there is none.
    pub(crate) code: Cow<'static, str>,
    /// What happened, in one sentence without a full stop.
    pub(crate) sentence: String,
    /// What to do now.
    pub(crate) advice: Option<String>,
    /// The reader of standard output has gone: nobody is left to be told.
    pub(crate) silent: bool,
}

impl Failure {
    /// A failure of that kind.
    pub(crate) fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self { exit, code: Cow::Borrowed(""), sentence: sentence.into(), advice: None, silent: false }
    }

    /// It failed.
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Failed, sentence)
    }

    /// It was asked for wrongly.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Usage, sentence)
    }

    /// Nobody reads standard output any more, which is how a pipe to `head` ends.
    pub(crate) fn nobody_listens() -> Self {
        Self { silent: true, ..Self::new(Exit::Done, "standard output was closed") }
    }

    /// The same with what to do now.
    #[must_use]
    pub(crate) fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// The same under a stable word.
    #[must_use]
    pub(crate) fn coded(self, code: impl Into<Cow<'static, str>>) -> Self {
        Self { code: code.into(), ..self }
    }
}

/// What the system says of a failure, without the number that it has there.
pub(crate) fn reason(error: &io::Error) -> String {
    let said = error.to_string();
    match said.rsplit_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => said,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Failure {}

impl From<Denial> for Failure {
    fn from(denial: Denial) -> Self {
        let exit = match denial.code {
            Code::BadRequest | Code::ServiceUnavailable | Code::Overloaded | Code::Internal => Exit::Failed,
            _ => Exit::Denied,
        };
        Self::new(exit, denial.sentence).coded(denial.code.as_str()).advised_for(denial.code)
    }
}

impl Failure {
    fn advised_for(self, code: Code) -> Self {
        let advice = match code {
            Code::StaleSession => "Sign in again with `capos connect`.",
            Code::UnknownCap => "See what is granted with `capos caps`.",
            Code::MethodDenied => "See what the capability allows with `capos describe`.",
            Code::Revoked | Code::LeaseExpired => "Get it again by signing in, if it is still granted.",
            Code::TooManySessions => "End one with `capos logout`, or ask an administrator.",
            _ => return self,
        };
        self.advise(advice)
    }
}

impl From<capnp::Error> for Failure {
    fn from(error: capnp::Error) -> Self {
        if let Some(denial) = Denial::from_error(&error) {
            return denial.into();
        }
        match error.kind {
            capnp::ErrorKind::Disconnected => {
                Self::new(Exit::Unreachable, "the connection to the node was lost").coded("gatewayDisconnected")
            }
            capnp::ErrorKind::Unimplemented => Self::failed("the node does not know this method")
                .coded("unimplemented")
                .advise("It may be older than this program."),
            _ => Self::of_text(capos_schema::denial::strip_remote(&error.extra)),
        }
    }
}

impl Failure {
    /// What an exception says: a service's own words are marked, and no refusal of the node's.
    fn of_text(text: &str) -> Self {
        let Some(own) = text.strip_prefix("service: ") else { return Self::failed(text) };
        let sentence = match own.split_once(": ").filter(|(code, _)| Code::parse(code).is_some()) {
            Some((_, refusal)) => format!("the service refused: {refusal}"),
            None => format!("the service failed: {own}"),
        };
        Self::failed(sentence).coded("service")
    }
}

impl From<capos_schema::Error> for Failure {
    fn from(error: capos_schema::Error) -> Self {
        match error.fault() {
            capos_schema::Fault::Capability(cause) | capos_schema::Fault::Call(cause) => cause.clone().into(),
            capos_schema::Fault::Value(_) => Self::usage(error.to_string()),
            _ => Self::failed(error.to_string()),
        }
    }
}

impl From<capos_client::Error> for Failure {
    fn from(error: capos_client::Error) -> Self {
        use capos_client::Error;
        let exit = match &error {
            Error::Denied(denial) => return denial.clone().into(),
            Error::Unreachable { .. } | Error::Disconnected { .. } => Exit::Unreachable,
            Error::Input(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string()).coded(error.code())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(told(&error))
    }
}

/// An error and its causes in one line. Some say what caused them, and have it as their cause as well: said once.
pub(crate) fn told(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |mut line, cause| {
        let cause = cause.to_string();
        if !line.contains(&cause) {
            let separator = if line.is_empty() { "" } else { ": " };
            line.extend([separator, &cause]);
        }
        line
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_says_is_no_refusal_of_the_node() {
        for (text, sentence) in [
            ("service: badRequest: no such room", "the service refused: no such room"),
            ("service: staleSession: ha", "the service refused: ha"),
            ("service: quotaExceeded: slower", "the service refused: slower"),
            ("service: it broke", "the service failed: it broke"),
        ] {
            let failure = Failure::from(capnp::Error::failed(text.to_owned()));
            assert_eq!((failure.exit, &*failure.code, &*failure.sentence), (Exit::Failed, "service", sentence));
        }
    }

    #[test]
    fn a_cause_is_said_once() {
        let full = || io::Error::other("no room");
        let store = capos_store::Error::Io("f".into(), full());
        assert_eq!(told(&anyhow::Error::new(store).context("the store")), "the store: f: no room");
        assert_eq!(told(&anyhow::Error::new(full())), "no room");
    }
}

//! What goes wrong, by who must act: one sentence each, then what to do.

mod show;

use std::path::PathBuf;

use capos_rpc::{Fingerprint, IdentityChanged};
use capos_schema::Denial;

use crate::endpoint::Endpoint;

/// Why something did not happen. [`Error::code`] is for programs and stays; the text is for people.
///
/// All text of a node's in it is plain: it can be shown as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The caller gave something that cannot be meant.
    Input(String),
    /// The person gave up.
    Cancelled,
    /// A key file or an ssh-agent is of no use; nothing was sent.
    Key(String),
    /// The node is not, or not provably, the one that is meant; nothing secret was sent.
    Identity(Box<IdentityProblem>),
    /// There is no connection to the node.
    Unreachable {
        /// Where it was looked for.
        endpoint: Endpoint,
        /// What was in the way.
        problem: &'static str,
    },
    /// The connection is gone, and every session on it.
    Disconnected {
        /// What was under way.
        operation: String,
        /// How it came about.
        cause: Cause,
        /// What to do.
        guidance: &'static str,
    },
    /// The node refused.
    Denied(Denial),
    /// A service that the node relays to failed; the text is the service's own.
    Service {
        /// What was under way.
        operation: String,
        /// What the service says.
        text: String,
    },
    /// The node said something outside of the contract; nothing follows from it.
    Protocol {
        /// What was under way.
        operation: String,
        /// What is wrong.
        problem: String,
    },
    /// More than this side takes.
    Limit {
        /// Which bound.
        code: &'static str,
        /// What is too much.
        what: &'static str,
    },
    /// This machine refused something that the client needs, such as a thread.
    System(&'static str),
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The node closed it, or the network did.
    Closed,
    /// The stream broke.
    Lost,
    /// The node did not answer, not even whether it is there.
    Silent,
    /// The node ended it with a reason.
    Refused(Denial),
    /// The node broke a rule of the protocol, and was cut.
    BrokeRule,
    /// This side closed it.
    Ours,
}

/// Why a node's identity does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityProblem {
    /// It shows another key than the one known.
    Changed {
        /// Where it was reached.
        endpoint: Endpoint,
        /// Which key was expected, and which was seen.
        keys: IdentityChanged,
        /// The file and line that has the known key, where one has.
        known: Option<(PathBuf, usize)>,
    },
    /// It is not known, and nobody confirmed it.
    Unconfirmed {
        /// Where it was reached.
        endpoint: Endpoint,
        /// The key that it showed.
        fingerprint: Fingerprint,
    },
    /// It could not prove that it holds the key it shows, or speaks no TLS 1.3.
    Unproven,
    /// Without TLS only this machine itself can be reached.
    NotLoopback,
    /// The known-nodes file cannot be used.
    KnownNodes {
        /// The file.
        path: PathBuf,
        /// The line, counted from one, where it is one line's fault.
        line: Option<usize>,
        /// What is wrong.
        problem: &'static str,
    },
    /// The challenge to sign is bound to something else than what was asked for on this connection.
    Challenge(&'static str),
}

impl Error {
    /// The stable name: a refusal's own code, or one of this crate's.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::Input(_) => "invalidInput",
            Error::Cancelled => "cancelled",
            Error::Key(_) => "keyUnusable",
            Error::Identity(problem) => problem.code(),
            Error::Unreachable { .. } => "unreachable",
            Error::Disconnected { .. } => "gatewayDisconnected",
            Error::Denied(denial) => denial.code.as_str(),
            Error::Service { .. } => "service",
            Error::Protocol { .. } => "protocol",
            Error::Limit { code, .. } => code,
            Error::System(_) => "system",
        }
    }
}

impl IdentityProblem {
    fn code(&self) -> &'static str {
        match self {
            IdentityProblem::Changed { .. } => "identityChanged",
            IdentityProblem::Unconfirmed { .. } => "identityUnconfirmed",
            IdentityProblem::Unproven => "identityUnproven",
            IdentityProblem::NotLoopback => "tlsRequired",
            IdentityProblem::KnownNodes { .. } => "knownNodes",
            IdentityProblem::Challenge(_) => "challengeMismatch",
        }
    }
}

impl std::error::Error for Error {}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Error::Denied(denial)
    }
}

impl From<IdentityProblem> for Error {
    fn from(problem: IdentityProblem) -> Self {
        Error::Identity(Box::new(problem))
    }
}

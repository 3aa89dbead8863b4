//! How errors read.

use std::fmt;

use super::{Cause, Error, IdentityProblem};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Input(problem) => write!(f, "{problem}."),
            Error::Cancelled => f.write_str("Nothing was answered, so nothing was done."),
            Error::Key(problem) => write!(f, "{problem}."),
            Error::Identity(problem) => problem.fmt(f),
            Error::Unreachable { endpoint, problem } => {
                write!(f, "{endpoint} cannot be reached: {problem}. Check the address and that the node runs.")
            }
            Error::Disconnected { operation, cause, guidance } => {
                write!(f, "The connection to the node ended ({operation}): {cause}. {guidance}")
            }
            Error::Denied(denial) => write!(f, "The node refused ({}): {}.", denial.code, denial.sentence),
            Error::Service { operation, text } => write!(f, "The service failed ({operation}): {text}."),
            Error::Protocol { operation, problem } => {
                write!(
                    f,
                    "The node's answer cannot be used ({operation}): {problem}. Check that it is a capOS node of a fitting version."
                )
            }
            Error::Limit { what, .. } => write!(f, "Refused, {what}. Nothing of it was taken over."),
            Error::System(problem) => write!(f, "{problem}."),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Closed => f.write_str("the node closed it"),
            Cause::Lost => f.write_str("it broke"),
            Cause::Silent => f.write_str("the node does not answer any more"),
            Cause::Refused(denial) => write!(f, "the node ended it ({}): {}", denial.code, denial.sentence),
            Cause::BrokeRule => f.write_str("the node sent what no node may send"),
            Cause::Ours => f.write_str("it was closed here"),
        }
    }
}

impl fmt::Display for IdentityProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdentityProblem::Changed { endpoint, keys, known } => {
                write!(
                    f,
                    "{endpoint} IS NOT THE NODE IT WAS: it shows the key {}, but {} is the one known. ",
                    keys.seen, keys.expected
                )?;
                f.write_str(
                    "Somebody may be in between, so nothing was sent. Ask the node's operator for its fingerprint; ",
                )?;
                match known {
                    Some((path, line)) => {
                        write!(
                            f,
                            "only if it is the new one, remove line {line} of {} and connect again.",
                            path.display()
                        )
                    }
                    None => f.write_str("only if it is the new one, pin that and connect again."),
                }
            }
            IdentityProblem::Unconfirmed { endpoint, fingerprint } => write!(
                f,
                "{endpoint} is not known here, and nobody confirmed its key {fingerprint}. Compare that with the fingerprint the node's operator has, then confirm or pin it."
            ),
            IdentityProblem::Unproven => f.write_str(
                "The node could not prove which one it is. Check that a capOS node answers at that port, with TLS 1.3.",
            ),
            IdentityProblem::NotLoopback => {
                f.write_str("Without TLS only this machine's own loopback addresses can be reached. Use TLS.")
            }
            IdentityProblem::KnownNodes { path, line: Some(line), problem } => {
                write!(f, "Line {line} of {} {problem}. Correct or remove it and connect again.", path.display())
            }
            IdentityProblem::KnownNodes { path, line: None, problem } => {
                write!(f, "{} {problem}. Correct that and connect again.", path.display())
            }
            IdentityProblem::Challenge(problem) => write!(
                f,
                "The node asked for a signature over {problem}, and none was given. Do not sign in there; tell its operator."
            ),
        }
    }
}

//! What can go wrong with starting a process, by who must act.

use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Missing;

/// Why nothing was started.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The plan: its program is not there, or cannot be executed by the service.
    NoProgram(PathBuf),
    /// The plan: it asks for what cannot be, and the sentence says what.
    Plan(String),
    /// The host lacks what the plan requires.
    Lacking(Vec<Missing>),
    /// The host refused a step, which the sentence names.
    Host(String),
    /// The helper is gone, and with it every process that it had started.
    HelperGone,
    /// The helper did not come up.
    Start(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProgram(path) => write!(formatter, "{} is not there, or cannot be executed", path.display()),
            Self::Plan(what) => write!(formatter, "the plan cannot be followed: {what}"),
            Self::Lacking(missing) => {
                formatter.write_str("this host lacks ")?;
                for (position, lacking) in missing.iter().enumerate() {
                    let comma = if position == 0 { "" } else { "; " };
                    write!(formatter, "{comma}{} ({})", lacking.mechanism, lacking.why)?;
                }
                Ok(())
            }
            Self::Host(what) => write!(formatter, "the host refused: {what}"),
            Self::HelperGone => formatter.write_str("the helper that starts confined processes is gone"),
            Self::Start(_) => formatter.write_str("the helper that starts confined processes did not come up"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start(cause) => Some(cause),
            _ => None,
        }
    }
}

/// An [`Error`] as the helper tells it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Refusal {
    NoProgram,
    Plan(String),
    Lacking(Vec<Missing>),
    Host(String),
}

impl Refusal {
    pub(crate) fn into_error(self, program: PathBuf) -> Error {
        match self {
            Self::NoProgram => Error::NoProgram(program),
            Self::Plan(what) => Error::Plan(what),
            Self::Lacking(missing) => Error::Lacking(missing),
            Self::Host(what) => Error::Host(what),
        }
    }
}

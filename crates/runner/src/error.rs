//! What can go wrong, by who must act.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// One thing that is wrong with a profile, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; 0 where it is the file as a whole.
    pub line: usize,
    /// The column, from 1; 0 where it is the file as a whole.
    pub column: usize,
    /// What is wrong, as one sentence.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.line {
            0 => write!(f, "{file}: {}", self.what),
            line => write!(f, "{file}:{line}:{}: {}", self.column, self.what),
        }
    }
}

/// Why there is no runner, or why it did not do what an administrator asked for.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// For the operator: a directory that services need could not be made, or is not ours alone.
    Directory(PathBuf, io::Error),
    /// For the operator: the system gave no thread.
    Thread(io::Error),
    /// For the caller: there is no service of that id.
    Unknown,
    /// For the caller: each session starts its own, there is no shared one.
    PerSession,
    /// For the operator: the service does not come up; why, in a sentence.
    Down(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Directory(path, error) => write!(f, "{}: {error}", path.display()),
            Error::Thread(error) => write!(f, "no thread for services: {error}"),
            Error::Unknown => f.write_str("there is no service of that id"),
            Error::PerSession => f.write_str("this service runs for each session by itself"),
            Error::Down(why) => write!(f, "the service does not come up: {why}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Directory(_, error) | Error::Thread(error) => Some(error),
            _ => None,
        }
    }
}

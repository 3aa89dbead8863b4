//! Why the world cannot be served.

use std::fmt;

/// Why the world cannot be served, by who must act.
#[derive(Debug)]
pub enum Error {
    /// The author of the world: its files make no sense.
    World(Vec<String>),
    /// The operator: there is no such actor for a process to play.
    NoActor,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::World(faults) => write!(formatter, "the world makes no sense: {}", faults.join("; ")),
            Error::NoActor => formatter.write_str("there is no such actor to play: give a name such as `warden`"),
        }
    }
}

impl std::error::Error for Error {}

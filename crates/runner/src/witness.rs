//! Who is told what becomes of services.

use std::fmt;

use crate::opening::SessionKey;

/// One thing that happened to a process of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// The profile's id.
    pub service: String,
    /// The profile's id, or a companion's name.
    pub process: String,
    /// The number of the instance.
    pub instance: u64,
    /// The session that it runs for; nothing where it is shared.
    pub session: Option<SessionKey>,
    /// What.
    pub event: Event,
}

/// What can happen to a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is ready.
    Started,
    /// It ended by itself, or was ended for its behaviour; how, in a few words.
    Ended(String),
    /// It is started again after it had failed.
    Restarted,
    /// It fails too often and is left alone; why, in a sentence.
    GivenUp(String),
    /// It was ended because it was no longer wanted.
    Stopped,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Started => f.write_str("started"),
            Event::Ended(how) => write!(f, "ended: {how}"),
            Event::Restarted => f.write_str("started again"),
            Event::GivenUp(why) => write!(f, "given up: {why}"),
            Event::Stopped => f.write_str("stopped"),
        }
    }
}

/// Is told of everything that happens, from the runner's own thread: it must not wait for anything.
pub trait Witness: Send + Sync {
    /// Something happened.
    fn tell(&self, happening: &Happening);
}

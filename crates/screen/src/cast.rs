//! Recordings of terminals in the format asciicast v2: a line of JSON that describes, then one for each event.
//!
//! What a recording holds was written by a program: it goes through a [filter](crate::safe::Filter) before a person's
//! terminal gets it.

mod reader;
mod writer;

use std::collections::BTreeMap;
use std::time::Duration;

pub use reader::{Item, Reader, ReaderLimits};
pub use writer::Writer;

use crate::Size;

/// What a recording says of itself in its first line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// How large the terminal was at the start.
    pub size: Size,
    /// When it began, in seconds since 1970; 0 where nobody says.
    pub started_at: u64,
    /// What it is called; may be empty.
    pub title: String,
    /// What was run; may be empty.
    pub command: String,
    /// Variables worth knowing, `TERM` above all.
    pub environment: BTreeMap<String, String>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, after the start; never before the event before it.
    pub after: Duration,
    /// What.
    pub what: What,
}

/// What can happen in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The program wrote this.
    Output(String),
    /// The terminal had this size from then on.
    Resized(Size),
    /// Something worth finding again.
    Marker(String),
}

//! What is written down, and when.

use std::borrow::Cow;

use capos_schema::{Code, Denial};
use serde_json::{Map, Value};

use crate::{Error, Handle};

/// Something that happened, for the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What kind of event; the page on the audit journal lists them.
    pub kind: Cow<'static, str>,
    /// The rest.
    pub payload: Map<String, Value>,
}

/// The journal, as those write to it who know what happened.
#[derive(Clone, Debug)]
pub struct Audit {}

/// A place in the journal for the record of a call that is about to start. Dropped, it is free again.
#[derive(Debug)]
#[must_use = "a slot that is dropped keeps no place"]
pub struct CallSlot {}

/// How one call went. Never its arguments.
#[derive(Clone, Copy, Debug)]
pub struct CallRecord<'a> {
    /// The session that made it.
    pub session: Handle,
    /// The grant it was made through.
    pub grant: &'a str,
    /// The interface that declares the method.
    pub interface: u64,
    /// The method's ordinal in it.
    pub method: u16,
    /// `done`, a denial's code, or the kind of an exception.
    pub outcome: &'a str,
    /// From admission to the end, in microseconds.
    pub duration_us: u64,
    /// The reference it was made on.
    pub reference: u64,
    /// The reference whose call that one came from; none for the granted object itself.
    pub parent: Option<u64>,
    /// Whether it is a call back to the client.
    pub callback: bool,
}

impl Audit {
    /// Writes an event down; durable when this returns.
    ///
    /// # Errors
    ///
    /// Where it could not be written, and what it tells of must not happen.
    pub async fn record(&self, _event: Event) -> Result<(), Error> {
        Err(Error::Stopped)
    }

    /// Takes a place for the record of a call. Does not wait.
    ///
    /// # Errors
    ///
    /// A denial, upon which the call must not start.
    pub fn reserve(&self) -> Result<CallSlot, Denial> {
        Err(Code::Internal.into())
    }
}

impl CallSlot {
    /// Hands the record over; it is durable within 50 ms.
    ///
    /// # Errors
    ///
    /// Where the store has closed meanwhile.
    pub fn fill(self, _record: &CallRecord<'_>) -> Result<(), Error> {
        Err(Error::Stopped)
    }
}

//! What is written down, and when.

pub(crate) mod recorder;
pub(crate) mod refusals;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use capos_schema::{Code, Denial};
use capos_store::{Entry, NoSlot, Slot, Store};
use serde_json::{Map, Value, json};

use crate::{Clock, Error, Handle};

/// Something that happened, for the journal. `docs/audit.md` lists the kinds and what they tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What kind of event, such as `session.begun`; up to 64 bytes.
    pub kind: Cow<'static, str>,
    /// The rest.
    pub payload: Map<String, Value>,
}

impl Event {
    /// An event that tells nothing but its kind.
    #[must_use]
    pub fn new(kind: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: kind.into(), payload: Map::new() }
    }

    /// Adds to what it tells.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.payload.insert(key.to_owned(), value.into());
        self
    }

    pub(crate) fn entry(self, at_ms: u64) -> Entry {
        Entry { at_ms, kind: self.kind, payload: Value::Object(self.payload).to_string().into_bytes() }
    }
}

/// The journal, as those write to it who know what happened.
#[derive(Clone)]
pub struct Audit {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Audit")
    }
}

impl Audit {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    pub(crate) fn entry(&self, event: Event) -> Entry {
        event.entry(self.clock.wall_ms())
    }

    /// Writes an event down; durable when this returns.
    ///
    /// # Errors
    ///
    /// Where it could not be written, and what it tells of must not happen.
    pub async fn record(&self, event: Event) -> Result<(), Error> {
        self.store.append(self.entry(event)).await?;
        Ok(())
    }

    /// Takes a place for the record of a call that is about to start. Does not wait.
    ///
    /// # Errors
    ///
    /// A denial, upon which the call must not start.
    pub fn reserve(&self) -> Result<CallSlot, Denial> {
        match self.store.reserve() {
            Ok(slot) => Ok(CallSlot { slot, clock: self.clock.clone(), _share: None }),
            Err(NoSlot::Full) => Err(Code::Overloaded.into()),
            Err(NoSlot::Unwritable) => Err(Code::Internal.into()),
        }
    }
}

/// A place in the journal for the record of a call that is about to start. Dropped, it is free again.
#[must_use = "a slot that is dropped keeps no place"]
pub struct CallSlot {
    slot: Slot,
    clock: Arc<dyn Clock>,
    _share: Option<SlotShare>,
}

/// One of the places that a session may hold.
pub(crate) struct SlotShare(Arc<AtomicU32>);

impl SlotShare {
    /// Takes one, if `taken` is below `most`.
    pub(crate) fn take(taken: &Arc<AtomicU32>, most: u32) -> Option<Self> {
        let one_more = |taken| (taken < most).then_some(taken + 1);
        taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Self(taken.clone()))
    }
}

impl Drop for SlotShare {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for CallSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallSlot")
    }
}

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

impl CallSlot {
    pub(crate) fn with(self, share: SlotShare) -> Self {
        Self { _share: Some(share), ..self }
    }

    /// Hands the record over; it is durable within 50 ms.
    ///
    /// # Errors
    ///
    /// Where the store has closed meanwhile.
    pub fn fill(self, record: &CallRecord<'_>) -> Result<(), Error> {
        let entry = Entry { at_ms: self.clock.wall_ms(), kind: "call".into(), payload: payload(record) };
        self.slot.fill(entry)?;
        Ok(())
    }
}

/// Short: names are cut that could make it larger than a slot.
fn payload(record: &CallRecord<'_>) -> Vec<u8> {
    let mut payload = json!({
        "session": record.session.to_string(),
        "grant": cut(record.grant),
        "interface": format!("{:#018x}", record.interface),
        "method": record.method,
        "outcome": cut(record.outcome),
        "us": record.duration_us,
        "reference": record.reference,
    });
    if let Some(parent) = record.parent {
        payload["parent"] = parent.into();
    }
    if record.callback {
        payload["callback"] = true.into();
    }
    payload.to_string().into_bytes()
}

fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

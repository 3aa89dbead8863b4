//! What a session holds in streams for those who read them.
//!
//! A write that is not answered is charged 256 bytes for its place, and 16 for each value beside the bytes and texts in
//! it. That is at worst eight times what is on the wire, for the smallest messages and for lists of one-digit numbers,
//! and a fraction more than it for bytes and texts. A peer that keeps to its windows has 256 KiB under way in a stream
//! that nobody reads: with the 16 MiB that `Limits::held_bytes` has by default, it may have 8 such streams at the least
//! and 60 of bytes. A window grows while chunks are taken; the ones of this crate to an eighth of `held_bytes` at the
//! most, so that a single stream never reaches the limit of a peer that has the same.
//!
//! So the limit is reached by who does not wait for acknowledgements, or opens many streams that nobody reads.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::error::Thrown;

/// What a write takes that is not answered, beside its chunk: counted twice, by its entry and by the call.
const PLACE: usize = 128;

/// The count of a session.
#[derive(Debug)]
pub(crate) struct Custody {
    limit: Cell<usize>,
    held: Cell<usize>,
    exceeded: Cell<bool>,
    streams: RefCell<Streams>,
}

/// The streams of which the peer has the writing end. Those that are gone are forgotten when the list has doubled.
#[derive(Debug, Default)]
struct Streams {
    open: Vec<Weak<dyn Held>>,
    sweep_at: usize,
}

/// A stream of which the peer has the writing end.
pub(super) trait Held: std::fmt::Debug {
    /// The peer is gone: what it wrote is dropped where it could hold the stream itself.
    fn peer_gone(&self, reason: &Thrown);
}

/// A chunk's part of the count, for as long as it is held.
#[derive(Debug)]
pub(crate) struct Charge {
    custody: Rc<Custody>,
    bytes: usize,
}

impl Custody {
    pub(crate) fn new(limit: usize) -> Rc<Self> {
        Rc::new(Self {
            limit: Cell::new(limit),
            held: Cell::new(0),
            exceeded: Cell::new(false),
            streams: RefCell::default(),
        })
    }

    /// Has another bound from now on.
    pub(crate) fn set_limit(&self, limit: usize) {
        self.limit.set(limit);
    }

    /// Whether the peer wrote more than may be held, which ends the session.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }

    /// What is held.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.held.get()
    }

    /// The session has ended. What the peer wrote and closed can still be read, if it is data alone.
    pub(crate) fn peer_gone(&self, reason: &Thrown) {
        let streams = std::mem::take(&mut *self.streams.borrow_mut());
        streams.open.iter().filter_map(Weak::upgrade).for_each(|stream| stream.peer_gone(reason));
    }

    /// A place for a write that is not answered.
    pub(crate) fn place(self: &Rc<Self>) -> Option<Charge> {
        self.charge(PLACE)
    }

    /// What a peer wrote: past the limit the session ends.
    pub(super) fn charge(self: &Rc<Self>, bytes: usize) -> Option<Charge> {
        let charge = self.hold(bytes, self.limit.get());
        if charge.is_none() {
            self.exceeded.set(true);
        }
        charge
    }

    /// Room for what is gathered here: without it, that fails and nothing else. A quarter stays free for what is on its
    /// way meanwhile, which would end the session.
    pub(super) fn reserve(self: &Rc<Self>, bytes: usize) -> Option<Charge> {
        self.hold(bytes, self.limit.get() / 4 * 3)
    }

    fn hold(self: &Rc<Self>, bytes: usize, limit: usize) -> Option<Charge> {
        let held = self.held.get().checked_add(bytes).filter(|held| *held <= limit)?;
        self.held.set(held);
        Some(Charge { custody: self.clone(), bytes })
    }

    pub(super) fn watch(&self, stream: Weak<dyn Held>) {
        let streams = &mut *self.streams.borrow_mut();
        if streams.open.len() >= streams.sweep_at {
            streams.open.retain(|stream| stream.strong_count() > 0);
            streams.sweep_at = streams.open.len().saturating_mul(2).max(16);
        }
        streams.open.push(stream);
    }
}

impl Charge {
    pub(super) fn merge(into: &mut Option<Self>, mut other: Self) {
        if let Some(charge) = into {
            charge.bytes = charge.bytes.saturating_add(std::mem::take(&mut other.bytes));
        } else {
            *into = Some(other);
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.custody.held.set(self.custody.held.get().saturating_sub(self.bytes));
    }
}

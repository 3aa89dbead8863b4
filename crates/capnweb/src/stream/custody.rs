//! What a session holds in streams for those who read them.
//!
//! A peer that keeps to its windows has 256 KiB of messages under way in a stream that nobody reads; a window grows only
//! while chunks are taken. A chunk is charged by its bytes and texts and 16 for each value, at worst eight times what it
//! is on the wire (a list of one-digit numbers). So the first windows of 8 streams of the worst values, or of 64 streams
//! of bytes, fit into the 16 MiB of `Limits::held_bytes`: it is reached by a peer that does not wait for
//! acknowledgements, or that opens dozens of streams which nobody reads.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::error::Thrown;

/// What a write takes that is not answered, beside its chunk: counted twice, by its entry and by the call.
const PLACE: usize = 128;

/// The count of a session.
#[derive(Debug)]
pub(crate) struct Custody {
    limit: usize,
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
        Rc::new(Self { limit, held: Cell::new(0), exceeded: Cell::new(false), streams: RefCell::default() })
    }

    /// Whether the peer wrote more than may be held, which ends the session.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }

    /// What is held.
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
        let charge = self.hold(bytes, self.limit);
        if charge.is_none() {
            self.exceeded.set(true);
        }
        charge
    }

    /// Room for what is gathered here: without it, that fails and nothing else. A quarter stays free for what is on its
    /// way meanwhile, which would end the session.
    pub(super) fn reserve(self: &Rc<Self>, bytes: usize) -> Option<Charge> {
        self.hold(bytes, self.limit / 4 * 3)
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

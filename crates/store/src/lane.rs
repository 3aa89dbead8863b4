//! The lane beside the queue of commits: slots reserved before a call, filled after it, written in groups.
//!
//! Whoever admits an audited call must know beforehand that its record will have a place. A slot is that place: it
//! is taken with a few atomic operations and comes free when its record is durable, or when it is dropped unfilled.
//!
//! **Invariants**
//!
//! - Slots reserved, filled and being written are never more than [`crate::Limits::slots`].
//! - A record that fills a slot is written, or still waits to be, for as long as the store is open.
//! - No slot is given while the store cannot be written.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::sync::mpsc::{Receiver, SyncSender, TryIter, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{NoSlot, Unwritable};
use crate::{Entry, Error, Limits};

/// What the holders of slots and the writer share.
pub(crate) struct Lane {
    writable: AtomicBool,
    /// Why not, where it is not.
    trouble: Mutex<Option<Unwritable>>,
    /// The writer looks for records a last time.
    finished: AtomicBool,
    free: AtomicUsize,
    filled: SyncSender<Entry>,
    /// The writer sleeps, and wants to be woken by the next record.
    asleep: AtomicBool,
    wake: Box<dyn Fn() + Send + Sync>,
    slot_bytes: usize,
}

/// The writer's end of the lane.
pub(crate) struct Filled(Receiver<Entry>);

impl Lane {
    /// `wake` is called at most once for each time that the writer has said it sleeps.
    pub(crate) fn new(limits: &Limits, wake: impl Fn() + Send + Sync + 'static) -> (Arc<Self>, Filled) {
        // As large as there are slots: to put a record in never waits and never allocates.
        let (filled, records) = sync_channel(limits.slots);
        let lane = Self {
            writable: AtomicBool::new(true),
            trouble: Mutex::new(None),
            finished: AtomicBool::new(false),
            free: AtomicUsize::new(limits.slots),
            filled,
            asleep: AtomicBool::new(false),
            wake: Box::new(wake),
            slot_bytes: limits.slot_bytes,
        };
        (Arc::new(lane), Filled(records))
    }

    pub(crate) fn reserve(self: &Arc<Self>) -> Result<Slot, NoSlot> {
        if !self.writable.load(Ordering::Acquire) {
            return Err(NoSlot::Unwritable);
        }
        let one_less = |free: usize| free.checked_sub(1);
        match self.free.fetch_update(Ordering::AcqRel, Ordering::Relaxed, one_less) {
            Ok(_) => Ok(Slot { lane: Some(self.clone()) }),
            Err(_) => Err(NoSlot::Full),
        }
    }

    /// Records are durable: their slots are free.
    pub(crate) fn release(&self, slots: usize) {
        self.free.fetch_add(slots, Ordering::AcqRel);
    }

    pub(crate) fn close(&self, why: Unwritable) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        self.writable.store(false, Ordering::Release);
    }

    pub(crate) fn open(&self) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.writable.store(true, Ordering::Release);
    }

    /// What is filled from here on may not be written. The writer looks for records once more afterwards.
    pub(crate) fn finish(&self) {
        self.finished.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
    }

    /// Why nothing can be written, if so.
    pub(crate) fn trouble(&self) -> Option<Unwritable> {
        if self.writable.load(Ordering::Acquire) {
            return None;
        }
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The writer is about to sleep. It has to look once more afterwards: a record may just have come.
    pub(crate) fn fall_asleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
    }

    pub(crate) fn awake(&self) {
        self.asleep.store(false, Ordering::SeqCst);
    }
}

impl Filled {
    pub(crate) fn take(&self) -> TryIter<'_, Entry> {
        self.0.try_iter()
    }
}

/// A place in the journal, kept for one record. Dropped without one, it is free again.
#[must_use = "a slot that is dropped keeps no place"]
pub struct Slot {
    lane: Option<Arc<Lane>>,
}

impl Slot {
    /// Hands over the record. It is durable within 50 ms, and lost only if the machine or the process ends before.
    ///
    /// # Errors
    ///
    /// [`Error::Misused`] for a record that is larger than a slot; [`Error::Closed`] where the store ends or has
    /// ended, and the record may not be written.
    pub fn fill(mut self, entry: Entry) -> Result<(), Error> {
        let Some(lane) = self.lane.take() else { return Err(Error::Closed) };
        let fits = entry.payload.len() <= lane.slot_bytes && entry.kind.len() <= Entry::LONGEST_KIND;
        if !fits {
            lane.release(1);
            return Err(Error::Misused("the record is larger than a slot of the journal"));
        }
        if lane.filled.try_send(entry).is_err() {
            return Err(Error::Closed);
        }
        // Either this sees the writer asleep or finished, or the writer's second look sees the record.
        fence(Ordering::SeqCst);
        if lane.finished.load(Ordering::Relaxed) {
            return Err(Error::Closed);
        }
        if lane.asleep.load(Ordering::Relaxed) && lane.asleep.swap(false, Ordering::SeqCst) {
            (lane.wake)();
        }
        Ok(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(lane) = self.lane.take() {
            lane.release(1);
        }
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(slots: usize) -> (Arc<Lane>, Filled, Arc<AtomicUsize>) {
        let woken = Arc::new(AtomicUsize::new(0));
        let count = woken.clone();
        let limits = Limits { slots, slot_bytes: 4, ..Limits::default() };
        let (lane, filled) = Lane::new(&limits, move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        (lane, filled, woken)
    }

    fn entry(payload: &[u8]) -> Entry {
        Entry { at_ms: 0, kind: "call".into(), payload: payload.to_vec() }
    }

    #[test]
    fn there_are_as_many_slots_as_allowed_and_a_dropped_one_is_free_again() {
        let (lane, _filled, _) = lane(2);
        let (one, _two) = (lane.reserve().unwrap(), lane.reserve().unwrap());
        assert_eq!(lane.reserve().unwrap_err(), NoSlot::Full);
        drop(one);
        assert!(lane.reserve().is_ok());
    }

    #[test]
    fn a_filled_slot_is_taken_until_its_record_is_durable() {
        let (lane, filled, _) = lane(1);
        lane.reserve().unwrap().fill(entry(b"1234")).unwrap();
        assert_eq!(filled.take().count(), 1);
        assert_eq!(lane.reserve().unwrap_err(), NoSlot::Full);
        lane.release(1);
        assert!(lane.reserve().is_ok());
    }

    #[test]
    fn a_record_larger_than_a_slot_is_refused_and_the_slot_is_free() {
        let (lane, filled, _) = lane(1);
        assert!(matches!(lane.reserve().unwrap().fill(entry(b"12345")), Err(Error::Misused(_))));
        assert_eq!(filled.take().count(), 0);
        assert!(lane.reserve().is_ok());
    }

    #[test]
    fn a_sleeping_writer_is_woken_once() {
        let (lane, _filled, woken) = lane(4);
        lane.reserve().unwrap().fill(entry(b"")).unwrap();
        assert_eq!(woken.load(Ordering::SeqCst), 0);
        lane.fall_asleep();
        lane.reserve().unwrap().fill(entry(b"")).unwrap();
        lane.reserve().unwrap().fill(entry(b"")).unwrap();
        assert_eq!(woken.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_record_that_the_last_look_may_miss_is_not_accepted() {
        let (lane, _filled, _) = lane(2);
        let slot = lane.reserve().unwrap();
        lane.finish();
        assert!(matches!(slot.fill(entry(b"")), Err(Error::Closed)));
    }

    #[test]
    fn a_closed_lane_gives_no_slot() {
        let (lane, _filled, _) = lane(1);
        lane.close(Unwritable { full: true, reason: "x".into() });
        assert_eq!(lane.reserve().unwrap_err(), NoSlot::Unwritable);
        lane.open();
        assert!(lane.reserve().is_ok());
    }
}

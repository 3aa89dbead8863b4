//! Two ends of a byte stream in memory, and a [`Link`] that can spoil what flows between them.
//!
//! Nothing is left to chance: the same script of writes and faults gives the same bytes, and delays run on tokio's clock, paused or not.

mod end;
mod lane;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

pub use end::End;

use lane::{Ending, Lane};

/// What fits into a direction before its writer has to wait, unless told otherwise.
const DEFAULT_CAPACITY: usize = 64 << 10;

/// One of the two ways that bytes flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What the left end writes and the right end reads.
    LeftToRight,
    /// What the right end writes and the left end reads.
    RightToLeft,
}

use Direction::{LeftToRight, RightToLeft};

/// Both directions, for faults that strike the whole link.
const BOTH: [Direction; 2] = [LeftToRight, RightToLeft];

/// The hand on the cable: changes how bytes flow, from any thread, at any time.
#[derive(Clone, Debug)]
pub struct Link {
    left_to_right: SharedLane,
    right_to_left: SharedLane,
}

/// A lane that its two ends and the link's handles share.
#[derive(Clone, Debug)]
struct SharedLane(Arc<Mutex<Lane>>);

impl SharedLane {
    fn new(capacity: usize) -> Self {
        Self(Arc::new(Mutex::new(Lane::new(capacity))))
    }

    fn lock(&self) -> MutexGuard<'_, Lane> {
        self.0.lock().expect("no code panics while it holds a lane")
    }
}

impl Link {
    /// A left end, a right end, and the link between them.
    #[must_use]
    pub fn pair() -> (End, End, Self) {
        Self::pair_with_capacity(DEFAULT_CAPACITY)
    }

    /// The same, with room for this many bytes in each direction before a writer must wait.
    ///
    /// # Panics
    ///
    /// When the capacity is zero: no byte would ever pass.
    #[must_use]
    pub fn pair_with_capacity(capacity: usize) -> (End, End, Self) {
        assert!(capacity > 0, "a link must have room for a byte");
        let link = Self { left_to_right: SharedLane::new(capacity), right_to_left: SharedLane::new(capacity) };
        let left = End::new(link.right_to_left.clone(), link.left_to_right.clone());
        let right = End::new(link.left_to_right.clone(), link.right_to_left.clone());
        (left, right, link)
    }

    /// Ends both directions as a peer that closes does: readers get what is under way and then the end, writers fail.
    pub fn cut(&self) {
        for direction in BOTH {
            self.cut_one(direction);
        }
    }

    /// Ends one direction; the other one goes on.
    pub fn cut_one(&self, direction: Direction) {
        self.change(direction, |lane| lane.end(Ending::Closed));
    }

    /// Ends both directions as a crash does: what is under way is lost, and both ends see a reset.
    pub fn reset(&self) {
        for direction in BOTH {
            self.change(direction, |lane| lane.end(Ending::Reset));
        }
    }

    /// Makes the link half-open: what is written from here on vanishes, and the reader is never told.
    pub fn swallow(&self, direction: Direction) {
        self.change(direction, |lane| lane.swallows = true);
    }

    /// Holds back all bytes; a writer goes on until the capacity is used up.
    pub fn pause(&self, direction: Direction) {
        self.change(direction, |lane| lane.paused = true);
    }

    /// Lets bytes flow again.
    pub fn resume(&self, direction: Direction) {
        self.change(direction, |lane| lane.paused = false);
    }

    /// Lets at most `bytes` through in each period of `every`.
    pub fn slow(&self, direction: Direction, bytes: usize, every: Duration) {
        self.change(direction, |lane| lane.set_pace(bytes, every));
    }

    /// Delivers each byte written from here on only after `delay`.
    pub fn delay(&self, direction: Direction, delay: Duration) {
        self.change(direction, |lane| lane.delay = delay);
    }

    /// Spoils the byte at this offset from the beginning of the direction: its bits in `mask` are turned.
    pub fn corrupt(&self, direction: Direction, offset: u64, mask: u8) {
        self.change(direction, |lane| lane.corruptions.push((offset, mask)));
    }

    /// Closes the direction after this many bytes from its beginning.
    pub fn truncate(&self, direction: Direction, length: u64) {
        self.change(direction, |lane| lane.truncate(length));
    }

    /// Bytes written into the direction so far, swallowed ones included.
    #[must_use]
    pub fn written(&self, direction: Direction) -> u64 {
        self.lane(direction).lock().written()
    }

    /// Bytes that came out of the direction so far.
    #[must_use]
    pub fn delivered(&self, direction: Direction) -> u64 {
        self.lane(direction).lock().delivered()
    }

    /// Keeps a copy of everything that enters the direction from here on, as spoiled as it is delivered.
    pub fn capture(&self, direction: Direction) {
        self.change(direction, |lane| {
            lane.captured.get_or_insert_default();
        });
    }

    /// The copy kept since [`Self::capture`].
    #[must_use]
    pub fn captured(&self, direction: Direction) -> Vec<u8> {
        let lane = self.lane(direction).lock();
        lane.captured.clone().unwrap_or_default()
    }

    fn lane(&self, direction: Direction) -> &SharedLane {
        match direction {
            LeftToRight => &self.left_to_right,
            RightToLeft => &self.right_to_left,
        }
    }

    fn change(&self, direction: Direction, change: impl FnOnce(&mut Lane)) {
        let mut lane = self.lane(direction).lock();
        change(&mut lane);
        lane.wake_both();
    }
}

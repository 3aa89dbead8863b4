//! Keeps room on the disk: whose home takes what the node itself needs is ended. Pure; what is looked at comes as figures.
//!
//! **Invariants:** nothing is ended while the reserve is there; who keeps to its bound goes only while the space falls
//! and services are what makes it fall, or where little is left.

mod measure;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use measure::{Held, measure, space};
pub(crate) use watch::{Residence, Residents};

use crate::limits::Limits;

/// Why a process was ended, or is not started.
pub(crate) const ABOVE: &str = "its home holds more than it may, and the disk is nearly full";
/// Why one was ended that has kept to its bound, or has none.
const GREW: &str = "it wrote most of what was filling the disk";

/// While the reserve is there, homes are measured for one part of the time in so many.
const REST: u32 = 10;

/// A file system at one moment, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Space {
    pub(crate) free: u64,
    pub(crate) whole: u64,
}

impl Space {
    /// How much is to stay free on it.
    pub(crate) fn reserve(&self, limits: &Limits) -> u64 {
        limits.disk_reserve_bytes.min(self.whole / 100 * u64::from(limits.disk_reserve_percent))
    }

    pub(crate) fn is_short(&self, limits: &Limits) -> bool {
        self.free < self.reserve(limits)
    }
}

/// One home at one moment, with those who run there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    pub(crate) home: Arc<PathBuf>,
    pub(crate) held: Held,
    /// What it may hold where the disk runs short.
    pub(crate) may: Option<u64>,
    /// What those who run there have written since they started, wherever that went.
    pub(crate) written: u64,
}

impl Figure {
    fn is_above(&self) -> bool {
        self.may.is_some_and(|may| self.held.is_above(may))
    }
}

/// One file system over time.
#[derive(Debug, Default)]
pub(crate) struct Reserve {
    /// What was free at the last look.
    free: Option<u64>,
    before: Option<Before>,
}

/// When homes were last measured.
#[derive(Debug)]
struct Before {
    at: Instant,
    /// How long that took.
    took: Duration,
    free: u64,
    /// What they held, and what had been written.
    homes: BTreeMap<Arc<PathBuf>, (u64, u64)>,
}

impl Reserve {
    /// Whether homes have to be measured. That begins before the reserve is reached: growth shows by comparison alone.
    pub(crate) fn look(&mut self, space: Space, now: Instant, limits: &Limits) -> bool {
        let fell = self.free.replace(space.free).is_none_or(|free| space.free < free);
        if space.free >= space.reserve(limits).saturating_mul(2) {
            self.before = None;
            return false;
        }
        let Some(before) = &self.before else { return true };
        // A disk that is near its reserve for days is no reason to walk through homes all the time.
        let rested = now.duration_since(before.at) >= before.took.saturating_mul(REST);
        fell && (space.is_short(limits) || rested)
    }

    /// Which homes' processes are ended, and why, the worst first. The figures are those of `at`, and took so long.
    pub(crate) fn judge(
        &mut self,
        space: Space,
        (at, took): (Instant, Duration),
        figures: &[Figure],
        limits: &Limits,
    ) -> Vec<(Arc<PathBuf>, &'static str)> {
        let known = figures.iter().map(|figure| (figure.home.clone(), (figure.held.bytes, figure.written)));
        let before = self.before.replace(Before { at, took, free: space.free, homes: known.collect() });
        if !space.is_short(limits) {
            return Vec::new();
        }
        let mut above: Vec<&Figure> = figures.iter().filter(|figure| figure.is_above()).collect();
        above.sort_by_key(|figure| std::cmp::Reverse((!figure.held.is_whole, figure.held.bytes)));
        if !above.is_empty() {
            return above.into_iter().map(|figure| (figure.home.clone(), ABOVE)).collect();
        }
        let most = before.and_then(|before| grown(space, &before, figures, limits));
        most.map(|home| (home, GREW)).into_iter().collect()
    }
}

/// The one that grew most, where services are what fills the disk.
fn grown(space: Space, before: &Before, figures: &[Figure], limits: &Limits) -> Option<Arc<PathBuf>> {
    let fell = before.free.saturating_sub(space.free);
    let growth = |figure: &Figure| {
        // What is in a home that was not looked at before may be from long ago; what was written is not.
        let (held, written) = before.homes.get(&figure.home).copied().unwrap_or((figure.held.bytes, 0));
        figure.held.bytes.saturating_sub(held).max(figure.written.saturating_sub(written))
    };
    let total = figures.iter().map(growth).fold(0, u64::saturating_add);
    // What others on the host write is not to be paid for here, unless nothing would be left otherwise.
    let ours = total >= fell / 2 || space.free < space.reserve(limits) / 4;
    let most = figures.iter().max_by_key(|figure| growth(figure)).filter(|figure| growth(figure) > 0)?;
    (fell > 0 && ours).then(|| most.home.clone())
}

#[cfg(test)]
mod tests;

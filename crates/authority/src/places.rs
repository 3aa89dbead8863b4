//! Places for sign-ins under way, and how often a source may come in without a proof.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Limits;
use crate::source::SourceKey;

/// Sources whose visits are counted; past it, those that have waited long enough are forgotten.
const VISITORS: usize = 4096;

/// Counts sign-ins under way.
#[derive(Clone, Default)]
pub(crate) struct Places(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    all: usize,
    by_source: HashMap<SourceKey, usize>,
}

/// The place of one sign-in; free again when dropped.
pub(crate) struct Place {
    places: Places,
    source: SourceKey,
}

impl Places {
    /// A place, unless the source or the node has too many. Strangers leave some to those who are `kept` places for.
    pub(crate) fn take(&self, source: SourceKey, limits: &Limits, kept: impl FnOnce() -> bool) -> Option<Place> {
        let mut taken = self.taken();
        let of_source = taken.by_source.get(&source).copied().unwrap_or(0);
        let open = limits.node_flows.saturating_sub(limits.kept_flows);
        if of_source >= limits.source_flows || taken.all >= limits.node_flows || (taken.all >= open && !kept()) {
            return None;
        }
        taken.all += 1;
        taken.by_source.insert(source, of_source + 1);
        Some(Place { places: self.clone(), source })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Some(count) = taken.by_source.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                taken.by_source.remove(&self.source);
            }
        }
    }
}

/// How often sources come in without a proof: each time costs two rows of the journal.
#[derive(Default)]
pub(crate) struct Visits(Mutex<HashMap<SourceKey, u64>>);

impl Visits {
    /// Whether one more visit is in time. A source's figure is when all its visits would be paid for.
    pub(crate) fn admit(&self, source: SourceKey, limits: &Limits, now_ns: u64) -> bool {
        let ns = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let every = ns(limits.visit_every);
        let mut paid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if paid.len() >= VISITORS && !paid.contains_key(&source) {
            paid.retain(|_, paid| *paid > now_ns);
            if paid.len() >= VISITORS {
                return false;
            }
        }
        let at = paid.get(&source).copied().unwrap_or(0).max(now_ns);
        if (at - now_ns).saturating_add(every) > every.saturating_mul(u64::from(limits.visits)) {
            return false;
        }
        paid.insert(source, at.saturating_add(every));
        true
    }
}

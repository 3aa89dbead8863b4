//! How many browsers there is room for.
//!
//! On a person's own machine it is one: the first to come has the bridge until its session is over.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::StatusCode;

use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
use crate::workspace::reach::Place;

pub(super) struct Places {
    most: usize,
    most_waiting: usize,
    place: Place,
    taken: Mutex<Taken>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Taken {
    /// All of them.
    all: usize,
    /// Of these, sign-ins under way.
    waiting: usize,
}

/// What the same browser has already, and gives up once it is signed in anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Other {
    None,
    Entering,
    In,
}

impl Places {
    pub(super) fn new(limits: &WorkspaceLimits, place: Place) -> Self {
        let (most, most_waiting) = match place {
            Place::Node => (limits.sessions, limits.sign_ins),
            Place::Bridge => (1, 1),
        };
        Self { most, most_waiting, place, taken: Mutex::default() }
    }

    pub(super) fn reserve(self: &Arc<Self>, other: Other, is_proof: bool) -> Result<Reservation, Problem> {
        let mut taken = self.lock();
        let all = taken.all.saturating_sub(usize::from(other != Other::None));
        let waiting = taken.waiting.saturating_sub(usize::from(other == Other::Entering));
        if all >= self.most || waiting >= self.most_waiting {
            return Err(match self.place {
                Place::Bridge => in_use(),
                Place::Node if all >= self.most => too_many_sessions(),
                Place::Node => too_many_sign_ins(),
            });
        }
        taken.all += 1;
        taken.waiting += 1;
        Ok(Reservation { places: self.clone(), is_waiting: true, is_proof })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place; given back on drop.
pub(crate) struct Reservation {
    places: Arc<Places>,
    is_waiting: bool,
    is_proof: bool,
}

impl Reservation {
    /// Whether whoever wants it shows a proof.
    pub(super) fn is_proof(&self) -> bool {
        self.is_proof
    }

    /// The sign-in is done.
    pub(super) fn settle(&mut self) {
        if std::mem::take(&mut self.is_waiting) {
            self.places.lock().waiting -= 1;
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.settle();
        self.places.lock().all -= 1;
    }
}

fn in_use() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "sessionAlreadyInUse",
        "This bridge is in use by another browser.",
        "Sign out there, or wait until that session is over.",
    )
}

fn too_many_sessions() -> Problem {
    let what = "Too many browsers are signed in here.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "tooManySessions", what, "Try again later.")
}

fn too_many_sign_ins() -> Problem {
    let what = "Too many people are signing in here at this moment.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "tooManySignIns", what, "Try again in a minute.")
}

//! What is to be done next, one thing after the other.
//!
//! Settling a promise lets others go on, which settle more; dropping one may drop the last reference to the next.
//! Neither is done by functions that call each other: what follows is put in a queue and done when the stack is short
//! and nothing is borrowed, so that the length of a chain costs memory and no stack, and so that objects that are
//! called may call back into whatever called them.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use crate::hook::{Hook, Waiter};

/// Something that follows from what was done.
pub(crate) enum Job {
    /// Somebody waited for that.
    Ready(Waiter),
    /// What waited in `source` may go on to what `source` became.
    Forward { waiting: std::rc::Weak<Hook>, source: Rc<Hook> },
}

#[derive(Default)]
struct Turn {
    jobs: RefCell<VecDeque<Job>>,
    running: Cell<bool>,
    remains: RefCell<Vec<Box<dyn Any>>>,
    burying: Cell<bool>,
}

thread_local! {
    static TURN: Turn = Turn::default();
}

/// Does it later in this turn. Where the thread is ending nothing follows any more.
pub(crate) fn later(job: Job) {
    let _ = TURN.try_with(|turn| turn.jobs.borrow_mut().push_back(job));
}

/// Does all that is to be done, unless that is being done. Called where a program's call comes to its end, with
/// nothing borrowed.
pub(crate) fn run() {
    let Some(_running) = Flag::raise(|turn| &turn.running) else { return };
    while let Some(job) = TURN.with(|turn| turn.jobs.borrow_mut().pop_front()) {
        job.run();
    }
}

/// Drops something that may hold the last reference to more of its kind.
pub(crate) fn bury(remains: impl Any) {
    let mut remains: Option<Box<dyn Any>> = Some(Box::new(remains));
    // Where the thread is ending, there is no queue any more: it is dropped on the spot.
    let _ = TURN.try_with(|turn| turn.remains.borrow_mut().extend(remains.take()));
    drop(remains);
    let Some(_burying) = Flag::raise(|turn| &turn.burying) else { return };
    while let Some(next) = TURN.with(|turn| turn.remains.borrow_mut().pop()) {
        drop(next);
    }
}

/// Up while something is done, lowered whichever way that ends.
struct Flag(fn(&Turn) -> &Cell<bool>);

impl Flag {
    fn raise(which: fn(&Turn) -> &Cell<bool>) -> Option<Self> {
        let was = TURN.try_with(|turn| which(turn).replace(true)).unwrap_or(true);
        (!was).then(|| Self(which))
    }
}

impl Drop for Flag {
    fn drop(&mut self) {
        let _ = TURN.try_with(|turn| (self.0)(turn).set(false));
    }
}

impl Job {
    fn run(self) {
        match self {
            Self::Ready(waiter) => waiter.ready(),
            Self::Forward { waiting, source } => crate::hook::forward(&waiting, &source),
        }
    }
}

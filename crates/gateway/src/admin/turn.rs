//! How often something is done at once.

use std::cell::Cell;
use std::rc::Rc;

/// So many may be taken at once.
pub(crate) struct Turns {
    taken: Cell<usize>,
    most: usize,
}

/// One that was taken, until it is dropped.
pub(crate) struct Turn(Rc<Turns>);

impl Turns {
    pub(crate) fn new(most: usize) -> Rc<Self> {
        Rc::new(Self { taken: Cell::new(0), most })
    }

    pub(crate) fn take(self: &Rc<Self>) -> Option<Turn> {
        if self.taken.get() >= self.most {
            return None;
        }
        self.taken.set(self.taken.get() + 1);
        Some(Turn(Rc::clone(self)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.taken.set(self.0.taken.get().saturating_sub(1));
    }
}

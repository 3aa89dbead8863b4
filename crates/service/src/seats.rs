//! One seat for each session, for as long as anything of it is held.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use crate::context::Reference;
use crate::error::quota_exceeded;

/// Knows the seats and keeps none of them alive.
pub(crate) struct Seats<T> {
    table: RefCell<HashMap<Reference, Weak<T>>>,
    most: usize,
}

/// Below this, left places are not worth a sweep.
const FEW: usize = 64;

impl<T> Seats<T> {
    pub(crate) fn new(most: usize) -> Self {
        Self { table: RefCell::default(), most }
    }

    pub(crate) fn find(&self, reference: &Reference) -> Option<Rc<T>> {
        self.table.borrow().get(reference)?.upgrade()
    }

    /// Whether one more has a place.
    pub(crate) fn room(&self) -> Result<(), capnp::Error> {
        let mut table = self.table.borrow_mut();
        if table.len() >= self.most.min(FEW) && (table.len() >= self.most || table.len() == table.capacity()) {
            table.retain(|_, seat| seat.strong_count() > 0);
        }
        if table.len() < self.most {
            Ok(())
        } else {
            Err(quota_exceeded("every place here is taken; come again later"))
        }
    }

    pub(crate) fn keep(&self, reference: Reference, seat: &Rc<T>) {
        self.table.borrow_mut().insert(reference, Rc::downgrade(seat));
    }
}

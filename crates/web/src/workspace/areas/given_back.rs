//! What a person gives back, so that no other part of the workspace takes it again by itself.

use std::cell::RefCell;
use std::collections::BTreeSet;

/// The names of grants whose service was stopped.
#[derive(Default)]
pub(super) struct GivenBack(RefCell<BTreeSet<String>>);

impl GivenBack {
    /// They are about to be given back.
    pub(super) fn add(&self, names: impl IntoIterator<Item = String>) {
        self.0.borrow_mut().extend(names);
    }

    /// Whether that one was. The answer is given once.
    pub(super) fn take(&self, name: &str) -> bool {
        self.0.borrow_mut().remove(name)
    }
}

//! Where the manual lies that is read at this moment.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use capos_schema::manual_capnp;

use super::Manual;
use super::server::Reading;

/// A place for one manual, which another may take. Who holds the capability reads whichever is there.
pub struct Shelf(RwLock<Arc<Manual>>);

impl Shelf {
    /// A shelf with this manual on it.
    #[must_use]
    pub fn new(manual: Manual) -> Arc<Self> {
        Self::of(Arc::new(manual))
    }

    pub(super) fn of(manual: Arc<Manual>) -> Arc<Self> {
        Arc::new(Self(RwLock::new(manual)))
    }

    /// The manual at this moment.
    #[must_use]
    pub fn current(&self) -> Arc<Manual> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another one in its place.
    pub fn replace(&self, manual: Manual) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(manual);
    }

    /// A capability to read it.
    #[must_use]
    pub fn client(self: &Arc<Self>) -> manual_capnp::manual::Client {
        capnp_rpc::new_client(Reading::new(Arc::clone(self)))
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf")
    }
}

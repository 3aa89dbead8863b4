//! The authority's clock, as a membrane asks for it.

use std::sync::Arc;

use capos_authority::Authority;

/// The steady clock, by which leases are told.
pub(crate) struct Steady(Arc<dyn capos_authority::Clock>);

impl Steady {
    pub(crate) fn of(authority: &Authority) -> Arc<Self> {
        Arc::new(Self(authority.clock().clone()))
    }
}

impl capos_membrane::Clock for Steady {
    fn now(&self) -> u64 {
        self.0.steady_ns()
    }
}

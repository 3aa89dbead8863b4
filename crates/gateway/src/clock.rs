//! The authority's clock and a vat thread, as a membrane asks for them.

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

/// The vat thread that a connection lives on.
#[derive(Clone)]
pub(crate) struct OnVat(pub(crate) capos_rpc::Vat);

impl capos_membrane::Vat for OnVat {
    fn is_current(&self) -> bool {
        self.0.is_current()
    }

    fn post(&self, job: Box<dyn FnOnce() + Send>) -> bool {
        self.0.post(job)
    }
}

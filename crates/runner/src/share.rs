//! A session's share of a service's connection.
//!
//! All sessions of one vat thread share one connection to a service, and the connection is cut past its bounds.
//! **Invariant:** the bounds of the whole are below those of the connection, and those of a share below the whole's: a
//! session that asks too much is refused before it harms another.

use std::sync::Arc;

use capos_membrane::{Budget, BudgetLimits, Tally};

use crate::limits::Limits;

/// What calls, and the callbacks in them, draw on.
pub(crate) struct Share {
    pub(crate) calls: Arc<Budget>,
    pub(crate) held: Arc<Tally>,
}

impl Share {
    /// One session's.
    pub(crate) fn of_session(limits: &Limits) -> Self {
        Self::new(limits.session_calls, limits.session_bytes, limits.session_callbacks)
    }

    /// That of all sessions together.
    pub(crate) fn of_all(limits: &Limits) -> Self {
        Self::new(limits.shared_calls, limits.shared_bytes, limits.shared_callbacks)
    }

    fn new(in_flight: u32, bytes: u64, held: u32) -> Self {
        let limits = BudgetLimits { in_flight, bytes: Some(bytes), ..BudgetLimits::default() };
        Self { calls: Arc::new(Budget::new(limits)), held: Arc::new(Tally::new(held)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_asked_of_a_connection_is_less_than_cuts_it() {
        let limits = Limits::default();
        let connection = limits.connection();
        assert!(limits.session_calls < limits.shared_calls);
        assert!(limits.session_bytes < limits.shared_bytes);
        assert!(limits.session_callbacks < limits.shared_callbacks);
        assert!(usize::try_from(limits.shared_calls).unwrap() < connection.open_questions);
        let largest = u64::try_from(connection.message_bytes).unwrap();
        assert!(limits.shared_bytes + largest <= u64::try_from(connection.queued_bytes).unwrap());
        assert!(usize::try_from(limits.shared_callbacks).unwrap() < connection.exports);
    }
}

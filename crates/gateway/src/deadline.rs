//! By when a connection without a session has to sign in. Pure.

use std::time::{Duration, Instant};

/// What a connection's deadline depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Sessions that live.
    pub(crate) sessions: usize,
    /// The latest moment at which a step that waits can be answered, where there are sign-ins under way.
    pub(crate) step: Option<Instant>,
    /// When the last sign-in, or the last session, was over; at first, when the client came in.
    pub(crate) resting_since: Instant,
    /// Since when there has been no session.
    pub(crate) unsigned_since: Instant,
}

/// When the connection ends unless something happens.
pub(crate) fn deadline(standing: &Standing, rest: Duration, unsigned: Duration) -> Option<Instant> {
    if standing.sessions > 0 {
        return None;
    }
    let next = standing.step.unwrap_or(standing.resting_since + rest);
    Some(next.min(standing.unsigned_since + unsigned))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(30);
    const UNSIGNED: Duration = Duration::from_secs(1800);

    fn after(seconds: u64, change: impl FnOnce(&mut Standing, Instant)) -> Option<u64> {
        let beginning = Instant::now();
        let since = beginning + Duration::from_secs(seconds);
        let mut standing = Standing { sessions: 0, step: None, resting_since: since, unsigned_since: beginning };
        change(&mut standing, beginning);
        deadline(&standing, REST, UNSIGNED).map(|at| (at - beginning).as_secs())
    }

    #[test]
    fn who_does_nothing_has_the_time_to_rest() {
        assert_eq!(after(0, |_, _| {}), Some(30));
        assert_eq!(after(100, |_, _| {}), Some(130));
    }

    #[test]
    fn a_step_has_its_own_time() {
        assert_eq!(
            after(0, |standing, beginning| standing.step = Some(beginning + Duration::from_secs(120))),
            Some(120)
        );
        assert_eq!(after(0, |standing, beginning| standing.step = Some(beginning + Duration::from_secs(5))), Some(5));
    }

    #[test]
    fn a_session_has_no_deadline() {
        assert_eq!(after(0, |standing, _| standing.sessions = 1), None);
    }

    #[test]
    fn nobody_begins_sign_ins_for_ever() {
        assert_eq!(after(1795, |_, _| {}), Some(1800));
        assert_eq!(after(0, |standing, beginning| standing.step = Some(beginning + 2 * UNSIGNED)), Some(1800));
    }
}

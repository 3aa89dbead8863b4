//! What a principal may call a grant per second and in all, counted over all its sessions.
//!
//! A session is easily ended and begun anew, and a batch over HTTP is a session of its own: what was used up stays used
//! until its holder has rested.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use capos_authority::{CallLimits, Clock, Context, Grant};
use capos_membrane::{Budget, BudgetLimits};

/// What is counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    whom: Whom,
    grant: String,
    object: String,
    per_second: Option<u32>,
    total: Option<u64>,
}

/// Who is counted as one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Whom {
    Principal(Vec<u8>),
    /// Guests and anonymous visitors, who have no lasting name.
    Visitors(Option<IpAddr>),
}

#[derive(Debug)]
struct Quota {
    budget: Arc<Budget>,
    /// Sessions that have the grant.
    drawn: usize,
    /// When the last of them let go of it, by the steady clock.
    left_ns: u64,
}

/// The quotas of a node.
pub(crate) struct Quotas {
    clock: Arc<dyn Clock>,
    kept: Mutex<HashMap<Key, Quota>>,
    /// Quotas that nobody draws on, and how long they are kept.
    most: usize,
    rest_ns: u64,
}

impl Quotas {
    pub(crate) fn new(clock: Arc<dyn Clock>, most: usize, rest: Duration) -> Arc<Self> {
        let rest_ns = u64::try_from(rest.as_nanos()).unwrap_or(u64::MAX);
        Arc::new(Self { clock, kept: Mutex::default(), most, rest_ns })
    }

    /// The share that a session has of a grant's quota; none where the grant has no bound.
    pub(crate) fn draw(self: &Arc<Self>, holder: &Context, grant: &Grant) -> Option<Drawn> {
        let CallLimits { per_second, total, .. } = grant.calls;
        if per_second.is_none() && total.is_none() {
            return None;
        }
        let whom = match holder.principal.as_slice() {
            [] => Whom::Visitors(holder.source.network()),
            principal => Whom::Principal(principal.to_vec()),
        };
        let key = Key { whom, grant: grant.name.clone(), object: grant.object.clone(), per_second, total };
        let (now_ns, mut kept) = (self.clock.steady_ns(), self.kept());
        self.make_room(&mut kept, now_ns);
        let quota = kept.entry(key.clone()).or_insert_with(|| Quota::new(per_second, total));
        if quota.has_rested(now_ns, self.rest_ns) {
            *quota = Quota::new(per_second, total);
        }
        quota.drawn += 1;
        Some(Drawn { quotas: self.clone(), key, budget: quota.budget.clone() })
    }

    /// Forgets those who have rested; where that is not enough, those who have rested longest.
    fn make_room(&self, kept: &mut HashMap<Key, Quota>, now_ns: u64) {
        if kept.len() < self.most {
            return;
        }
        kept.retain(|_, quota| !quota.has_rested(now_ns, self.rest_ns));
        let mut idle: Vec<_> =
            kept.iter().filter(|(_, quota)| quota.drawn == 0).map(|(_, quota)| quota.left_ns).collect();
        if kept.len() < self.most || idle.is_empty() {
            return;
        }
        idle.sort_unstable();
        let oldest = idle.get(idle.len() / 8).copied().unwrap_or_default();
        kept.retain(|_, quota| quota.drawn > 0 || quota.left_ns > oldest);
    }

    fn leave(&self, key: &Key) {
        if let Some(quota) = self.kept().get_mut(key) {
            quota.drawn = quota.drawn.saturating_sub(1);
            quota.left_ns = self.clock.steady_ns();
        }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Key, Quota>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Quota {
    fn new(per_second: Option<u32>, total: Option<u64>) -> Self {
        let limits =
            BudgetLimits { in_flight: u32::MAX, rate: per_second.map(|count| (count, count)), total, bytes: None };
        Self { budget: Arc::new(Budget::new(limits)), drawn: 0, left_ns: 0 }
    }

    fn has_rested(&self, now_ns: u64, rest_ns: u64) -> bool {
        self.drawn == 0 && now_ns.saturating_sub(self.left_ns) >= rest_ns
    }
}

/// One session's share of a quota.
pub(crate) struct Drawn {
    quotas: Arc<Quotas>,
    key: Key,
    budget: Arc<Budget>,
}

impl Drawn {
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.quotas.leave(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use capos_authority::{AuditLevel, AuthStrength, MethodKind, PrincipalKind, Source, Transfer};
    use capos_membrane::Liveness;
    use futures::future::BoxFuture;

    use super::*;

    const REST: Duration = Duration::from_secs(900);

    #[derive(Default)]
    struct Time(AtomicU64);

    impl Time {
        fn advance(&self, by: Duration) {
            self.0.fetch_add(u64::try_from(by.as_nanos()).unwrap(), Ordering::Relaxed);
        }
    }

    impl Clock for Time {
        fn wall_ms(&self) -> u64 {
            0
        }

        fn steady_ns(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }

        fn wait_until(&self, _: u64) -> BoxFuture<'static, ()> {
            Box::pin(std::future::pending())
        }
    }

    fn holder(principal: &str, address: &str) -> Context {
        Context {
            handle: capos_authority::Handle([0; 16]),
            account: None,
            principal: principal.into(),
            kind: PrincipalKind::Human,
            display_name: String::new(),
            strength: AuthStrength::None,
            method: MethodKind::Guest,
            profile: String::new(),
            created_at_ms: 0,
            source: Source { address: Some(address.parse().unwrap()), ..Source::local() },
        }
    }

    fn grant(total: Option<u64>) -> Grant {
        Grant {
            name: "lab".to_owned(),
            interface_id: 7,
            object: "test:lab".to_owned(),
            transfer: Transfer::Session,
            lease_until_ns: None,
            lease_expires_at_ms: 0,
            methods: None,
            audit: AuditLevel::Off,
            calls: CallLimits { total, ..CallLimits::default() },
            liveness: Liveness::new(),
        }
    }

    fn is_same(one: &Option<Drawn>, other: &Option<Drawn>) -> bool {
        Arc::ptr_eq(one.as_ref().unwrap().budget(), other.as_ref().unwrap().budget())
    }

    #[test]
    fn sessions_of_one_principal_draw_on_one_quota_until_it_has_rested() {
        let time = Arc::new(Time::default());
        let quotas = Quotas::new(time.clone(), 9, REST);
        let draw = |whom, address| quotas.draw(&holder(whom, address), &grant(Some(5)));
        let first = draw("ada", "192.0.2.1");
        assert!(is_same(&first, &draw("ada", "192.0.2.2")), "wherever it signs in");
        assert!(!is_same(&first, &draw("bob", "192.0.2.1")));
        assert!(is_same(&draw("", "2001:db8::1"), &draw("", "2001:db8::2")), "visitors of one source");
        assert!(!is_same(&draw("", "2001:db8::1"), &draw("", "192.0.2.1")));
        let budget = first.as_ref().unwrap().budget().clone();
        time.advance(2 * REST);
        drop(first);
        time.advance(REST - Duration::from_nanos(1));
        assert!(Arc::ptr_eq(draw("ada", "192.0.2.1").unwrap().budget(), &budget), "it is counted from the end");
        time.advance(REST);
        assert!(!Arc::ptr_eq(draw("ada", "192.0.2.1").unwrap().budget(), &budget));
        assert!(quotas.draw(&holder("ada", "192.0.2.1"), &grant(None)).is_none(), "without a bound nothing is kept");
    }

    #[test]
    fn what_nobody_draws_on_is_kept_within_a_bound_and_what_somebody_does_for_good() {
        let time = Arc::new(Time::default());
        let quotas = Quotas::new(time.clone(), 16, REST);
        let held = quotas.draw(&holder("ada", "192.0.2.1"), &grant(Some(5)));
        for number in 0..100 {
            time.advance(Duration::from_nanos(1));
            drop(quotas.draw(&holder(&format!("p{number}"), "192.0.2.1"), &grant(Some(5))));
            assert!(quotas.kept().len() <= 16);
        }
        assert!(is_same(&held, &quotas.draw(&holder("ada", "192.0.2.1"), &grant(Some(5)))));
    }
}

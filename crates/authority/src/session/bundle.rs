//! The grants of one session, and what becomes of them. Pure but for the liveness it makes.

use std::collections::BTreeSet;
use std::sync::Arc;

use capos_membrane::Liveness;
use capos_schema::{Code, Denial};

use super::{Grant, NS_PER_MS};
use crate::GrantDefinition;

/// Grants in the order of the profile.
///
/// **Invariants**: a grant that was revoked is never given again; a grant that policy took away, or whose lease is
/// over, is given again by a renewal alone, and then as a new one.
pub(super) struct Bundle {
    held: Vec<Held>,
    /// What the session has got beside its profile, each below the grant that it got it by.
    attached: Vec<Held>,
    /// What policy took away since the last renewal.
    withdrawn: BTreeSet<String>,
    /// What an administrator took away.
    revoked: BTreeSet<String>,
}

struct Held {
    definition: GrantDefinition,
    grant: Arc<Grant>,
}

/// One moment in both times.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) steady_ns: u64,
    pub(super) wall_ms: u64,
}

impl Bundle {
    pub(super) fn begin(given: &[GrantDefinition], session: &Liveness, now: Now) -> Self {
        let held = given.iter().map(|definition| Held::new(definition, session.child(), now)).collect();
        Self { held, attached: Vec::new(), withdrawn: BTreeSet::new(), revoked: BTreeSet::new() }
    }

    pub(super) fn grants(&self) -> impl Iterator<Item = &Arc<Grant>> {
        self.held.iter().chain(&self.attached).map(|held| &held.grant)
    }

    /// Adds a grant that ends with `under`, or before.
    pub(super) fn attach(
        &mut self,
        definition: &GrantDefinition,
        under: &Liveness,
        most: usize,
        now: Now,
    ) -> Result<Arc<Grant>, Denial> {
        let name = &definition.name;
        if self.revoked.contains(name) {
            return Err(Denial::new(Code::Revoked, "a grant of that name was taken away from the session"));
        }
        self.attached.retain(|held| held.grant.liveness.is_live() || held.definition.name != *name);
        if self.grants().any(|grant| grant.name == *name) {
            return Err(Denial::new(Code::BadRequest, "the session has a grant of that name already"));
        }
        if self.grants().count() >= most {
            return Err(Denial::new(Code::QuotaExceeded, "the session has as many grants as it may have"));
        }
        let held = Held::new(definition, under.child(), now);
        let grant = held.grant.clone();
        self.attached.push(held);
        Ok(grant)
    }

    /// Takes out a grant that was attached; the caller ends it.
    pub(super) fn detach(&mut self, name: &str) -> Option<Arc<Grant>> {
        let at = self.attached.iter().position(|held| held.definition.name == name)?;
        Some(self.attached.remove(at).grant)
    }

    /// Takes what is no longer given as it was; the caller ends it.
    pub(super) fn review(&mut self, given: &[GrantDefinition]) -> Vec<Arc<Grant>> {
        let gone = |held: &&Held| held.grant.liveness.is_live() && !given.contains(&held.definition);
        let taken: Vec<_> = self.held.iter().filter(gone).map(|held| held.grant.clone()).collect();
        self.withdrawn.extend(taken.iter().map(|grant| grant.name.clone()));
        taken
    }

    /// Gives what policy gives now, with leases that begin anew, and returns what the caller has to end.
    ///
    /// What was attached stays, for as long as what it was got by; where policy gives something of its name, that it is.
    pub(super) fn renew(
        &mut self,
        given: &[GrantDefinition],
        session: &Liveness,
        most: usize,
        now: Now,
    ) -> Vec<Arc<Grant>> {
        let mut over = Vec::new();
        let mut before = std::mem::take(&mut self.held);
        for definition in given {
            let at = before.iter().position(|held| held.definition.name == definition.name);
            let held = at.map(|at| before.swap_remove(at));
            self.held.push(self.renewed(definition, held, session, now, &mut over));
        }
        over.extend(before.into_iter().map(|held| held.grant));
        self.withdrawn.clear();
        over.extend(self.renew_attached(given, most, now));
        over
    }

    fn renew_attached(&mut self, given: &[GrantDefinition], most: usize, now: Now) -> Vec<Arc<Grant>> {
        let mut over = Vec::new();
        let room = most.saturating_sub(self.held.len());
        for held in std::mem::take(&mut self.attached) {
            let taken = given.iter().any(|definition| definition.name == held.definition.name);
            match held.grant.liveness.is_live() {
                _ if taken || self.attached.len() >= room => over.push(held.grant),
                true if held.definition.lease_ms.is_none() => self.attached.push(held),
                true => self.attached.push(Held::new(&held.definition, held.grant.liveness.clone(), now)),
                false if self.revoked.contains(&held.definition.name) => self.attached.push(held),
                false => {}
            }
        }
        over
    }

    fn renewed(
        &self,
        definition: &GrantDefinition,
        held: Option<Held>,
        session: &Liveness,
        now: Now,
        over: &mut Vec<Arc<Grant>>,
    ) -> Held {
        let name = &definition.name;
        let Some(held) = held else {
            let fresh = Held::new(definition, session.child(), now);
            if self.revoked.contains(name) {
                over.push(fresh.grant.clone());
            }
            return fresh;
        };
        let running = held.grant.lease_until_ns.is_none_or(|until| until > now.steady_ns);
        match held.grant.liveness.check() {
            _ if self.revoked.contains(name) => held,
            Ok(()) if running && held.definition == *definition => match definition.lease_ms {
                None => held,
                // References keep the lease they were given with; new ones get the new lease.
                Some(_) => Held::new(definition, held.grant.liveness.clone(), now),
            },
            Ok(()) => {
                over.push(held.grant);
                Held::new(definition, session.child(), now)
            }
            Err(why) if why.code == Code::LeaseExpired || self.withdrawn.contains(name) => {
                Held::new(definition, session.child(), now)
            }
            // Somebody has ended it who is not policy.
            Err(_) => held,
        }
    }

    /// Takes one grant away for good; the caller ends it. Nothing where there is none that stands.
    pub(super) fn revoke(&mut self, name: &str) -> Option<Arc<Grant>> {
        let grant = self.grants().find(|grant| grant.name == name)?.clone();
        let stood = grant.liveness.is_live();
        self.revoked.insert(grant.name.clone());
        stood.then_some(grant)
    }

    /// Grants that stand, with leases that are over.
    pub(super) fn due(&self, now_ns: u64) -> Vec<Arc<Grant>> {
        self.leased().filter(|(until, _)| *until <= now_ns).map(|(_, grant)| grant.clone()).collect()
    }

    pub(super) fn next_lease(&self) -> Option<u64> {
        self.leased().map(|(until, _)| until).min()
    }

    fn leased(&self) -> impl Iterator<Item = (u64, &Arc<Grant>)> {
        let live = self.grants().filter(|grant| grant.liveness.is_live());
        live.filter_map(|grant| Some((grant.lease_until_ns?, grant)))
    }
}

impl Held {
    fn new(definition: &GrantDefinition, liveness: Liveness, now: Now) -> Self {
        let until_ns = |ms: u64| now.steady_ns.saturating_add(ms.saturating_mul(NS_PER_MS));
        let grant = Grant {
            name: definition.name.clone(),
            interface_id: definition.interface_id,
            object: definition.object.clone(),
            transfer: definition.transfer,
            lease_until_ns: definition.lease_ms.map(until_ns),
            lease_expires_at_ms: definition.lease_ms.map_or(0, |ms| now.wall_ms.saturating_add(ms)),
            methods: definition.methods.clone(),
            audit: definition.audit,
            calls: definition.calls,
            liveness,
        };
        Self { definition: definition.clone(), grant: Arc::new(grant) }
    }
}

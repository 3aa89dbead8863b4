//! Admission of connections that nobody has signed in on yet.
//!
//! Such a connection costs its owner nothing to open, so few are let in: a bound for the whole node, and one
//! for each source, so that one source cannot take all the places.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many may wait to sign in, and how long.
#[derive(Clone, Copy, Debug)]
pub struct GateLimits {
    /// On the whole node: each costs a socket and a handshake.
    pub node: usize,
    /// From one source, so that it cannot keep the others out.
    pub source: usize,
    /// Time from the connection to the bootstrap, the TLS handshake included: whoever says nothing gives its
    /// place up to the next.
    pub entry_time: Duration,
}

impl Default for GateLimits {
    fn default() -> Self {
        Self { node: 256, source: 16, entry_time: Duration::from_secs(10) }
    }
}

/// Which bound is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowded {
    /// The node's.
    Node,
    /// The source's.
    Source,
}

/// Where a connection comes from, as far as counting goes: an IPv4 address, or the network of an IPv6 one,
/// because a host there has addresses without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Source::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Source::V6([a, b, c, d])
            }
        }
    }
}

/// The counting, without locks.
#[derive(Debug, Default)]
struct Admissions {
    node: usize,
    sources: HashMap<Source, usize>,
}

impl Admissions {
    fn admit(&mut self, source: Source, limits: &GateLimits) -> Result<(), Crowded> {
        if self.node >= limits.node {
            return Err(Crowded::Node);
        }
        if self.sources.get(&source).is_some_and(|&count| count >= limits.source) {
            return Err(Crowded::Source);
        }
        self.node += 1;
        *self.sources.entry(source).or_default() += 1;
        Ok(())
    }

    fn leave(&mut self, source: Source) {
        self.node -= 1;
        if let Some(count) = self.sources.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.sources.remove(&source);
            }
        }
    }
}

#[derive(Debug)]
struct Shared {
    limits: GateLimits,
    admissions: Mutex<Admissions>,
}

impl Shared {
    fn admissions(&self) -> MutexGuard<'_, Admissions> {
        self.admissions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Admits connections before sign-in.
#[derive(Clone, Debug)]
pub struct Gate {
    shared: Arc<Shared>,
}

impl Gate {
    /// A gate with these bounds and nobody in it.
    #[must_use]
    pub fn new(limits: GateLimits) -> Self {
        Self { shared: Arc::new(Shared { limits, admissions: Mutex::default() }) }
    }

    /// A place for a connection from `address`, if there is one.
    pub fn admit(&self, address: IpAddr) -> Result<Permit, Crowded> {
        let source = Source::from(address);
        self.shared.admissions().admit(source, &self.shared.limits)?;
        Ok(Permit { shared: self.shared.clone(), source })
    }

    pub(crate) fn entry_time(&self) -> Duration {
        self.shared.limits.entry_time
    }

    /// How many places are taken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.admissions().node
    }
}

/// A place before sign-in; it is given back on drop.
#[derive(Debug)]
pub struct Permit {
    shared: Arc<Shared>,
    source: Source,
}

impl Permit {
    /// Somebody has signed in: other bounds hold from here on, and the place is the next one's.
    pub fn promote(self) -> Promoted {
        Promoted { shared: self.shared.clone(), source: self.source }
    }
}

/// What is left of a place that was given up for a sign-in. To drop it changes nothing.
#[derive(Clone, Debug)]
pub struct Promoted {
    shared: Arc<Shared>,
    source: Source,
}

impl Promoted {
    /// A place once more, if there is one: nobody is signed in any longer.
    pub fn readmit(&self) -> Result<Permit, Crowded> {
        self.shared.admissions().admit(self.source, &self.shared.limits)?;
        Ok(Permit { shared: self.shared.clone(), source: self.source })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.shared.admissions().leave(self.source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_source_has_its_places_and_not_one_more() {
        let gate = Gate::new(GateLimits::default());
        let mut permits: Vec<_> = (0..16).map(|_| gate.admit(address("192.0.2.1")).expect("a place")).collect();
        assert_eq!(gate.admit(address("192.0.2.1")).err(), Some(Crowded::Source));
        assert_eq!(gate.admit(address("::ffff:192.0.2.1")).err(), Some(Crowded::Source));
        assert!(gate.admit(address("192.0.2.2")).is_ok());
        if let Some(permit) = permits.pop() {
            permit.promote();
        }
        assert!(gate.admit(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn who_was_signed_in_comes_back_to_the_gate_like_anybody() {
        let gate = Gate::new(GateLimits { node: 1, ..GateLimits::default() });
        let promoted = gate.admit(address("192.0.2.1")).expect("a place").promote();
        assert_eq!(gate.waiting(), 0);
        let again = promoted.readmit().expect("the place is free");
        assert_eq!(gate.waiting(), 1);
        assert_eq!(promoted.readmit().err(), Some(Crowded::Node));
        drop((promoted, again));
        assert_eq!(gate.waiting(), 0);
    }

    #[test]
    fn the_node_has_its_places_and_not_one_more() {
        let gate = Gate::new(GateLimits::default());
        let source = |n: u32| IpAddr::from(Ipv4Addr::from(0xc000_0200 + n / 16));
        let permits: Vec<_> = (0..256).map(|n| gate.admit(source(n)).expect("a place")).collect();
        assert_eq!(gate.admit(address("198.51.100.1")).err(), Some(Crowded::Node));
        drop(permits);
        assert_eq!(gate.waiting(), 0);
        assert!(gate.shared.admissions().sources.is_empty());
    }

    #[test]
    fn one_ipv6_network_is_one_source() {
        let gate = Gate::new(GateLimits { node: 9, source: 1, ..GateLimits::default() });
        let _permit = gate.admit(address("2001:db8:0:1::1")).expect("a place");
        assert_eq!(gate.admit(address("2001:db8:0:1:ffff::2")).err(), Some(Crowded::Source));
        assert!(gate.admit(address("2001:db8:0:2::1")).is_ok());
    }
}

//! Capabilities kept by number.

use std::collections::BTreeMap;

use capnp::capability::Client;
use capos_schema::{Code, Denial};

use super::wire::Handle;
use crate::limits::HeldLimits;

/// What is kept, by number. A number is never used twice, so that a stale one is nobody else's.
pub(super) struct Handles {
    kept: BTreeMap<u32, (Client, Handle)>,
    last: u32,
    most: usize,
}

impl Handles {
    pub(super) fn new(limits: &HeldLimits) -> Self {
        Self { kept: BTreeMap::new(), last: 0, most: limits.handles }
    }

    pub(super) fn keep(&mut self, capability: Client, interface_id: u64, origin: String) -> capnp::Result<u32> {
        let full =
            || Denial::new(Code::QuotaExceeded, "too many capabilities are kept; drop some with `capos handles drop`");
        if self.kept.len() >= self.most {
            return Err(full().into());
        }
        let number = self.last.checked_add(1).ok_or_else(full)?;
        self.last = number;
        self.kept.insert(number, (capability, Handle { number, interface_id, origin }));
        Ok(number)
    }

    pub(super) fn get(&self, number: u32) -> capnp::Result<Client> {
        let unknown = || Denial::new(Code::UnknownCap, "no capability is kept under that number");
        Ok(self.kept.get(&number).ok_or_else(unknown)?.0.clone())
    }

    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = &Handle> {
        self.kept.values().map(|(_, handle)| handle)
    }

    /// What was kept under the number, for the caller to let go of.
    pub(super) fn remove(&mut self, number: u32) -> Option<Client> {
        self.kept.remove(&number).map(|(capability, _)| capability)
    }

    pub(super) fn remove_all(&mut self) -> Vec<Client> {
        std::mem::take(&mut self.kept).into_values().map(|(capability, _)| capability).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Client {
        let never = std::future::pending::<capnp::Result<Client>>();
        capnp_rpc::new_future_client::<Client>(never)
    }

    #[test]
    fn one_more_than_the_most_is_refused_until_one_is_dropped() {
        let mut handles = Handles::new(&HeldLimits { handles: 2 });
        assert_eq!(handles.keep(some(), 0, String::new()).unwrap(), 1);
        assert_eq!(handles.keep(some(), 0, String::new()).unwrap(), 2);
        let refused = Denial::from_error(&handles.keep(some(), 0, String::new()).unwrap_err()).unwrap();
        assert_eq!(refused.code, Code::QuotaExceeded);
        assert!(handles.remove(1).is_some());
        assert_eq!(handles.keep(some(), 0, String::new()).unwrap(), 3, "a number is never used twice");
        assert!(handles.get(1).is_err());
    }
}

//! Where capabilities go while a value is JSON.

use capnp::private::capability::ClientHook;
use serde_json::{Value, json};

use crate::denial::{Code, Denial};

/// A capability as messages hold it: what is in [`capnp::capability::Client::hook`].
pub type Capability = Box<dyn ClientHook>;

/// Gives capabilities a JSON form and takes them back out of it.
pub trait CapabilityResolver {
    /// Keeps a capability out of a message and says what stands for it in JSON.
    ///
    /// `interface` is the one its field is declared with, 0 for an untyped one. The answer should be neither `null`,
    /// which stands for no capability, nor an object with `$raw`, which stands for an untyped value.
    ///
    /// # Errors
    /// When it will not be kept.
    fn export(&mut self, capability: Box<dyn ClientHook>, interface: u64) -> capnp::Result<Value>;

    /// Finds the capability that a JSON value stands for.
    ///
    /// # Errors
    /// When it stands for none, or for one that may not be passed as that interface.
    fn import(&mut self, value: &Value, interface: u64) -> capnp::Result<Box<dyn ClientHook>>;
}

impl<R: CapabilityResolver + ?Sized> CapabilityResolver for &mut R {
    fn export(&mut self, capability: Box<dyn ClientHook>, interface: u64) -> capnp::Result<Value> {
        (**self).export(capability, interface)
    }

    fn import(&mut self, value: &Value, interface: u64) -> capnp::Result<Box<dyn ClientHook>> {
        (**self).import(value, interface)
    }
}

/// Refuses every capability.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCapabilities;

impl CapabilityResolver for NoCapabilities {
    fn export(&mut self, _: Box<dyn ClientHook>, _: u64) -> capnp::Result<Value> {
        Err(refused())
    }

    fn import(&mut self, _: &Value, _: u64) -> capnp::Result<Box<dyn ClientHook>> {
        Err(refused())
    }
}

fn refused() -> capnp::Error {
    Denial::new(Code::BadRequest, "no capability can be passed here").into()
}

/// Keeps capabilities in a list and writes each as its position there: `{"$cap": 0}`.
#[derive(Default)]
pub struct CapabilityTable(Vec<(Box<dyn ClientHook>, u64)>);

impl CapabilityTable {
    /// Keeps a capability and says what stands for it.
    pub fn insert(&mut self, capability: Box<dyn ClientHook>, interface: u64) -> Value {
        self.0.push((capability, interface));
        json!({ "$cap": self.0.len() - 1 })
    }

    /// What a JSON value stands for, and the interface it was kept as.
    #[must_use]
    pub fn get(&self, value: &Value) -> Option<(Box<dyn ClientHook>, u64)> {
        let index = usize::try_from(value.get("$cap")?.as_u64()?).ok()?;
        let (capability, interface) = self.0.get(index)?;
        Some((capability.add_ref(), *interface))
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl CapabilityResolver for CapabilityTable {
    fn export(&mut self, capability: Box<dyn ClientHook>, interface: u64) -> capnp::Result<Value> {
        Ok(self.insert(capability, interface))
    }

    fn import(&mut self, value: &Value, _interface: u64) -> capnp::Result<Box<dyn ClientHook>> {
        let unknown = || Denial::new(Code::UnknownCap, "the value stands for no capability");
        Ok(self.get(value).ok_or_else(unknown)?.0)
    }
}

//! Capabilities kept by number, for those who have only JSON to name them with.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use capnp::private::capability::ClientHook;
use serde_json::{Value, json};

use super::{Means, Object};
use crate::denial::{Code, Denial};
use crate::error::{Fault, Result};
use crate::reflect::CapabilityResolver;

/// A table of capabilities by number: `{"$cap": 7}` stands for the seventh. Numbers are never used twice.
///
/// Clones are the same table, so that many calls can be under way on it.
#[derive(Clone)]
pub struct Kept(Rc<RefCell<Table>>);

struct Table {
    objects: BTreeMap<u64, Object>,
    last: Rc<Cell<u64>>,
    most: usize,
}

impl Kept {
    /// An empty table of at most so many.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self::counting(Rc::default(), most)
    }

    /// An empty table whose numbers are none of this one's, now or later.
    #[must_use]
    pub fn successor(&self) -> Self {
        let table = self.table();
        Self::counting(Rc::clone(&table.last), table.most)
    }

    fn counting(last: Rc<Cell<u64>>, most: usize) -> Self {
        Self(Rc::new(RefCell::new(Table { objects: BTreeMap::new(), last, most })))
    }

    /// Keeps a capability and says what stands for it.
    ///
    /// # Errors
    /// When the table is full.
    pub fn insert(&self, object: Object) -> Result<Value> {
        Ok(json!({ "$cap": self.add(object).map_err(Fault::Capability)? }))
    }

    /// The capability of that number.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<Object> {
        self.table().objects.get(&number).cloned()
    }

    /// Lets go of a capability; whether there was one of that number.
    pub fn remove(&self, number: u64) -> bool {
        // Dropped after the borrow: what a capability's end sets going may come back here.
        let object = self.table_mut().objects.remove(&number);
        object.is_some()
    }

    /// Lets go of all.
    pub fn clear(&self) {
        let objects = std::mem::take(&mut self.table_mut().objects);
        drop(objects);
    }

    /// Everything kept, by number.
    #[must_use]
    pub fn all(&self) -> Vec<(u64, Object)> {
        self.table().objects.iter().map(|(&number, object)| (number, object.clone())).collect()
    }

    /// The capabilities of one call on `object`: they stay if the call is seen through to [`Keeping::done`].
    #[must_use]
    pub fn keeping(&self, object: &Object) -> Keeping {
        Keeping { kept: self.clone(), means: Arc::clone(&object.means), fresh: Vec::new() }
    }

    fn add(&self, object: Object) -> capnp::Result<u64> {
        let mut table = self.table_mut();
        if table.objects.len() >= table.most {
            return Err(Denial::new(Code::QuotaExceeded, "too many capabilities are kept; drop some first").into());
        }
        let number = table.last.get() + 1;
        table.last.set(number);
        table.objects.insert(number, object);
        Ok(number)
    }

    fn table(&self) -> Ref<'_, Table> {
        self.0.borrow()
    }

    fn table_mut(&self) -> RefMut<'_, Table> {
        self.0.borrow_mut()
    }
}

/// The capabilities of one call. Those of a call that is given up or fails do not stay.
pub struct Keeping {
    kept: Kept,
    means: Arc<Means>,
    fresh: Vec<u64>,
}

impl Keeping {
    /// The call's value was read whole: whoever has it may name its capabilities.
    pub fn done(mut self) {
        self.fresh.clear();
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        for number in self.fresh.drain(..) {
            self.kept.remove(number);
        }
    }
}

impl CapabilityResolver for Keeping {
    fn export(&mut self, hook: Box<dyn ClientHook>, interface: u64) -> capnp::Result<Value> {
        let means = Arc::clone(&self.means);
        let number = self.kept.add(Object { hook, interface: crate::types::Type::interface(interface), means })?;
        self.fresh.push(number);
        Ok(json!({ "$cap": number }))
    }

    fn import(&mut self, value: &Value, _interface: u64) -> capnp::Result<Box<dyn ClientHook>> {
        let unknown = || Denial::new(Code::UnknownCap, "the value stands for no capability");
        let number = value.get("$cap").and_then(Value::as_u64).ok_or_else(unknown)?;
        Ok(self.kept.get(number).ok_or_else(unknown)?.hook.add_ref())
    }
}

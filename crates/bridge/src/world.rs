//! What the objects of one session have in common.

use std::any::Any;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use capos_client::Schemas;
use capos_schema::dynamic::{Means, Object};
use capos_schema::reflect::Capability;
use capos_schema::{Registry, Type};

/// What the objects of one session have in common: what is known of interfaces, and what each of them keeps.
#[derive(Clone)]
pub struct World {
    schemas: Rc<Schemas>,
    keep: Keep,
}

#[derive(Clone)]
enum Keep {
    Nothing,
    Held(Rc<dyn Any>),
    /// What does not keep it itself, but leads to objects that do.
    Known(Weak<dyn Any>),
}

impl World {
    /// A world of these interfaces.
    #[must_use]
    pub fn new(schemas: Rc<Schemas>) -> Self {
        Self { schemas, keep: Keep::Nothing }
    }

    /// The same, and every object of it that a program holds keeps `keep`.
    #[must_use]
    pub fn keeping(&self, keep: Rc<dyn Any>) -> Self {
        Self { keep: Keep::Held(keep), ..self.clone() }
    }

    /// The interfaces.
    #[must_use]
    pub fn schemas(&self) -> &Rc<Schemas> {
        &self.schemas
    }

    /// For what a service holds of the program's: it must not keep what the program has let go of.
    pub(crate) fn loose(&self) -> Self {
        let keep = match &self.keep {
            Keep::Held(keep) => Keep::Known(Rc::downgrade(keep)),
            other => other.clone(),
        };
        Self { keep, ..self.clone() }
    }

    /// For what the program holds again.
    pub(crate) fn held(&self) -> Self {
        let keep = match &self.keep {
            Keep::Known(keep) => keep.upgrade().map_or(Keep::Nothing, Keep::Held),
            other => other.clone(),
        };
        Self { keep, ..self.clone() }
    }

    /// A capability that came by `means`, with the schema of its interface, from elsewhere if need be.
    pub(crate) fn object(&self, means: &Arc<Means>, capability: Capability, interface: &Type) -> Object {
        if let Type::Interface(id, _) = interface
            && !knows(means.registry(), *id)
            && self.schemas.knows(*id)
        {
            let means = Means::new(self.schemas.registry_of(*id), means.limits().clone());
            return means.object(capability, interface.clone());
        }
        means.object(capability, interface.clone())
    }
}

fn knows(registry: &Registry, interface: u64) -> bool {
    registry.interface(interface).is_ok()
}

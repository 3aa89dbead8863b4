//! Whether nodes agree with each other.

use super::Registry;
use crate::error::{Error, Result};
use crate::model::{Kind, Node, Place, Struct};
use crate::types::Type;

impl Registry {
    /// What is named as a struct, enum or interface is one, groups lie within their struct, and members have their
    /// places to themselves.
    pub(super) fn check_links(&self) -> Result<()> {
        for node in self.nodes() {
            match &node.kind {
                Kind::Struct(structure) => self.check_struct(structure),
                Kind::Interface(interface) => {
                    let methods = interface.methods.iter();
                    let structs = methods.flat_map(|method| [&method.params, &method.results]);
                    let mut types = structs.chain(&interface.superclasses);
                    types.try_for_each(|ty| self.check_type(ty))
                }
                Kind::Enum(_) | Kind::Other => Ok(()),
            }
            .map_err(|e| e.within(&node.name))?;
        }
        Ok(())
    }

    fn check_struct(&self, structure: &Struct) -> Result<()> {
        for field in &structure.fields {
            match &field.place {
                Place::Slot { ty, .. } => self.check_type(ty),
                Place::Group(id) => self.check_group(structure, *id),
            }
            .map_err(|e| e.within(&field.name))?;
        }

        self.check_overlap(structure)
    }

    fn check_group(&self, outer: &Struct, id: u64) -> Result<()> {
        let group = self.structure(id)?;
        let same = group.data_words == outer.data_words && group.pointers == outer.pointers;
        if group.is_group && same { Ok(()) } else { Err(Error::schema("the group does not lie within the struct")) }
    }

    fn check_type(&self, ty: &Type) -> Result<()> {
        match ty {
            Type::List(element) => self.check_type(element.ty()),
            Type::Enum(id) if self.node(*id).is_some() => self.enumerants(*id).map(drop),
            Type::Struct(id, _) if self.node(*id).is_some() => self.structure(*id).map(drop),
            Type::Interface(id, _) if self.node(*id).is_some() => self.interface(*id).map(drop),
            _ => Ok(()),
        }
    }
}

/// Whether `own` is `pinned`, or what it was before members were added at its end.
pub(super) fn same_or_older(own: &Node, pinned: &Node) -> bool {
    match (&own.kind, &pinned.kind) {
        (Kind::Struct(own), Kind::Struct(pinned)) => {
            own.is_group == pinned.is_group
                && own.discriminant == pinned.discriminant
                && own.data_words <= pinned.data_words
                && own.pointers <= pinned.pointers
                && pinned.fields.starts_with(&own.fields)
        }
        (Kind::Enum(own), Kind::Enum(pinned)) => pinned.starts_with(own),
        (Kind::Interface(own), Kind::Interface(pinned)) => {
            own.superclasses == pinned.superclasses && pinned.methods.starts_with(&own.methods)
        }
        _ => own == pinned,
    }
}

//! From values written down to a message.

use capnp::any_pointer;
use serde_json::Value;

use super::any::{check_kind, raw_of};
use super::budget::Budget;
use super::raw::{Pointer, Slot, Target};
use super::{CapabilityResolver, Json, Notation};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::model::{Default, Field, Place, Struct};
use crate::registry::Registry;
use crate::scalar::{self, Width};
use crate::text::acts;
use crate::types::{AnyKind, Brand, Type};
use crate::words::Words;

/// Writes the message form of `value`, of type `ty`, a pointer type.
///
/// Where the value has capabilities, `to` must have a table for them, as the parameters of a call have.
///
/// # Errors
/// When the value is not of that type, `resolver` refuses a capability or a limit is reached; `to` is then unfinished.
pub fn encode(
    registry: &Registry,
    ty: &Type,
    value: &Value,
    to: any_pointer::Builder<'_>,
    resolver: &mut dyn CapabilityResolver,
    limits: &Limits,
) -> Result<()> {
    encode_as(&mut Json(resolver), registry, ty, value, to, limits)
}

/// The same for a value in that notation.
///
/// # Errors
/// When the value is not of that type, a capability is refused or a limit is reached; `to` is then unfinished.
pub fn encode_as<N: Notation>(
    notation: &mut N,
    registry: &Registry,
    ty: &Type,
    value: &N::Value,
    to: any_pointer::Builder<'_>,
    limits: &Limits,
) -> Result<()> {
    let budget = Budget::new(limits.depth, limits.message_words.min(MAX_WORDS));
    Encoder { registry, notation, budget }.pointer(ty, value, to.init_as())
}

struct Encoder<'e, N> {
    registry: &'e Registry,
    notation: &'e mut N,
    budget: Budget,
}

impl<N: Notation> Encoder<'_, N> {
    fn pointer(&mut self, ty: &Type, value: &N::Value, mut to: Slot<'_>) -> Result<()> {
        if self.notation.is_null(value) && ty.is_pointer() {
            return Ok(());
        }
        match ty {
            Type::Text => self.text(value, to),
            Type::Data => {
                let bytes = self.notation.as_bytes(value)?;
                self.blob(bytes.len())?;
                to.0.set_data(&bytes);
                Ok(())
            }
            Type::List(element) => self.nested(|this| this.list(element.ty(), value, to)),
            Type::Struct(id, brand) => {
                let structure = self.registry.structure(*id)?;
                self.check_object(value)?;
                self.budget.spend(words_of(structure))?;
                let target = to.structure(structure);
                self.nested(|this| this.structure(structure, brand, value, target))
            }
            Type::Interface(..) => self.capability(value, ty, to),
            Type::AnyPointer(kind) => self.any(*kind, value, to),
            Type::Parameter { .. } => self.any(AnyKind::Any, value, to),
            _ => Err(Error::value("only values of pointer types can be alone")),
        }
    }

    fn nested(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.budget.descend()?;
        write(self)?;
        self.budget.ascend();
        Ok(())
    }

    fn text(&mut self, value: &N::Value, mut to: Slot<'_>) -> Result<()> {
        let text = self.notation.as_text(value).ok_or_else(|| Error::value("expected a text"))?;
        self.blob(text.len())?;
        to.0.set_text(text.into());
        Ok(())
    }

    /// Bytes and the one that ends a text, in words.
    fn blob(&mut self, bytes: usize) -> Result<()> {
        self.budget.spend(bytes / 8 + 1)
    }

    fn capability(&mut self, value: &N::Value, interface: &Type, mut to: Slot<'_>) -> Result<()> {
        to.0.set_capability(self.notation.import(value, interface)?);
        Ok(())
    }

    fn any(&mut self, kind: AnyKind, value: &N::Value, to: Slot<'_>) -> Result<()> {
        let Some(raw) = raw_of(self.notation, value) else {
            return match kind {
                AnyKind::Any | AnyKind::Capability => self.capability(value, &Type::AnyPointer(kind), to),
                AnyKind::Struct | AnyKind::List => Err(Error::value("expected an untyped value as $raw")),
            };
        };
        let words = Words::from_bytes(&self.notation.as_bytes(raw)?)?;
        self.budget.spend(words.bytes().len() / 8)?;
        let copied = words.read(|root| {
            let found = Pointer::of(root)?.0.get_pointer_type();
            check_kind(kind, &found.map_err(|e| Error::unreadable(&e))?)?;
            let mut to = any_pointer::Builder::new(to.0);
            to.set_as::<any_pointer::Owned>(root).map_err(|e| Error::unreadable(&e))
        });
        // What reads as a damaged message here is the fault of whoever wrote the value.
        copied.map_err(|_| Error::value("the untyped value is damaged"))
    }

    fn list(&mut self, ty: &Type, value: &N::Value, to: Slot<'_>) -> Result<()> {
        if N::PAIRS
            && let Type::Struct(id, brand) = ty
            && let structure = self.registry.structure(*id)?
            && let Some(pair) = structure.pair()
            && self.notation.as_object(value).is_some()
        {
            return self.table(structure, pair, brand, value, to);
        }
        let values = self.notation.as_list(value).ok_or_else(|| Error::value("expected a list"))?;
        let count = count_of(values.len())?;
        if let Some(width) = Width::of(ty) {
            return self.scalars(ty, width, values, count, to);
        }
        if let Type::Struct(id, brand) = ty {
            let structure = self.registry.structure(*id)?;
            self.budget.spend(1)?;
            self.budget.spend_on(count, words_of(structure))?;
            let mut targets = to.structs(count, structure).map_err(|e| Error::unreadable(&e))?;
            return each(values, |index, value| {
                let Some(target) = targets.get(index) else {
                    return Ok(());
                };
                self.check_object(value)?;
                self.nested(|this| this.structure(structure, brand, value, target))
            });
        }
        self.budget.spend_on(count, 1)?;
        let mut list = to.0.init_list(capnp::private::layout::ElementSize::Pointer, count);
        each(values, |index, value| self.pointer(ty, value, Slot(list.reborrow().get_pointer_element(index))))
    }

    /// A key-value list.
    fn table(
        &mut self,
        structure: &Struct,
        (key, value): (&Field, &Field),
        brand: &Brand,
        table: &N::Value,
        to: Slot<'_>,
    ) -> Result<()> {
        let members = self.notation.as_object(table).into_iter().flatten();
        let members: Vec<_> = members.filter(|(_, value)| !self.notation.is_left_out(value)).collect();
        let count = count_of(members.len())?;
        self.budget.spend(1)?;
        self.budget.spend_on(count, words_of(structure))?;
        let mut targets = to.structs(count, structure).map_err(|e| Error::unreadable(&e))?;
        for (index, (name, member)) in (0..).zip(members) {
            let Some(mut target) = targets.get(index) else {
                continue;
            };
            self.key(key, name, target.reborrow()).map_err(|e| e.within(&shown(name)))?;
            let written = self.nested(|this| this.field(value, brand, member, target));
            written.map_err(|e| e.within(&shown(name)))?;
        }
        Ok(())
    }

    fn key(&mut self, key: &Field, name: &str, mut to: Target<'_>) -> Result<()> {
        let Place::Slot { offset, .. } = &key.place else {
            return Err(Error::schema("the key is no text"));
        };
        self.blob(name.len())?;
        to.slot(*offset)?.0.set_text(name.into());
        Ok(())
    }

    fn scalars(&mut self, ty: &Type, width: Width, values: &[N::Value], count: u32, to: Slot<'_>) -> Result<()> {
        let bits = u64::from(count) * u64::from(width.bits());
        self.budget.spend(usize::try_from(bits.div_ceil(64)).unwrap_or(usize::MAX))?;
        let list = to.0.init_list(width.element_size(), count);
        each(values, |index, value| {
            width.write_element(&list, index, self.scalar(ty, value)?);
            Ok(())
        })
    }

    fn scalar(&self, ty: &Type, value: &N::Value) -> Result<u64> {
        let Type::Enum(id) = ty else {
            return scalar::bits_of(self.notation, ty, value);
        };
        let Some(name) = self.notation.as_text(value) else {
            let known = || Error::value("expected the name of an enumerant or its number");
            return scalar::bits_of(self.notation, &Type::UInt16, value).map_err(|_| known());
        };
        let mut values = self.registry.enumerants(*id)?.iter().zip(0..);
        let number = values.find(|(value, _)| value.name == name).map(|(_, number)| number);
        number.ok_or_else(|| Error::value(format!("{} has no enumerant of that name", self.registry.type_name(ty))))
    }

    fn check_object(&self, value: &N::Value) -> Result<()> {
        let found = self.notation.as_object(value).map(drop);
        found.ok_or_else(|| Error::value("expected an object"))
    }

    fn structure(&mut self, structure: &Struct, brand: &Brand, object: &N::Value, mut to: Target<'_>) -> Result<()> {
        let mut chosen: Option<&Field> = None;
        for (name, value) in self.notation.as_object(object).into_iter().flatten() {
            if self.notation.is_left_out(value) {
                continue;
            }
            let unknown = || Error::value("no such field").within(&shown(name));
            let field = structure.field(name).ok_or_else(unknown)?;
            if let (Some(number), Some(offset)) = (field.member, structure.discriminant) {
                if let Some(other) = chosen.replace(field) {
                    return Err(two_members(&other.name, name));
                }
                to.write(Width::Two, offset, number.into())?;
            }
            self.field(field, brand, value, to.reborrow()).map_err(|e| e.within(name))?;
        }
        Ok(())
    }

    fn field(&mut self, field: &Field, brand: &Brand, value: &N::Value, mut to: Target<'_>) -> Result<()> {
        let (offset, ty, default) = match &field.place {
            Place::Slot { offset, ty, default } => (*offset, ty.resolve(brand), default),
            Place::Group(id) => {
                let group = self.registry.structure(*id)?;
                self.check_object(value)?;
                return self.nested(|this| this.structure(group, brand, value, to));
            }
        };
        if let Some(width) = Width::of(&ty) {
            let mask = if let Default::Bits(bits) = default { *bits } else { 0 };
            return to.write(width, offset, self.scalar(&ty, value)? ^ mask);
        }
        self.pointer(&ty, value, to.slot(offset)?)
    }
}

/// More than this no pointer of a single object can tell.
const MAX_WORDS: usize = 1 << 28;
/// What a list pointer can count, and one more.
const MAX_ELEMENTS: u32 = 1 << 29;

fn each<V>(values: &[V], mut write: impl FnMut(u32, &V) -> Result<()>) -> Result<()> {
    (0..).zip(values).try_for_each(|(index, value)| write(index, value).map_err(|e| e.at(index)))
}

fn count_of(elements: usize) -> Result<u32> {
    let count = u32::try_from(elements).ok().filter(|&count| count < MAX_ELEMENTS);
    count.ok_or_else(|| Error::limit("the list is too long"))
}

fn words_of(structure: &Struct) -> usize {
    usize::from(structure.data_words) + usize::from(structure.pointers)
}

fn two_members(one: &str, other: &str) -> Error {
    Error::value(format!("{one} and {other} exclude each other"))
}

/// A name out of a value, fit to be shown.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !acts(*c)).take(64).collect()
}

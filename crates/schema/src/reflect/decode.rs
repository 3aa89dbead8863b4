//! From a message to values written down.

use capnp::any_pointer;
use capnp::private::layout::{PointerType, StructReader};
use serde_json::Value;

use super::any::{RAW, check_kind};
use super::budget::{Budget, PER_VALUE};
use super::raw::Pointer;
use super::{CapabilityResolver, Json, Notation, UNKNOWN_MEMBER};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::model::{Default, Field, Place, Struct};
use crate::registry::Registry;
use crate::scalar::{self, Width};
use crate::types::{AnyKind, Brand, Type};
use crate::words::Words;

/// The JSON form of a value of type `ty`, a pointer type.
///
/// # Errors
/// When the message is not of that type, `resolver` refuses a capability or a limit is reached.
pub fn decode(
    registry: &Registry,
    ty: &Type,
    value: any_pointer::Reader<'_>,
    resolver: &mut dyn CapabilityResolver,
    limits: &Limits,
) -> Result<Value> {
    decode_as(&mut Json(resolver), registry, ty, value, limits)
}

/// A value of type `ty`, a pointer type, in that notation.
///
/// # Errors
/// When the message is not of that type, a capability is refused or a limit is reached.
pub fn decode_as<N: Notation>(
    notation: &mut N,
    registry: &Registry,
    ty: &Type,
    value: any_pointer::Reader<'_>,
    limits: &Limits,
) -> Result<N::Value> {
    let mut decoder = Decoder { registry, notation, budget: Budget::new(limits.depth, limits.value_bytes) };
    let value = Pointer::of(value)?;
    match ty {
        // An answer that was never filled in is an answer all the same.
        Type::Struct(id, brand) => decoder.present(*id, brand, &value),
        _ => decoder.pointer(ty, &value, None),
    }
}

struct Decoder<'d, N> {
    registry: &'d Registry,
    notation: &'d mut N,
    budget: Budget,
}

impl<N: Notation> Decoder<'_, N> {
    fn pointer(&mut self, ty: &Type, from: &Pointer<'_>, default: Option<&Default>) -> Result<N::Value> {
        if let Some(Default::Pointer(words)) = default
            && from.0.is_null()
        {
            return words.read(|root| {
                self.budget.descend()?;
                let value = self.pointer(ty, &Pointer::of(root)?, None);
                self.budget.ascend();
                value
            });
        }
        self.budget.spend(PER_VALUE)?;
        match ty {
            Type::Text => self.text(from),
            Type::Data => self.data(from),
            Type::List(element) => self.nested(|this| this.list(element.ty(), from)),
            _ if from.0.is_null() => Ok(self.notation.null()),
            Type::Struct(id, brand) => self.present(*id, brand, from),
            Type::Interface(..) => self.capability(from, ty),
            Type::AnyPointer(kind) => self.any(*kind, from),
            Type::Parameter { .. } => self.any(AnyKind::Any, from),
            _ => Err(Error::value("only values of pointer types can be alone")),
        }
    }

    fn present(&mut self, id: u64, brand: &Brand, from: &Pointer<'_>) -> Result<N::Value> {
        let structure = self.registry.structure(id)?;
        let from = from.structure()?;
        self.nested(|this| this.structure(structure, brand, &from))
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<N::Value>) -> Result<N::Value> {
        self.budget.descend()?;
        let value = read(self)?;
        self.budget.ascend();
        Ok(value)
    }

    fn text(&mut self, from: &Pointer<'_>) -> Result<N::Value> {
        let text = from.0.get_text(None).map_err(|e| Error::unreadable(&e))?;
        let text = text.to_str().map_err(|_| Error::message("the text is not UTF-8"))?;
        self.budget.spend(self.notation.size_of_text(text))?;
        Ok(self.notation.text(text))
    }

    fn data(&mut self, from: &Pointer<'_>) -> Result<N::Value> {
        let data = from.0.get_data(None).map_err(|e| Error::unreadable(&e))?;
        self.budget.spend(self.notation.size_of_bytes(data.len()))?;
        Ok(self.notation.bytes(data))
    }

    fn capability(&mut self, from: &Pointer<'_>, interface: &Type) -> Result<N::Value> {
        let hook = from.0.get_capability().map_err(|e| Error::unreadable(&e))?;
        self.notation.export(hook, interface)
    }

    fn any(&mut self, kind: AnyKind, from: &Pointer<'_>) -> Result<N::Value> {
        let found = from.0.get_pointer_type().map_err(|e| Error::unreadable(&e))?;
        check_kind(kind, &found)?;
        if matches!(found, PointerType::Capability) {
            return self.capability(from, &Type::AnyPointer(kind));
        }
        // A word is eight bytes, eleven or so as base64.
        let words = Words::copy(any_pointer::Reader::new(from.0), self.budget.size() / 12)?;
        self.budget.spend(self.notation.size_of_bytes(words.bytes().len()))?;
        let bytes = self.notation.bytes(words.bytes());
        Ok(self.notation.object(vec![(RAW.to_owned(), bytes)]))
    }

    fn list(&mut self, ty: &Type, from: &Pointer<'_>) -> Result<N::Value> {
        if let Some(width) = Width::of(ty) {
            return self.scalars(ty, width, from);
        }
        if let Type::Struct(id, brand) = ty {
            let structure = self.registry.structure(*id)?;
            let list = from.structs()?;
            self.budget.spend_on(list.len(), PER_VALUE)?;
            if N::PAIRS
                && let Some(pair) = structure.pair()
            {
                return self.table(pair, brand, list.iter().map(|element| element.0));
            }
            let elements = (0..).zip(list.iter()).map(|(index, element)| {
                self.nested(|this| this.structure(structure, brand, &element.0)).map_err(|e| e.at(index))
            });
            let elements = elements.collect::<Result<_>>()?;
            return Ok(self.notation.list(elements));
        }
        let list = from.pointers()?;
        self.budget.spend_on(list.len(), PER_VALUE)?;
        let elements = (0..).zip(list.iter()).map(|(index, element)| {
            let element = Pointer::of(element.map_err(|e| Error::unreadable(&e))?)?;
            self.pointer(ty, &element, None).map_err(|e| e.at(index))
        });
        let elements = elements.collect::<Result<_>>()?;
        Ok(self.notation.list(elements))
    }

    /// A key-value list.
    fn table<'m>(
        &mut self,
        (key, value): (&Field, &Field),
        brand: &Brand,
        elements: impl Iterator<Item = StructReader<'m>>,
    ) -> Result<N::Value> {
        let mut members = Vec::new();
        for (index, element) in (0..).zip(elements) {
            let name = self.key(key, &element).map_err(|e| e.within(&key.name).at(index))?;
            let shown = self.nested(|this| this.field(value, brand, &element));
            members.push((name, shown.map_err(|e| e.within(&value.name).at(index))?));
        }
        Ok(self.notation.object(members))
    }

    fn key(&mut self, key: &Field, from: &StructReader<'_>) -> Result<String> {
        let Place::Slot { offset, .. } = &key.place else {
            return Err(Error::schema("the key is no text"));
        };
        let at = usize::try_from(*offset).unwrap_or(usize::MAX);
        let text = from.get_pointer_field(at).get_text(None).map_err(|e| Error::unreadable(&e))?;
        let text = text.to_str().map_err(|_| Error::message("the text is not UTF-8"))?;
        self.budget.spend(self.notation.size_of_text(text))?;
        Ok(text.to_owned())
    }

    fn scalars(&mut self, ty: &Type, width: Width, from: &Pointer<'_>) -> Result<N::Value> {
        let list = from.scalars(width)?;
        self.budget.spend_on(list.len(), PER_VALUE)?;
        let elements = 0..list.len();
        let elements = elements.map(|index| self.scalar(ty, width.read_element(&list, index)));
        let elements = elements.collect::<Result<_>>()?;
        Ok(self.notation.list(elements))
    }

    fn scalar(&mut self, ty: &Type, bits: u64) -> Result<N::Value> {
        let Type::Enum(id) = ty else {
            return Ok(scalar::show(self.notation, ty, bits));
        };
        let values = self.registry.enumerants(*id)?;
        let value = usize::try_from(bits).ok().and_then(|number| values.get(number));
        Ok(match value {
            Some(value) => self.notation.text(&value.name),
            None => self.notation.integer(bits.into(), false),
        })
    }

    fn structure(&mut self, structure: &Struct, brand: &Brand, from: &StructReader<'_>) -> Result<N::Value> {
        let member = structure.discriminant.map(|offset| scalar::low16(Width::Two.read(from, offset)));
        let mut members = Vec::new();
        let mut found = member.is_none();
        for field in &structure.fields {
            if field.member.is_some() && field.member != member {
                continue;
            }
            found |= field.member.is_some();
            if N::OPTIONAL && field.optional && is_empty(field, from) {
                continue;
            }
            self.budget.spend(PER_VALUE + field.name.len())?;
            let value = self.field(field, brand, from).map_err(|e| e.within(&field.name))?;
            members.push((field.name.clone(), value));
        }
        if !found {
            let number = self.notation.integer(member.unwrap_or(0).into(), false);
            members.push((UNKNOWN_MEMBER.to_owned(), number));
        }
        Ok(self.notation.object(members))
    }

    fn field(&mut self, field: &Field, brand: &Brand, from: &StructReader<'_>) -> Result<N::Value> {
        let (offset, ty, default) = match &field.place {
            Place::Slot { offset, ty, default } => (*offset, ty.resolve(brand), default),
            Place::Group(id) => {
                let group = self.registry.structure(*id)?;
                return self.nested(|this| this.structure(group, brand, from));
            }
        };
        if let Some(width) = Width::of(&ty) {
            let mask = if let Default::Bits(bits) = default { *bits } else { 0 };
            return self.scalar(&ty, width.truncate(width.read(from, offset) ^ mask));
        }
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        self.pointer(&ty, &Pointer(from.get_pointer_field(at)), Some(default))
    }
}

/// Whether a text, bytes or a list has nothing in it, or nothing is there.
fn is_empty(field: &Field, from: &StructReader<'_>) -> bool {
    let Place::Slot { offset, ty, .. } = &field.place else {
        return false;
    };
    let pointer = || from.get_pointer_field(usize::try_from(*offset).unwrap_or(usize::MAX));
    match ty {
        Type::Text => pointer().get_text(None).is_ok_and(|text| text.is_empty()),
        Type::Data => pointer().get_data(None).is_ok_and(<[u8]>::is_empty),
        ty if ty.is_pointer() => pointer().is_null(),
        _ => false,
    }
}

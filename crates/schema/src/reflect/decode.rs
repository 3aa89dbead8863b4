//! From a message to JSON.

use capnp::any_pointer;
use capnp::private::layout::{PointerType, StructReader};
use serde_json::{Map, Value};

use super::any::{bytes_to_json, check_kind, encoded_length, raw_to_json};
use super::budget::{Budget, PER_VALUE};
use super::raw::Pointer;
use super::{CapabilityResolver, UNKNOWN_MEMBER};
use crate::error::{Error, Fault, Result};
use crate::limits::Limits;
use crate::model::{Default, Field, Place, Struct};
use crate::registry::Registry;
use crate::scalar::{self, Width};
use crate::types::{AnyKind, Brand, Type};

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
    let mut decoder = Decoder { registry, resolver, budget: Budget::new(limits.depth, limits.value_bytes) };
    let value = Pointer::of(value)?;
    match ty {
        // An answer that was never filled in is an answer all the same.
        Type::Struct(id, brand) => decoder.present(*id, brand, &value),
        _ => decoder.pointer(ty, &value, None),
    }
}

struct Decoder<'d> {
    registry: &'d Registry,
    resolver: &'d mut dyn CapabilityResolver,
    budget: Budget,
}

impl Decoder<'_> {
    fn pointer(&mut self, ty: &Type, from: &Pointer<'_>, default: Option<&Default>) -> Result<Value> {
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
            _ if from.0.is_null() => Ok(Value::Null),
            Type::Struct(id, brand) => self.present(*id, brand, from),
            Type::Interface(id, _) => self.capability(from, *id),
            Type::AnyPointer(kind) => self.any(*kind, from),
            Type::Parameter { .. } => self.any(AnyKind::Any, from),
            _ => Err(Error::value("only values of pointer types can be alone")),
        }
    }

    fn present(&mut self, id: u64, brand: &Brand, from: &Pointer<'_>) -> Result<Value> {
        let structure = self.registry.structure(id)?;
        let from = from.structure()?;
        self.nested(|this| this.structure(structure, brand, &from))
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<Value>) -> Result<Value> {
        self.budget.descend()?;
        let value = read(self)?;
        self.budget.ascend();
        Ok(value)
    }

    fn text(&mut self, from: &Pointer<'_>) -> Result<Value> {
        let text = from.0.get_text(None).map_err(|e| Error::unreadable(&e))?;
        self.budget.spend(text.len())?;
        let text = text.to_str().map_err(|_| Error::message("the text is not UTF-8"))?;
        Ok(text.into())
    }

    fn data(&mut self, from: &Pointer<'_>) -> Result<Value> {
        let data = from.0.get_data(None).map_err(|e| Error::unreadable(&e))?;
        self.budget.spend(encoded_length(data.len()))?;
        Ok(bytes_to_json(data).into())
    }

    fn capability(&mut self, from: &Pointer<'_>, interface: u64) -> Result<Value> {
        let hook = from.0.get_capability().map_err(|e| Error::unreadable(&e))?;
        let value = self.resolver.export(hook, interface);
        value.map_err(|e| Fault::Capability(e).into())
    }

    fn any(&mut self, kind: AnyKind, from: &Pointer<'_>) -> Result<Value> {
        let found = from.0.get_pointer_type().map_err(|e| Error::unreadable(&e))?;
        check_kind(kind, &found)?;
        if matches!(found, PointerType::Capability) {
            return self.capability(from, 0);
        }
        // A word is eight bytes, eleven or so as base64.
        let raw = raw_to_json(any_pointer::Reader::new(from.0), self.budget.size() / 12)?;
        let length = raw.get("$raw").and_then(Value::as_str).map_or(0, str::len);
        self.budget.spend(length)?;
        Ok(raw)
    }

    fn list(&mut self, ty: &Type, from: &Pointer<'_>) -> Result<Value> {
        if let Some(width) = Width::of(ty) {
            return self.scalars(ty, width, from);
        }
        if let Type::Struct(id, brand) = ty {
            let structure = self.registry.structure(*id)?;
            let list = from.structs()?;
            self.budget.spend_on(list.len(), PER_VALUE)?;
            return (0..)
                .zip(list.iter())
                .map(|(index, element)| {
                    self.nested(|this| this.structure(structure, brand, &element.0)).map_err(|e| e.at(index))
                })
                .collect();
        }
        let list = from.pointers()?;
        self.budget.spend_on(list.len(), PER_VALUE)?;
        (0..)
            .zip(list.iter())
            .map(|(index, element)| {
                let element = Pointer::of(element.map_err(|e| Error::unreadable(&e))?)?;
                self.pointer(ty, &element, None).map_err(|e| e.at(index))
            })
            .collect()
    }

    fn scalars(&mut self, ty: &Type, width: Width, from: &Pointer<'_>) -> Result<Value> {
        let list = from.scalars(width)?;
        self.budget.spend_on(list.len(), PER_VALUE)?;
        let elements = 0..list.len();
        elements.map(|index| self.scalar(ty, width.read_element(&list, index))).collect()
    }

    fn scalar(&self, ty: &Type, bits: u64) -> Result<Value> {
        let Type::Enum(id) = ty else {
            return Ok(scalar::to_json(ty, bits));
        };
        let values = self.registry.enumerants(*id)?;
        let value = usize::try_from(bits).ok().and_then(|number| values.get(number));
        Ok(value.map_or_else(|| bits.into(), |value| value.name.as_str().into()))
    }

    fn structure(&mut self, structure: &Struct, brand: &Brand, from: &StructReader<'_>) -> Result<Value> {
        let member = structure.discriminant.map(|offset| scalar::low16(Width::Two.read(from, offset)));
        let mut object = Map::new();
        let mut found = member.is_none();
        for field in &structure.fields {
            if field.member.is_some() && field.member != member {
                continue;
            }
            found |= field.member.is_some();
            self.budget.spend(PER_VALUE + field.name.len())?;
            let value = self.field(field, brand, from).map_err(|e| e.within(&field.name))?;
            object.insert(field.name.clone(), value);
        }
        if !found {
            object.insert(UNKNOWN_MEMBER.to_owned(), member.into());
        }
        Ok(Value::Object(object))
    }

    fn field(&mut self, field: &Field, brand: &Brand, from: &StructReader<'_>) -> Result<Value> {
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

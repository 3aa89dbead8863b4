//! Types, brands and default values out of a compiled schema.

use capnp::schema_capnp::{brand, type_, value};

use super::load::{damaged, unknown_kind};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::model::Default;
use crate::types::{AnyKind, Binding, Brand, Type};
use crate::words::Words;

/// A declared type, of at most so many parts.
pub(super) fn read_type(ty: type_::Reader<'_>, limits: &Limits) -> Result<Type> {
    Parts(limits.type_parts).ty(ty)
}

/// The arguments of a generic type, of at most so many parts.
pub(super) fn read_brand(brand: brand::Reader<'_>, limits: &Limits) -> Result<Brand> {
    Parts(limits.type_parts).brand(brand)
}

/// How many parts the declared type may still have.
struct Parts(u32);

impl Parts {
    fn take(&mut self, parts: u32) -> Result<()> {
        let left = self.0.checked_sub(parts);
        self.0 = left.ok_or_else(|| Error::limit("a type in the schema has too many parts"))?;
        Ok(())
    }

    fn ty(&mut self, ty: type_::Reader<'_>) -> Result<Type> {
        self.take(1)?;
        Ok(match ty.which().map_err(unknown_kind)? {
            type_::Void(()) => Type::Void,
            type_::Bool(()) => Type::Bool,
            type_::Int8(()) => Type::Int8,
            type_::Int16(()) => Type::Int16,
            type_::Int32(()) => Type::Int32,
            type_::Int64(()) => Type::Int64,
            type_::Uint8(()) => Type::UInt8,
            type_::Uint16(()) => Type::UInt16,
            type_::Uint32(()) => Type::UInt32,
            type_::Uint64(()) => Type::UInt64,
            type_::Float32(()) => Type::Float32,
            type_::Float64(()) => Type::Float64,
            type_::Text(()) => Type::Text,
            type_::Data(()) => Type::Data,
            type_::List(list) => Type::list_of(self.ty(list.get_element_type().map_err(damaged)?)?),
            type_::Enum(group) => Type::Enum(group.get_type_id()),
            type_::Struct(group) => {
                let brand = self.brand(group.get_brand().map_err(damaged)?)?;
                Type::Struct(group.get_type_id(), brand)
            }
            type_::Interface(group) => {
                let brand = self.brand(group.get_brand().map_err(damaged)?)?;
                Type::Interface(group.get_type_id(), brand)
            }
            type_::AnyPointer(any) => any_pointer(any)?,
        })
    }

    fn brand(&mut self, brand: brand::Reader<'_>) -> Result<Brand> {
        let scopes = brand.get_scopes().map_err(damaged)?;
        self.take(scopes.len())?;
        let mut known = Vec::new();
        for scope in scopes {
            let binding = match scope.which().map_err(unknown_kind)? {
                brand::scope::Inherit(()) => Binding::Inherit,
                brand::scope::Bind(list) => self.bindings(list.map_err(damaged)?)?,
            };
            known.push((scope.get_scope_id(), binding));
        }
        Ok(Brand::new(known))
    }

    fn bindings(&mut self, list: capnp::struct_list::Reader<'_, brand::binding::Owned>) -> Result<Binding> {
        self.take(list.len())?;
        let types = list.iter().map(|binding| {
            Ok(match binding.which().map_err(unknown_kind)? {
                brand::binding::Unbound(()) => Type::ANY,
                brand::binding::Type(ty) => self.ty(ty.map_err(damaged)?)?,
            })
        });
        Ok(Binding::Bound(types.collect::<Result<_>>()?))
    }
}

fn any_pointer(any: type_::any_pointer::Reader<'_>) -> Result<Type> {
    use type_::any_pointer::{ImplicitMethodParameter, Parameter, Unconstrained, unconstrained};
    Ok(match any.which().map_err(unknown_kind)? {
        // What a caller binds anew in every call is on the wire an untyped pointer.
        ImplicitMethodParameter(_) => Type::ANY,
        Parameter(parameter) => {
            Type::Parameter { scope: parameter.get_scope_id(), index: parameter.get_parameter_index() }
        }
        Unconstrained(kind) => Type::AnyPointer(match kind.which().map_err(unknown_kind)? {
            unconstrained::AnyKind(()) => AnyKind::Any,
            unconstrained::Struct(()) => AnyKind::Struct,
            unconstrained::List(()) => AnyKind::List,
            unconstrained::Capability(()) => AnyKind::Capability,
        }),
    })
}

/// A field's default: the bits to combine a scalar with, or what a null pointer stands for.
pub(super) fn read_default(ty: &Type, value: value::Reader<'_>, limits: &Limits) -> Result<Default> {
    let which = value.which().map_err(unknown_kind)?;
    if ty.is_pointer() { pointer_default(which, limits) } else { scalar_default(ty, which).map(Default::Bits) }
}

fn scalar_default(ty: &Type, which: value::WhichReader<'_>) -> Result<u64> {
    let signed = |number: i64| u64::from_le_bytes(number.to_le_bytes());
    Ok(match (ty, which) {
        (Type::Void, value::Void(())) => 0,
        (Type::Bool, value::Bool(bit)) => u64::from(bit),
        (Type::Int8, value::Int8(number)) => signed(number.into()),
        (Type::Int16, value::Int16(number)) => signed(number.into()),
        (Type::Int32, value::Int32(number)) => signed(number.into()),
        (Type::Int64, value::Int64(number)) => signed(number),
        (Type::UInt8, value::Uint8(number)) => number.into(),
        (Type::UInt16, value::Uint16(number)) => number.into(),
        (Type::UInt32, value::Uint32(number)) => number.into(),
        (Type::UInt64, value::Uint64(number)) => number,
        (Type::Float32, value::Float32(number)) => number.to_bits().into(),
        (Type::Float64, value::Float64(number)) => number.to_bits(),
        (Type::Enum(_), value::Enum(number)) => number.into(),
        _ => {
            return Err(Error::schema("the default value is not of the field's type"));
        }
    })
}

fn pointer_default(which: value::WhichReader<'_>, limits: &Limits) -> Result<Default> {
    let limit = limits.schema_bytes / 8;
    let (value::List(any) | value::Struct(any) | value::AnyPointer(any)) = which else {
        return blob_default(which);
    };
    if any.is_null() {
        return Ok(Default::Bits(0));
    }
    Words::copy(any, limit).map(Default::Pointer)
}

fn blob_default(which: value::WhichReader<'_>) -> Result<Default> {
    let room = |length: usize| u32::try_from(length / 8 + 2).unwrap_or(u32::MAX);
    match which {
        value::Interface(()) => Ok(Default::Bits(0)),
        value::Text(text) => match text.map_err(damaged)? {
            text if text.is_empty() => Ok(Default::Bits(0)),
            text => {
                Words::build(room(text.len()), |mut root| root.set_as::<capnp::text::Owned>(text)).map(Default::Pointer)
            }
        },
        value::Data(data) => match data.map_err(damaged)? {
            [] => Ok(Default::Bits(0)),
            data => {
                Words::build(room(data.len()), |mut root| root.set_as::<capnp::data::Owned>(data)).map(Default::Pointer)
            }
        },
        _ => Err(Error::schema("the default value is not of the field's type")),
    }
}

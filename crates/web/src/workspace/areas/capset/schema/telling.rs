//! One telling of an interface: each of its types once, wherever it is used.

use std::rc::Rc;
use std::sync::Arc;

use capnp::message::Builder;
use capos_schema::dynamic::Means;
use capos_schema::model::{Default as Otherwise, Field, Kind, Place};
use capos_schema::reflect::decode_as;
use capos_schema::{AnyKind, Brand, MethodRef, Registry, Type};

use super::{FieldView, MethodView, NamedView, TypeUse, TypeView, doc};
use crate::workspace::areas::capset::chips::{Chips, Origin};
use crate::workspace::areas::capset::form::Form;
use crate::workspace::areas::capset::tree::{Portion, show};
use crate::workspace::areas::capset::value::Value;
use crate::workspace::areas::capset::withheld::is_withheld;
use crate::workspace::view::Text;

/// Types that are told of one interface; the largest of the contract needs a tenth.
const MOST_TYPES: usize = 512;

pub(super) struct Telling<'t> {
    means: &'t Arc<Means>,
    /// Those that are used so far.
    types: Vec<Type>,
}

impl<'t> Telling<'t> {
    pub(super) fn new(means: &'t Arc<Means>) -> Self {
        Self { means, types: Vec::new() }
    }

    fn registry(&self) -> &Registry {
        self.means.registry()
    }

    pub(super) fn method(&mut self, method: &MethodRef<'_>, interface: &Type) -> MethodView {
        let registry = self.registry();
        let own = matches!(interface, Type::Interface(id, _) if *id == method.interface);
        let from = registry.node(method.interface).filter(|_| !own).map(|node| Text::line(&node.name));
        MethodView {
            name: Text::line(&method.declared.name),
            doc: doc(&method.declared.doc),
            from,
            streaming: method.declared.is_streaming(),
            closed_by: method.declared.closed_by.as_deref().map(Text::line),
            params: self.place(&method.params).unwrap_or(u32::MAX),
            results: self.place(&method.results).unwrap_or(u32::MAX),
        }
    }

    /// Where a type is told.
    fn place(&mut self, ty: &Type) -> Option<u32> {
        let known = self.types.iter().position(|known| known == ty);
        let place = match known {
            Some(place) => place,
            None if self.types.len() >= MOST_TYPES => return None,
            None => {
                self.types.push(ty.clone());
                self.types.len() - 1
            }
        };
        u32::try_from(place).ok()
    }

    /// Each type brings those that it is made of, until none is new.
    pub(super) fn types(mut self) -> Vec<TypeView> {
        let mut views = Vec::new();
        while let Some(ty) = self.types.get(views.len()).cloned() {
            views.push(self.told(&ty));
        }
        views
    }

    fn told(&mut self, ty: &Type) -> TypeView {
        let name = Text::line(&self.registry().type_name(ty));
        let means = Arc::clone(self.means);
        let (Type::Struct(id, _) | Type::Enum(id)) = ty else {
            return TypeView::Structure { name, doc: Text::default(), fields: Vec::new() };
        };
        let node = means.registry().node(*id);
        let doc = doc(node.map(|node| node.doc.as_str()).unwrap_or_default());
        match (node.map(|node| &node.kind), ty) {
            (Some(Kind::Enum(values)), _) => {
                let values =
                    values.iter().map(|one| NamedView { name: Text::line(&one.name), doc: super::doc(&one.doc) });
                TypeView::Enumeration { name, doc, values: values.collect() }
            }
            (Some(Kind::Struct(structure)), Type::Struct(id, brand)) => {
                let otherwise = self.otherwise(ty, &structure.fields);
                let told = structure.fields.iter().filter(|field| !is_withheld(means.registry(), *id, field));
                let fields = told.map(|field| self.field(field, brand, otherwise.as_ref())).collect();
                TypeView::Structure { name, doc, fields }
            }
            _ => TypeView::Structure { name, doc, fields: Vec::new() },
        }
    }

    fn field(&mut self, field: &Field, brand: &Brand, otherwise: Option<&Value>) -> FieldView {
        let (ty, group) = match &field.place {
            Place::Slot { ty, .. } => (ty.resolve(brand).into_owned(), false),
            Place::Group(id) => (Type::Struct(*id, brand.clone()), true),
        };
        let has = matches!(&field.place, Place::Slot { default, .. } if says_something(default));
        let otherwise = otherwise.filter(|_| has).and_then(|value| member(value, &field.name));
        FieldView {
            name: Text::line(&field.name),
            doc: doc(&field.doc),
            written: if group { Text::fixed("group") } else { Text::line(&self.registry().type_name(&ty)) },
            ty: self.used(&ty),
            choice: field.member.is_some(),
            group,
            optional: field.optional,
            otherwise: otherwise.map(|value| show(value, 0, Portion::MORE, &Chips::none())),
        }
    }

    /// A value of that type of which nothing is said.
    fn otherwise(&self, ty: &Type, fields: &[Field]) -> Option<Value> {
        let any =
            fields.iter().any(|field| matches!(&field.place, Place::Slot { default, .. } if says_something(default)));
        if !any {
            return None;
        }
        let mut message = Builder::new_default();
        let nothing: capnp::any_pointer::Builder<'_> = message.init_root();
        let origin = Origin { grant: String::new(), path: String::new() };
        let mut form = Form::new(Arc::clone(self.means), Rc::clone(&Chips::none()), origin);
        decode_as(&mut form, self.registry(), ty, nothing.into_reader(), self.means.limits()).ok()
    }

    fn used(&mut self, ty: &Type) -> TypeUse {
        let whole = |least: i128, most: i128| TypeUse::Whole {
            least: Text::line(&least.to_string()),
            most: Text::line(&most.to_string()),
        };
        match ty {
            Type::Void => TypeUse::Nothing {},
            Type::Bool => TypeUse::Truth {},
            Type::Int8 => whole(i8::MIN.into(), i8::MAX.into()),
            Type::Int16 => whole(i16::MIN.into(), i16::MAX.into()),
            Type::Int32 => whole(i32::MIN.into(), i32::MAX.into()),
            Type::Int64 => whole(i64::MIN.into(), i64::MAX.into()),
            Type::UInt8 => whole(0, u8::MAX.into()),
            Type::UInt16 => whole(0, u16::MAX.into()),
            Type::UInt32 => whole(0, u32::MAX.into()),
            Type::UInt64 => whole(0, u64::MAX.into()),
            Type::Float32 | Type::Float64 => TypeUse::Float {},
            Type::Text => TypeUse::Text {},
            Type::Data => TypeUse::Bytes {},
            Type::List(element) => TypeUse::List { of: Box::new(self.used(element.ty())) },
            Type::Enum(_) => self.place(ty).map_or(TypeUse::Untold {}, |at| TypeUse::Enumeration { at }),
            Type::Struct(..) => self.place(ty).map_or(TypeUse::Untold {}, |at| TypeUse::Structure { at }),
            Type::Interface(..) => TypeUse::Capability { interface: Text::line(&self.registry().type_name(ty)) },
            Type::AnyPointer(AnyKind::Capability) => TypeUse::Any { capability: true },
            Type::AnyPointer(_) | Type::Parameter { .. } => TypeUse::Any { capability: false },
        }
    }
}

fn says_something(default: &Otherwise) -> bool {
    !matches!(default, Otherwise::Bits(0))
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Members(members) => members.iter().find(|(known, _)| known == name).map(|(_, value)| value),
        _ => None,
    }
}

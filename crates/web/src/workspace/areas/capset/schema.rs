//! What pages are told of an interface: its methods, and every type that its arguments and results are made of.

use std::rc::Rc;
use std::sync::Arc;

use capnp::message::Builder;
use capos_schema::dynamic::Means;
use capos_schema::model::{Default as Otherwise, Field, Kind, Place};
use capos_schema::reflect::decode_as;
use capos_schema::{AnyKind, Brand, MethodRef, Registry, Type};

use super::chips::{Chips, Origin};
use super::form::Form;
use super::tree::{Portion, Tree, show};
use super::value::Value;
use super::withheld::{is_pointless, is_withheld};
use crate::workspace::view::{Text, shown};

shown! {
    /// An interface.
    struct InterfaceView {
        /// Its name.
        name: Text,
        /// What its schema says of it.
        doc: Text,
        /// Whether it is known what methods it has.
        known: bool,
        /// Its methods, inherited ones last.
        methods: Vec<MethodView>,
        /// The types that they need; others speak of them by their places here.
        types: Vec<TypeView>,
    }

    /// A method.
    struct MethodView {
        /// Its name.
        name: Text,
        /// What its schema says of it.
        doc: Text,
        /// The interface that it is inherited from.
        from: Option<Text>,
        /// Whether it takes a stream, a piece with each call.
        streaming: bool,
        /// The method that says that no more comes.
        closed_by: Option<Text>,
        /// The struct of its arguments.
        params: u32,
        /// The struct of its results.
        results: u32,
    }

    /// A type with a name.
    enum TypeView {
        /// A struct.
        Structure { name: Text, doc: Text, fields: Vec<FieldView> },
        /// An enum.
        Enumeration { name: Text, doc: Text, values: Vec<NamedView> },
    }

    /// One of an enum's values.
    struct NamedView {
        /// Its name.
        name: Text,
        /// What its schema says of it.
        doc: Text,
    }

    /// A member of a struct.
    struct FieldView {
        /// Its name.
        name: Text,
        /// What its schema says of it.
        doc: Text,
        /// Its type.
        ty: TypeUse,
        /// Its type as schemas write it.
        written: Text,
        /// Whether it excludes the other members of which this is said.
        choice: bool,
        /// Whether it is a part of the struct that is always there.
        group: bool,
        /// Whether it says nothing where it is empty.
        optional: bool,
        /// What it is where nobody says, if that is not empty.
        otherwise: Option<Tree>,
    }

    /// A type where it is used.
    enum TypeUse {
        /// No value at all.
        Nothing {},
        /// Yes or no.
        Truth {},
        /// A whole number, and its bounds.
        Whole { least: Text, most: Text },
        /// A floating number.
        Float {},
        /// A text.
        Text {},
        /// Bytes.
        Bytes {},
        /// Values in a row.
        List { of: Box<TypeUse> },
        /// One of an enum's values.
        Enumeration { at: u32 },
        /// A struct.
        Structure { at: u32 },
        /// A capability of that interface.
        Capability { interface: Text },
        /// Anything: a capability where `capability`, else also an untyped value.
        Any { capability: bool },
        /// More types than are told.
        Untold {},
    }
}

/// Types that are told of one interface; the largest of the contract needs a tenth.
const MOST_TYPES: usize = 512;
/// Methods that are told of one interface.
const MOST_METHODS: usize = 512;
/// Bytes of one comment.
const MOST_DOC: usize = 4 << 10;

fn doc(text: &str) -> Text {
    Text::lines(text.trim(), MOST_DOC)
}

/// The methods that an interface has for pages.
fn methods<'r>(registry: &'r Registry, interface: &Type) -> Option<Vec<MethodRef<'r>>> {
    let all = registry.methods(interface).ok()?;
    Some(all.into_iter().filter(|method| !is_pointless(registry, method)).take(MOST_METHODS).collect())
}

pub(super) fn method_names(registry: &Registry, interface: &Type) -> Vec<Text> {
    let all = methods(registry, interface).unwrap_or_default();
    all.iter().map(|method| Text::line(&method.declared.name)).collect()
}

pub(super) fn interface_doc(registry: &Registry, interface: u64) -> &str {
    registry.node(interface).map(|node| node.doc.as_str()).unwrap_or_default()
}

/// All of an interface.
pub(super) fn describe(means: &Arc<Means>, interface: &Type) -> InterfaceView {
    let registry = means.registry();
    let known = methods(registry, interface);
    let mut telling = Telling { means, types: Vec::new() };
    let methods = known.iter().flatten().map(|method| telling.method(method, interface)).collect();
    let id = if let Type::Interface(id, _) = interface { *id } else { 0 };
    InterfaceView {
        name: Text::line(&registry.type_name(interface)),
        doc: doc(interface_doc(registry, id)),
        known: known.is_some(),
        methods,
        types: telling.types(),
    }
}

struct Telling<'t> {
    means: &'t Arc<Means>,
    /// Those that are used so far.
    types: Vec<Type>,
}

impl Telling<'_> {
    fn registry(&self) -> &Registry {
        self.means.registry()
    }

    fn method(&mut self, method: &MethodRef<'_>, interface: &Type) -> MethodView {
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
    fn types(mut self) -> Vec<TypeView> {
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
                    values.iter().map(|one| NamedView { name: Text::line(&one.name), doc: self::doc(&one.doc) });
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

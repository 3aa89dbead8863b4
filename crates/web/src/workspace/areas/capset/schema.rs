//! What pages are told of an interface: its methods, and every type that its arguments and results are made of.

mod telling;

use std::sync::Arc;

use capos_schema::dynamic::Means;
use capos_schema::{MethodRef, Registry, Type};

use super::tree::Tree;
use super::withheld::is_pointless;
use crate::workspace::view::{Text, shown};
use telling::Telling;

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
    let mut telling = Telling::new(means);
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

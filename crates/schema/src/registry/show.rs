//! Types in words.

use super::Registry;
use crate::types::{AnyKind, Type};

/// Longer names of types are cut.
const MAX_NAME: usize = 256;

impl Registry {
    /// A type as the schema language writes it, as `List(ChatEvent)`; overlong ones end in an ellipsis.
    #[must_use]
    pub fn type_name(&self, ty: &Type) -> String {
        let mut name = String::new();
        self.write_type(ty, &mut name);
        if name.len() > MAX_NAME {
            name.truncate(name.floor_char_boundary(MAX_NAME));
            name.push('…');
        }
        name
    }

    fn write_type(&self, ty: &Type, name: &mut String) {
        if name.len() > MAX_NAME {
            return;
        }
        match ty {
            Type::List(element) => {
                name.push_str("List(");
                self.write_type(element.ty(), name);
                name.push(')');
            }
            Type::Enum(id) => name.push_str(&self.node_name(*id)),
            Type::Struct(id, brand) | Type::Interface(id, brand) => {
                name.push_str(&self.node_name(*id));
                self.write_arguments(brand.arguments(*id), name);
            }
            Type::Parameter { scope, index } => name.push_str(&self.parameter_name(*scope, *index)),
            plain => name.push_str(plain_name(plain)),
        }
    }

    fn write_arguments(&self, arguments: &[Type], name: &mut String) {
        let mut separator = "(";
        for argument in arguments {
            name.push_str(separator);
            self.write_type(argument, name);
            separator = ", ";
        }
        if !arguments.is_empty() {
            name.push(')');
        }
    }

    fn node_name(&self, id: u64) -> String {
        let known = self.node(id).map(|node| node.name.clone());
        known.unwrap_or_else(|| format!("{id:#018x}"))
    }

    fn parameter_name(&self, scope: u64, index: u16) -> String {
        let parameters = self.node(scope).map(|node| &node.parameters);
        let name = parameters.and_then(|names| names.get(usize::from(index)));
        name.cloned().unwrap_or_else(|| plain_name(&Type::ANY).to_owned())
    }
}

fn plain_name(ty: &Type) -> &'static str {
    match ty {
        Type::Void => "Void",
        Type::Bool => "Bool",
        Type::Int8 => "Int8",
        Type::Int16 => "Int16",
        Type::Int32 => "Int32",
        Type::Int64 => "Int64",
        Type::UInt8 => "UInt8",
        Type::UInt16 => "UInt16",
        Type::UInt32 => "UInt32",
        Type::UInt64 => "UInt64",
        Type::Float32 => "Float32",
        Type::Float64 => "Float64",
        Type::Text => "Text",
        Type::Data => "Data",
        Type::AnyPointer(AnyKind::Struct) => "AnyStruct",
        Type::AnyPointer(AnyKind::List) => "AnyList",
        Type::AnyPointer(AnyKind::Capability) => "Capability",
        _ => "AnyPointer",
    }
}

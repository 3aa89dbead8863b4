//! Types within declarations.

use capos_schema::model::{Field, Struct};
use capos_schema::{AnyKind, Brand, Result, Type};

use super::names::comment;
use super::{Item, Way, Writer};
use crate::arguments;

impl<'r> Writer<'r> {
    pub(super) fn ty(&mut self, ty: &Type, way: Way) -> Result<String> {
        Ok(match ty {
            Type::Bool => "boolean".to_owned(),
            Type::Int8 | Type::Int16 | Type::Int32 | Type::UInt8 | Type::UInt16 | Type::UInt32 => "number".to_owned(),
            Type::Float32 | Type::Float64 => "number".to_owned(),
            Type::Int64 | Type::UInt64 => "number | bigint".to_owned(),
            Type::Text => "string".to_owned(),
            Type::Data => if way == Way::Out { "Uint8Array" } else { "Bytes" }.to_owned(),
            Type::List(element) => self.list(element.ty(), way)?,
            Type::Enum(id) => self.name(&Item::Enumeration(*id))?,
            Type::Struct(id, brand) => {
                let name = self.name(&Item::Structure(*id, brand.clone(), way))?;
                if way == Way::Out { format!("{name} | null") } else { name }
            }
            Type::Interface(..) if way == Way::Out => {
                format!("RpcStub<{}> | null", self.name(&Item::Interface(ty.clone()))?)
            }
            Type::Interface(..) => self.name(&Item::Like(ty.clone()))?,
            Type::AnyPointer(kind) => untyped(*kind, way),
            Type::Parameter { .. } => untyped(AnyKind::Any, way),
            _ => "null".to_owned(),
        })
    }

    fn list(&mut self, element: &Type, way: Way) -> Result<String> {
        if let Type::Struct(_, brand) = element
            && let Some((_, value)) = arguments::members(self.registry, element).and_then(Struct::pair)
        {
            return Ok(format!("Record<string, {}>", self.field(value, brand, way, 2)?));
        }
        let element = self.ty(element, way)?;
        // The elements of a list of structs are in it.
        let element = element.strip_suffix(" | null").filter(|name| !name.starts_with("RpcStub")).unwrap_or(&element);
        Ok(if element.contains(' ') { format!("({element})[]") } else { format!("{element}[]") })
    }

    /// The members of a struct or a group.
    pub(super) fn literal(&mut self, structure: &'r Struct, brand: &Brand, way: Way, indent: usize) -> Result<String> {
        let alternatives = way == Way::Out && structure.discriminant.is_some();
        let (members, plain): (Vec<_>, Vec<_>) =
            structure.fields.iter().partition(|field| alternatives && field.member.is_some());
        let mut text = String::from("{\n");
        for field in plain {
            text.push_str(&self.member(field, brand, way, indent + 2)?);
        }
        text.push_str(&format!("{:indent$}}}", ""));
        if alternatives {
            text.push_str(" & (\n");
            for field in members {
                let member = self.member(field, brand, way, indent + 6)?;
                text.push_str(&format!("{0:indent$}  | {{\n{member}{0:indent$}    }}\n", ""));
            }
            text.push_str(&format!("{0:indent$}  | {{ $unknownMember: number }}\n{0:indent$})", ""));
        }
        Ok(text)
    }

    fn member(&mut self, field: &Field, brand: &Brand, way: Way, indent: usize) -> Result<String> {
        let ty = self.field(field, brand, way, indent)?;
        let absent = if way == Way::In || field.optional { "?" } else { "" };
        Ok(format!("{}{:indent$}{}{absent}: {ty};\n", comment(&field.doc, indent), "", field.name))
    }
}

fn untyped(kind: AnyKind, way: Way) -> String {
    let (capability, raw) = match way {
        Way::Out => ("RpcStub<RpcTarget>", "{ $raw: Uint8Array }"),
        Way::In => ("RpcStub<RpcTarget>", "{ $raw: Bytes }"),
    };
    let ty = match kind {
        AnyKind::Any => format!("{capability} | {raw}"),
        AnyKind::Capability => capability.to_owned(),
        AnyKind::Struct | AnyKind::List => raw.to_owned(),
    };
    if way == Way::Out { format!("{ty} | null") } else { ty }
}

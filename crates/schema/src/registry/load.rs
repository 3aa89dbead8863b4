//! Nodes from a `CodeGeneratorRequest`, which may be hostile: everything is checked or made harmless on the way in.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use capnp::message::ReaderOptions;
use capnp::schema_capnp::{code_generator_request, enumerant, field, method, node};
use capnp::text;

use super::annotations;
use super::read_type::{read_brand, read_default, read_type};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::model::{Enumerant, Field, Interface, Kind, Method, Node, Place, Struct};
use crate::scalar::Width;
use crate::text::acts;
use crate::types::Type;

/// What the comments in a request are indexed by.
type Comments = HashMap<u64, (String, Vec<String>)>;

/// Reads and checks every node.
pub(super) fn nodes(bytes: &[u8], limits: &Limits) -> Result<HashMap<u64, Arc<Node>>> {
    if bytes.len() > limits.schema_bytes {
        return Err(Error::limit("the schema is too large"));
    }
    let mut options = ReaderOptions::new();
    // Each node is read once; the rest is for what is looked at twice.
    options.traversal_limit_in_words(Some(bytes.len() / 2 + 1024));
    let message = capnp::serialize::read_message(bytes, options).map_err(damaged)?;
    let request: code_generator_request::Reader<'_> = message.get_root().map_err(damaged)?;
    let loader = Loader { limits, comments: comments(request, limits)? };
    let list = request.get_nodes().map_err(damaged)?;
    if list.len() > limits.nodes {
        return Err(Error::limit("the schema has too many nodes"));
    }
    let mut nodes = HashMap::new();
    for node in list {
        let node = loader.node(node)?;
        if nodes.contains_key(&node.id) {
            return Err(Error::schema("two nodes have the same id").within(&node.name));
        }
        nodes.insert(node.id, Arc::new(node));
    }
    Ok(nodes)
}

pub(super) fn damaged(error: capnp::Error) -> Error {
    Error::schema(format!("the schema is damaged: {}", error.kind))
}

pub(super) fn unknown_kind(_: capnp::NotInSchema) -> Error {
    Error::schema("the schema is of a newer kind than this node knows")
}

fn comments(request: code_generator_request::Reader<'_>, limits: &Limits) -> Result<Comments> {
    let infos = request.get_source_info().map_err(damaged)?;
    if infos.len() > limits.nodes {
        return Err(Error::limit("the schema has too many comments"));
    }
    let mut comments = Comments::new();
    for info in infos {
        let members = info.get_members().map_err(damaged)?;
        if members.len() > limits.members {
            return Err(Error::limit("the schema has too many comments"));
        }
        let members = members.iter().map(|member| comment(member.get_doc_comment()));
        let members = members.collect::<Result<_>>()?;
        comments.insert(info.get_id(), (comment(info.get_doc_comment())?, members));
    }
    Ok(comments)
}

/// A comment as a person may safely be shown it.
fn comment(text: capnp::Result<text::Reader<'_>>) -> Result<String> {
    let text = text.map_err(damaged)?.to_string().map_err(|_| not_text())?;
    let shown = |c: &char| matches!(c, '\n' | '\t') || !acts(*c);
    Ok(text.trim_end().chars().filter(shown).collect())
}

pub(super) fn not_text() -> Error {
    Error::schema("a text in the schema is not UTF-8")
}

struct Loader<'l> {
    limits: &'l Limits,
    comments: Comments,
}

impl Loader<'_> {
    fn node(&self, node: node::Reader<'_>) -> Result<Node> {
        let display = self.display_name(node.get_display_name())?;
        let (file, name) = display.split_once(':').unwrap_or((&display, ""));
        let id = node.get_id();
        let (doc, docs) = self.comments.get(&id).cloned().unwrap_or_default();
        let mut docs = docs.into_iter();
        let kind = self.kind(node, &mut docs).map_err(|e| e.within(name))?;
        let parameters = node.get_parameters().map_err(damaged)?;
        self.count(parameters.len())?;
        let parameters = parameters.iter().map(|p| self.name(p.get_name()));
        Ok(Node {
            id,
            name: name.to_owned(),
            file: file.to_owned(),
            doc,
            parameters: parameters.collect::<Result<_>>()?,
            kind,
        })
    }

    fn kind(&self, node: node::Reader<'_>, docs: &mut dyn Iterator<Item = String>) -> Result<Kind> {
        Ok(match node.which().map_err(unknown_kind)? {
            node::Struct(group) => {
                let mut structure = self.structure(group, docs)?;
                structure.key_value = annotations::key_value(node.get_annotations().map_err(damaged)?, &structure)?;
                Kind::Struct(structure)
            }
            node::Enum(group) => Kind::Enum(self.enumerants(group.get_enumerants().map_err(damaged)?, docs)?),
            node::Interface(group) => Kind::Interface(self.interface(group, docs)?),
            node::File(()) | node::Const(_) | node::Annotation(_) => Kind::Other,
        })
    }

    fn structure(&self, group: node::struct_::Reader<'_>, docs: &mut dyn Iterator<Item = String>) -> Result<Struct> {
        let list = group.get_fields().map_err(damaged)?;
        self.count(list.len())?;
        let mut fields = Vec::new();
        let mut by_name = HashMap::new();
        for field in list {
            let field = self.field(field, docs.next().unwrap_or_default())?;
            if by_name.insert(field.name.clone(), fields.len()).is_some() {
                return Err(Error::schema("two members have the same name").within(&field.name));
            }
            fields.push(field);
        }
        let unions = group.get_discriminant_count() > 0;
        let structure = Struct {
            data_words: group.get_data_word_count(),
            pointers: group.get_pointer_count(),
            is_group: group.get_is_group(),
            discriminant: unions.then(|| group.get_discriminant_offset()),
            fields,
            key_value: None,
            by_name,
        };
        check_layout(&structure, group.get_discriminant_count())?;
        Ok(structure)
    }

    fn field(&self, field: field::Reader<'_>, doc: String) -> Result<Field> {
        let name = self.name(field.get_name())?;
        let member = field.get_discriminant_value();
        let place = self.place(field).map_err(|e| e.within(&name))?;
        let optional = annotations::optional(field.get_annotations().map_err(damaged)?);
        Ok(Field { name, doc, optional, member: (member != field::NO_DISCRIMINANT).then_some(member), place })
    }

    fn place(&self, field: field::Reader<'_>) -> Result<Place> {
        Ok(match field.which().map_err(unknown_kind)? {
            field::Group(group) => Place::Group(group.get_type_id()),
            field::Slot(slot) => {
                let ty = read_type(slot.get_type().map_err(damaged)?, self.limits)?;
                let value = slot.get_default_value().map_err(damaged)?;
                let default = read_default(&ty, value, self.limits)?;
                Place::Slot { offset: slot.get_offset(), ty, default }
            }
        })
    }

    fn enumerants(
        &self,
        list: capnp::struct_list::Reader<'_, enumerant::Owned>,
        docs: &mut dyn Iterator<Item = String>,
    ) -> Result<Vec<Enumerant>> {
        self.count(list.len())?;
        let enumerants = list.iter().map(|enumerant| {
            Ok(Enumerant { name: self.name(enumerant.get_name())?, doc: docs.next().unwrap_or_default() })
        });
        let enumerants = enumerants.collect::<Result<Vec<_>>>()?;
        distinct(enumerants.iter().map(|enumerant| enumerant.name.as_str()))?;
        Ok(enumerants)
    }

    fn interface(
        &self,
        group: node::interface::Reader<'_>,
        docs: &mut dyn Iterator<Item = String>,
    ) -> Result<Interface> {
        let methods = group.get_methods().map_err(damaged)?;
        let superclasses = group.get_superclasses().map_err(damaged)?;
        self.count(methods.len())?;
        self.count(superclasses.len())?;
        let methods = methods
            .iter()
            .map(|method| self.method(method, docs.next().unwrap_or_default()))
            .collect::<Result<Vec<_>>>()?;
        distinct(methods.iter().map(|method| method.name.as_str()))?;
        let superclasses = superclasses.iter().map(|superclass| {
            let brand = read_brand(superclass.get_brand().map_err(damaged)?, self.limits)?;
            Ok(Type::Interface(superclass.get_id(), brand))
        });
        Ok(Interface { methods, superclasses: superclasses.collect::<Result<_>>()? })
    }

    fn method(&self, method: method::Reader<'_>, doc: String) -> Result<Method> {
        let params = read_brand(method.get_param_brand().map_err(damaged)?, self.limits)?;
        let results = read_brand(method.get_result_brand().map_err(damaged)?, self.limits)?;
        Ok(Method {
            name: self.name(method.get_name())?,
            doc,
            closed_by: annotations::closed_by(method.get_annotations().map_err(damaged)?)?,
            params: Type::Struct(method.get_param_struct_type(), params),
            results: Type::Struct(method.get_result_struct_type(), results),
        })
    }

    fn count(&self, members: u32) -> Result<()> {
        if members > self.limits.members {
            return Err(Error::limit("a node of the schema has too many members"));
        }
        Ok(())
    }

    fn name(&self, text: capnp::Result<text::Reader<'_>>) -> Result<String> {
        let name = self.display_name(text)?;
        let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() || !letters {
            return Err(Error::schema("a name in the schema is no identifier"));
        }
        Ok(name)
    }

    fn display_name(&self, text: capnp::Result<text::Reader<'_>>) -> Result<String> {
        let text = text.map_err(damaged)?;
        if text.len() > self.limits.name_bytes {
            return Err(Error::limit("a name in the schema is too long"));
        }
        let name = text.to_string().map_err(|_| not_text())?;
        if name.chars().any(char::is_control) {
            return Err(Error::schema("a name in the schema has control characters"));
        }
        Ok(name)
    }
}

fn distinct<'n>(names: impl Iterator<Item = &'n str>) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::schema("two members have the same name").within(name));
        }
    }
    Ok(())
}

/// Every field and the discriminant lie within the struct, and the union's members are told apart.
fn check_layout(structure: &Struct, members: u16) -> Result<()> {
    let discriminant = structure.discriminant.unwrap_or(0);
    if members > 0 && !Width::Two.fits(discriminant, structure.data_words) {
        return Err(Error::schema("the discriminant lies outside the struct"));
    }
    let mut seen = HashSet::new();
    for field in &structure.fields {
        let distinct = field.member.is_none_or(|member| member < members && seen.insert(member));
        if !distinct {
            return Err(Error::schema("the union's members are not told apart").within(&field.name));
        }
        check_slot(structure, field).map_err(|e| e.within(&field.name))?;
    }
    Ok(())
}

fn check_slot(structure: &Struct, field: &Field) -> Result<()> {
    let Place::Slot { offset, ty, .. } = &field.place else {
        return Ok(());
    };
    let fits = match Width::of(ty) {
        Some(width) => width.fits(*offset, structure.data_words),
        None => *offset < u32::from(structure.pointers),
    };
    if fits { Ok(()) } else { Err(Error::schema("the field lies outside the struct")) }
}

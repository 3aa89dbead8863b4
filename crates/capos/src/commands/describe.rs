//! `capos describe`.

use std::sync::Arc;

use capos_schema::model::{Field, Kind, Place};
use capos_schema::{MethodRef, Registry, Type};
use serde_json::{Value, json};

use super::call::{method, unknown_here};
use crate::args::documentation::Describe;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::{Remote, within};

/// Tells what a capability, or one method of it, does.
pub(crate) async fn run(arguments: Describe, output: &Output) -> Result<Exit, Failure> {
    let builtin = Registry::builtin();
    let Some(named) = arguments.subject else {
        return print_types(capos_bridge::first_typescript(builtin), output);
    };
    let (subject, wanted) = match named.rsplit_once('.') {
        Some((subject, method)) if builtin.interface_id(&named).is_none() => (subject, Some(method)),
        _ => (&*named, None),
    };
    let (registry, interface) = match builtin.interface_id(subject) {
        Some(id) => (Arc::clone(builtin), Type::interface(id)),
        None => within(&arguments.target, output, async |remote| meant(remote, subject).await).await?,
    };
    if arguments.typescript {
        return types(&registry, &interface, wanted, output);
    }
    let methods = match wanted {
        Some(name) => vec![method(&registry, &interface, name)?],
        None => registry.methods(&interface).map_err(|_| unknown_here(&registry, &interface))?,
    };
    let answer = as_json(&registry, &interface, &methods);
    output.answer(&answer, |_| as_text(&registry, &interface, &methods, wanted.is_some()))?;
    Ok(Exit::Done)
}

/// Prints TypeScript's types.
fn types(registry: &Registry, interface: &Type, method: Option<&str>, output: &Output) -> Result<Exit, Failure> {
    if method.is_some() {
        return Err(Failure::usage("types are told for a whole capability, not for one method".to_owned()));
    }
    registry.methods(interface).map_err(|_| unknown_here(registry, interface))?;
    print_types(capos_bridge::typescript(registry, interface), output)
}

fn print_types(types: capos_schema::Result<String>, output: &Output) -> Result<Exit, Failure> {
    let text = types.map_err(|error| Failure::new(Exit::Failed, format!("its types cannot be told: {error}")))?;
    output.answer(&json!({ "typescript": text }), |_| text.clone())?;
    Ok(Exit::Done)
}

/// A capability's interface, or one that a grant has, by its name.
async fn meant(remote: &Remote, subject: &str) -> Result<(Arc<Registry>, Type), Failure> {
    match remote.object(subject).await {
        Ok((object, registry)) => Ok((registry, object.interface().clone())),
        Err(failure) if failure.code == "unknownCap" => match remote.schemas().interface_id(subject) {
            Some(id) => Ok((remote.schemas().registry_of(id), Type::interface(id))),
            None => Err(failure),
        },
        Err(failure) => Err(failure),
    }
}

fn id_of(interface: &Type) -> u64 {
    match interface {
        Type::Interface(id, _) => *id,
        _ => 0,
    }
}

fn doc(registry: &Registry, interface: &Type) -> String {
    registry.node(id_of(interface)).map(|node| node.doc.trim().to_owned()).unwrap_or_default()
}

fn fields<'r>(registry: &'r Registry, ty: &Type) -> &'r [Field] {
    match ty {
        Type::Struct(id, _) => registry.structure(*id).map(|structure| &*structure.fields).unwrap_or_default(),
        _ => &[],
    }
}

fn field_type(registry: &Registry, of: &Type, field: &Field) -> String {
    match (&field.place, of) {
        (Place::Slot { ty, .. }, Type::Struct(_, brand)) => registry.type_name(&ty.resolve(brand)),
        _ => "group".to_owned(),
    }
}

fn list(registry: &Registry, ty: &Type) -> String {
    let fields =
        fields(registry, ty).iter().map(|field| format!("{} :{}", field.name, field_type(registry, ty, field)));
    format!("({})", fields.collect::<Vec<_>>().join(", "))
}

fn signature(registry: &Registry, method: &MethodRef<'_>) -> String {
    let results = if method.declared.is_streaming() { "stream".to_owned() } else { list(registry, &method.results) };
    format!("{} {} -> {results}", method.declared.name, list(registry, &method.params))
}

fn as_text(registry: &Registry, interface: &Type, methods: &[MethodRef<'_>], one: bool) -> String {
    let mut text = String::new();
    if !one {
        text.push_str(&format!("interface {} ({:#018x})\n", registry.type_name(interface), id_of(interface)));
        text.push_str(&indented(&doc(registry, interface), 2));
    }
    for method in methods {
        if !one {
            text.push('\n');
        }
        text.push_str(&format!("{}\n{}", signature(registry, method), indented(&method.declared.doc, 2)));
    }
    if one {
        let types = methods.iter().flat_map(|method| named_types(registry, method));
        text.push_str(&types.collect::<String>());
    }
    text
}

/// The structs and enums that a method's members are of, each with what it is made of.
fn named_types(registry: &Registry, method: &MethodRef<'_>) -> Vec<String> {
    let mut seen = Vec::new();
    for of in [&method.params, &method.results] {
        for field in fields(registry, of) {
            let (Place::Slot { ty, .. }, Type::Struct(_, brand)) = (&field.place, of) else { continue };
            collect(&ty.resolve(brand), &mut seen);
        }
    }
    seen.into_iter().filter_map(|id| type_text(registry, id)).collect()
}

fn collect(ty: &Type, seen: &mut Vec<u64>) {
    match ty {
        Type::List(element) => collect(element.ty(), seen),
        Type::Struct(id, _) | Type::Enum(id) if !seen.contains(id) => seen.push(*id),
        _ => {}
    }
}

fn type_text(registry: &Registry, id: u64) -> Option<String> {
    let node = registry.node(id)?;
    let mut text = match &node.kind {
        Kind::Struct(_) => format!("\nstruct {}\n", node.name),
        Kind::Enum(_) => format!("\nenum {}\n", node.name),
        _ => return None,
    };
    text.push_str(&indented(&node.doc, 2));
    let ty = Type::structure(id);
    for field in fields(registry, &ty) {
        text.push_str(&format!("  {} :{}\n{}", field.name, field_type(registry, &ty, field), indented(&field.doc, 4)));
    }
    for enumerant in registry.enumerants(id).unwrap_or_default() {
        text.push_str(&format!("  {}\n{}", enumerant.name, indented(&enumerant.doc, 4)));
    }
    Some(text)
}

fn indented(text: &str, by: usize) -> String {
    text.trim().lines().map(|line| format!("{:by$}{line}\n", "")).collect()
}

fn as_json(registry: &Registry, interface: &Type, methods: &[MethodRef<'_>]) -> Value {
    let members = |of: &Type| -> Vec<Value> {
        let members = fields(registry, of).iter();
        members
            .map(
                |field| json!({ "name": field.name, "type": field_type(registry, of, field), "doc": field.doc.trim() }),
            )
            .collect()
    };
    let methods = methods.iter().map(|method| {
        json!({
            "name": method.declared.name, "ordinal": method.ordinal, "doc": method.declared.doc.trim(),
            "params": members(&method.params), "results": members(&method.results),
            "streaming": method.declared.is_streaming(),
        })
    });
    json!({
        "interface": registry.type_name(interface), "interfaceId": format!("{:#018x}", id_of(interface)),
        "doc": doc(registry, interface), "methods": methods.collect::<Vec<_>>(),
    })
}

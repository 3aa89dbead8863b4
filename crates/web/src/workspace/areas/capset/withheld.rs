//! What of the contract's values no browser is sent, whoever asks: handles of sessions and principals, processes'
//! numbers, addresses. A person who needs them has the command line.

use capos_schema::model::{Field, Place};
use capos_schema::{MethodRef, Registry, Type};

use super::value::Value;

/// Structs, and their members that are withheld. A method's own have the name that the compiler gives them.
const WITHHELD: &[(&str, &[&str])] = &[
    ("SessionInfo", &["sessionId"]),
    ("PrincipalInfo", &["id"]),
    ("UserSession.auditContext$Results", &["sessionId", "principalId"]),
    ("SessionContext", &["reference"]),
    ("LiveSession", &["source"]),
    ("AuditRow", &["payload"]),
    ("TerminalInfo", &["pid"]),
];
/// Withheld wherever they are.
const ANYWHERE: &[&str] = &["pid", "sessionId", "principalId"];

/// Whether a member is withheld.
pub(super) fn is_withheld(registry: &Registry, structure: u64, field: &Field) -> bool {
    let name = registry.node(structure).map(|node| node.name.as_str()).unwrap_or_default();
    ANYWHERE.contains(&field.name.as_str())
        || WITHHELD.iter().any(|(known, fields)| *known == name && fields.contains(&field.name.as_str()))
}

/// Whether nothing of a method's results would be left.
pub(super) fn is_pointless(registry: &Registry, method: &MethodRef<'_>) -> bool {
    let Type::Struct(id, _) = &method.results else { return false };
    let fields = registry.structure(*id).map(|structure| &*structure.fields).unwrap_or_default();
    !fields.is_empty() && fields.iter().all(|field| is_withheld(registry, *id, field))
}

/// Takes out of a value of that type what is withheld, and says how much that was.
pub(super) fn withhold(registry: &Registry, ty: &Type, value: &mut Value) -> u64 {
    match (ty, value) {
        (Type::List(element), Value::List(elements)) => {
            elements.iter_mut().map(|one| withhold(registry, element.ty(), one)).sum()
        }
        (Type::Struct(id, brand), Value::Members(members)) => {
            let Ok(structure) = registry.structure(*id) else { return 0 };
            let before = members.len();
            members.retain(|(name, _)| !structure.field(name).is_some_and(|field| is_withheld(registry, *id, field)));
            let gone = u64::try_from(before - members.len()).unwrap_or(u64::MAX);
            let within =
                members.iter_mut().map(|(name, value)| match structure.field(name).map(|field| &field.place) {
                    Some(Place::Slot { ty, .. }) => withhold(registry, &ty.resolve(brand), value),
                    Some(Place::Group(group)) => withhold(registry, &Type::Struct(*group, brand.clone()), value),
                    None => 0,
                });
            gone + within.sum::<u64>()
        }
        _ => 0,
    }
}

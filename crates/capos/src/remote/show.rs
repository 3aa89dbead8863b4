//! Values for people.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use capos_schema::model::Place;
use capos_schema::{Registry, Type};
use serde_json::{Map, Value};

/// A method's results as text: a single value alone, else a line a member. Nothing for no results.
pub(crate) fn results(registry: &Registry, ty: &Type, value: &Value) -> String {
    match value.as_object() {
        Some(members) if members.is_empty() => String::new(),
        Some(members) if members.len() == 1 => {
            let (name, only) = members.iter().next().map_or(("", &Value::Null), |(name, value)| (&**name, value));
            let ty = member(registry, ty, name);
            if is_flat(only) { scalar(ty.as_ref(), only) } else { block(registry, ty.as_ref(), only, 0) }
        }
        _ => block(registry, Some(ty), value, 0),
    }
}

fn member(registry: &Registry, ty: &Type, name: &str) -> Option<Type> {
    let Type::Struct(id, brand) = ty else { return None };
    match &registry.structure(*id).ok()?.field(name)?.place {
        Place::Slot { ty, .. } => Some(ty.resolve(brand).into_owned()),
        Place::Group(group) => Some(Type::structure(*group)),
    }
}

/// Whether it goes on one line.
fn is_flat(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty() || members.contains_key("$cap") || members.contains_key("$raw"),
        _ => true,
    }
}

fn block(registry: &Registry, ty: Option<&Type>, value: &Value, depth: usize) -> String {
    match value {
        Value::Object(members) if !is_flat(value) => object(registry, ty, members, depth),
        Value::Array(items) if !is_flat(value) => {
            let element = match ty {
                Some(Type::List(element)) => Some(element.ty()),
                _ => None,
            };
            let items = items.iter().map(|item| listed(registry, element, item, depth));
            items.collect()
        }
        flat => format!("{}{}\n", indent(depth), scalar(ty, flat)),
    }
}

fn object(registry: &Registry, ty: Option<&Type>, members: &Map<String, Value>, depth: usize) -> String {
    let width = members.keys().map(String::len).max().unwrap_or(0) + 1;
    let mut lines = String::new();
    for (name, value) in members {
        let ty = ty.and_then(|ty| member(registry, ty, name));
        let label = format!("{name}:");
        let text = if is_flat(value) { scalar(ty.as_ref(), value) } else { String::new() };
        if is_flat(value) && !text.contains('\n') {
            lines.push_str(format!("{}{label:width$} {text}", indent(depth)).trim_end());
            lines.push('\n');
        } else if is_flat(value) {
            lines.push_str(&format!("{}{label}\n", indent(depth)));
            text.lines().for_each(|line| lines.push_str(&format!("{}{line}\n", indent(depth + 1))));
        } else {
            lines.push_str(&format!("{}{label}\n{}", indent(depth), block(registry, ty.as_ref(), value, depth + 1)));
        }
    }
    lines
}

/// One item of a list: what it holds stands beside a hyphen.
fn listed(registry: &Registry, ty: Option<&Type>, item: &Value, depth: usize) -> String {
    if is_flat(item) {
        return format!("{}{}\n", indent(depth), scalar(ty, item));
    }
    let inner = block(registry, ty, item, depth + 1);
    let at = indent(depth).len();
    let mut text = inner;
    text.replace_range(at..at + 1, "-");
    text
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

fn scalar(ty: Option<&Type>, value: &Value) -> String {
    match value {
        Value::String(text) if ty == Some(&Type::Data) => bytes(text),
        Value::String(text) => text.clone(),
        Value::Null | Value::Array(_) => "-".to_owned(),
        Value::Object(members) => capability(members).unwrap_or_else(|| "-".to_owned()),
        other => other.to_string(),
    }
}

fn capability(members: &Map<String, Value>) -> Option<String> {
    if let Some(raw) = members.get("$raw") {
        return Some(format!("raw:{}", raw.as_str()?));
    }
    let interface = members.get("interface").and_then(Value::as_str).unwrap_or("unknown interface");
    let handle = members.get("$cap")?.as_str().unwrap_or("a capability, gone with this session");
    Some(format!("{handle} ({interface})"))
}

/// Bytes as text where they are text, else in hexadecimal, which is also how they are given.
fn bytes(base64: &str) -> String {
    let bytes = STANDARD.decode(base64).unwrap_or_default();
    match String::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && text.chars().all(|c| !c.is_control() || c == '\n') => text,
        Ok(text) => format!("hex:{}", hex::encode(text)),
        Err(error) => format!("hex:{}", hex::encode(error.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(interface: &str, method: &str, value: &Value) -> String {
        let registry = Registry::builtin();
        let ty = Type::interface(registry.interface_id(interface).unwrap());
        results(registry, &registry.method(&ty, method).unwrap().results, value)
    }

    #[test]
    fn one_value_stands_alone() {
        assert_eq!(shown("SystemInfo", "motd", &json!({ "text": "hello" })), "hello");
        assert_eq!(shown("SystemInfo", "motd", &json!({})), "");
    }

    #[test]
    fn members_and_items_stand_on_lines() {
        let value = json!({ "sessionId": "/wA=", "principalId": "YWI=" });
        assert_eq!(shown("UserSession", "auditContext", &value), "sessionId:   hex:ff00\nprincipalId: ab\n");
        let value = json!({ "pages": [{ "name": "a", "section": 1 }, { "name": "b", "section": 2 }] });
        assert_eq!(shown("Manual", "section", &value), "- name:    a\n  section: 1\n- name:    b\n  section: 2\n");
    }

    #[test]
    fn capabilities_are_shown_by_their_handles() {
        let value = json!({ "following": { "$cap": "%3", "interface": "AuditFollow" } });
        assert_eq!(shown("AuditLog", "follow", &value), "%3 (AuditFollow)");
    }
}

//! Values for people.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use capos_schema::model::Place;
use capos_schema::{Registry, Type};
use serde_json::{Map, Value};

/// A struct of more members than this is shown without those that are empty: a room in which nothing lies.
const SMALL: usize = 3;
/// The longest list that stands on one line.
const ONE_LINE: usize = 160;

/// A method's results as text: a single value alone, else a line a member. Nothing for no results. Where they are words
/// and one thing more, the words come first, as somebody says them.
pub(crate) fn results(registry: &Registry, ty: &Type, value: &Value) -> String {
    match value.as_object() {
        Some(members) if members.is_empty() => String::new(),
        Some(members) if members.len() == 1 => {
            let (name, only) = members.iter().next().map_or(("", &Value::Null), |(name, value)| (&**name, value));
            alone(registry, member(registry, ty, name).as_ref(), only)
        }
        Some(members) if members.len() == 2 && members.get("text").is_some_and(Value::is_string) => {
            let words = members.get("text").and_then(Value::as_str).unwrap_or_default().trim_end();
            let other = members.iter().find(|(name, value)| *name != "text" && !is_flat(value));
            match other {
                Some((name, value)) if !words.is_empty() => {
                    format!("{words}\n\n{}", alone(registry, member(registry, ty, name).as_ref(), value))
                }
                Some((name, value)) => alone(registry, member(registry, ty, name).as_ref(), value),
                None => block(registry, Some(ty), value, 0),
            }
        }
        _ => block(registry, Some(ty), value, 0),
    }
}

/// A value without its name.
fn alone(registry: &Registry, ty: Option<&Type>, value: &Value) -> String {
    if is_flat(value) { scalar(ty, value) } else { block(registry, ty, value, 0) }
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
    let has_few = members.len() <= SMALL || members.values().all(is_empty);
    let shown = || members.iter().filter(|(_, value)| has_few || !is_empty(value));
    let width = shown().map(|(name, _)| name.len()).max().unwrap_or(0) + 1;
    let mut lines = String::new();
    for (name, value) in shown() {
        let ty = ty.and_then(|ty| member(registry, ty, name));
        let label = format!("{name}:");
        let text = if is_flat(value) { scalar(ty.as_ref(), value) } else { String::new() };
        if let Some(words) = on_one_line(ty.as_ref(), value) {
            lines.push_str(&format!("{}{label:width$} {words}\n", indent(depth)));
        } else if is_flat(value) && !text.contains('\n') {
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

fn is_empty(value: &Value) -> bool {
    value.as_str().is_some_and(str::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

/// A list of words or numbers that is short enough to stand on one line, with commas.
fn on_one_line(ty: Option<&Type>, value: &Value) -> Option<String> {
    let items = value.as_array().filter(|items| !items.is_empty())?;
    let element = match ty {
        Some(Type::List(element)) => Some(element.ty()),
        _ => None,
    };
    let is_plain = |item: &Value| !item.is_array() && !item.is_object() && !item.is_null();
    let words: Vec<String> = items.iter().filter(|item| is_plain(item)).map(|item| scalar(element, item)).collect();
    let joined = words.join(", ");
    let is_clear = words.iter().all(|word| !word.contains([',', '\n']));
    (words.len() == items.len() && is_clear && joined.chars().count() <= ONE_LINE).then_some(joined)
}

/// A small struct in a list, on one line: `direction: north, roomId: mill`.
fn brief(registry: &Registry, ty: Option<&Type>, item: &Value) -> Option<String> {
    let members = item.as_object().filter(|members| members.len() <= SMALL && members.values().all(is_flat))?;
    let parts = members.iter().map(|(name, value)| {
        let ty = ty.and_then(|ty| member(registry, ty, name));
        format!("{name}: {}", scalar(ty.as_ref(), value))
    });
    let line = parts.collect::<Vec<_>>().join(", ");
    (!line.contains('\n') && line.chars().count() <= ONE_LINE).then_some(line)
}

/// One item of a list: what it holds stands beside a hyphen.
fn listed(registry: &Registry, ty: Option<&Type>, item: &Value, depth: usize) -> String {
    if is_flat(item) {
        return format!("{}{}\n", indent(depth), scalar(ty, item));
    }
    if let Some(line) = brief(registry, ty, item) {
        return format!("{}- {line}\n", indent(depth));
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
        assert_eq!(shown("Manual", "section", &value), "- name: a, section: 1\n- name: b, section: 2\n");
    }

    #[test]
    fn a_room_is_read_after_what_happened() {
        let view = json!({
            "roomId": "mill", "roomChannel": "", "title": "The mill", "description": "Dust.\nA wheel.",
            "exits": [{ "direction": "north", "roomId": "lane" }], "items": ["lamp", "rope"], "mission": "",
            "lead": "", "actors": [], "mobs": [], "writs": [],
        });
        let room = "roomId:      mill\ntitle:       The mill\ndescription:\n  Dust.\n  A wheel.\nexits:\n  - direction: \
            north, roomId: lane\nitems:       lamp, rope\n";
        assert_eq!(shown("Adventure", "look", &json!({ "view": view })), room);
        let moved = shown("Adventure", "go", &json!({ "view": view, "text": "You go in." }));
        assert_eq!(moved, format!("You go in.\n\n{room}"));
        assert_eq!(shown("Adventure", "inventory", &json!({ "items": ["lamp"] })), "lamp\n");
        assert_eq!(shown("Adventure", "status", &json!({ "text": "Well." })), "Well.");
    }

    #[test]
    fn capabilities_are_shown_by_their_handles() {
        let value = json!({ "following": { "$cap": "%3", "interface": "AuditFollow" } });
        assert_eq!(shown("AuditLog", "follow", &value), "%3 (AuditFollow)");
    }
}

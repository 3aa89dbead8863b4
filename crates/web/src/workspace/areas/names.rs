//! What interfaces are called, and where in the workspace they are used.

use capos_schema::Registry;

use crate::workspace::view::Text;

/// An interface's name; of one that this build does not know, that it is a service's own.
pub(super) fn interface(id: u64) -> Text {
    Registry::builtin().node(id).map_or_else(|| Text::fixed("an interface of its own"), |node| Text::line(&node.name))
}

/// The address of the view in which a grant is used.
pub(super) fn opens(name: &str, interface_id: u64) -> Text {
    let known = Registry::builtin().node(interface_id).map_or("", |node| &node.name);
    let view = match known {
        "Chat" | "ChatModeration" => "chat",
        "Shell" | "Terminals" | "Console" | "Recordings" | "Files" => "terminals",
        "Adventure" => "adventure",
        "PaperclipsGame" => "paperclips",
        "SystemInfo" => "diagnostics",
        "UserSession" => "session",
        "AccountAdmin" | "SessionAdmin" | "AuditLog" | "ServiceAdmin" => "administration",
        "CommandSurface" => return in_view("services", name),
        _ => return in_view("capset", name),
    };
    Text::fixed(view)
}

fn in_view(view: &str, name: &str) -> Text {
    let escaped: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    Text::line(&format!("{view}/{escaped}"))
}

/// What comes before the first full stop of a comment, with it.
pub(super) fn first_sentence(doc: &str) -> &str {
    let end = doc.find(". ").or_else(|| doc.find(".\n")).map_or(doc.len(), |dot| dot + 1);
    doc.get(..end).unwrap_or(doc).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_opens_where_it_is_used() {
        let id = |name: &str| Registry::builtin().interface_id(name).unwrap();
        for (name, interface, view) in [
            ("chat", id("Chat"), "chat"),
            ("terminal", id("Terminals"), "terminals"),
            ("clips", id("CommandSurface"), "services/clips"),
            ("a/b c", id("CommandSurface"), "services/a%2Fb%20c"),
            ("mine", 7, "capset/mine"),
        ] {
            assert_eq!(opens(name, interface).as_str(), view);
        }
    }

    #[test]
    fn a_comment_is_told_by_its_first_sentence() {
        assert_eq!(first_sentence("One thing. Another."), "One thing.");
        assert_eq!(first_sentence("One\nthing.\nAnother."), "One\nthing.");
        assert_eq!(first_sentence("no stop"), "no stop");
    }
}

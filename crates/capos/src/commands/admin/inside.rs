//! What stands behind the grants of a profile, for a person.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::model::Profile;

/// What is inside each service, in sentences, by its id; nothing where nobody could be asked.
pub(crate) type Services = Option<BTreeMap<String, Vec<String>>>;

/// A profile with what its grants lead to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    #[serde(flatten)]
    pub(super) profile: Profile,
    /// The services that its grants name; none where nobody could be asked.
    services: BTreeMap<String, Vec<String>>,
    #[serde(skip)]
    were_asked: bool,
}

/// One grant of a definition.
struct Grant<'a> {
    name: &'a str,
    interface: &'a str,
    object: &'a str,
}

impl Grant<'_> {
    /// The service behind it.
    fn service(&self) -> Option<&str> {
        Some(self.object.strip_prefix("service:")?.split_once('/')?.0)
    }
}

impl Shown {
    pub(super) fn new(profile: Profile, services: Services) -> Self {
        let were_asked = services.is_some();
        let definition = profile.parsed();
        let named: Vec<String> = grants(&definition).filter_map(|grant| grant.service().map(str::to_owned)).collect();
        let mut services = services.unwrap_or_default();
        services.retain(|id, _| named.contains(id));
        Self { profile, services, were_asked }
    }

    /// The same as comments of TOML, each line by itself.
    pub(super) fn comments(&self) -> String {
        let definition = self.profile.parsed();
        let mut lines = vec!["What a session of this profile is given:".to_owned()];
        lines.extend(grants(&definition).map(|grant| format!("  {}", self.told(&grant))));
        for (id, sentences) in &self.services {
            lines.push(format!("Inside the service {id}:"));
            lines.extend(sentences.iter().map(|sentence| format!("  {sentence}")));
        }
        // A line that was two would be read as something else than a comment.
        lines.iter().map(|line| format!("# {}\n", line.replace(char::is_control, " "))).collect()
    }

    fn told(&self, grant: &Grant<'_>) -> String {
        let Grant { name, interface, .. } = grant;
        match grant.service() {
            None => format!("{name}: {interface}, of the node itself"),
            Some(service) if self.were_asked && !self.services.contains_key(service) => {
                format!("{name}: {interface}, of the service {service}, which this node does not have")
            }
            Some(service) => format!("{name}: {interface}, of the service {service}"),
        }
    }
}

fn grants(definition: &Value) -> impl Iterator<Item = Grant<'_>> {
    let all = definition.get("grants").and_then(Value::as_array).into_iter().flatten();
    all.map(|grant| {
        let text = |key: &str| grant.get(key).and_then(Value::as_str).unwrap_or_default();
        Grant { name: text("name"), interface: text("interface"), object: text("object") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        let definition = r#"{"label":"Reader","grants":[
            {"name":"manual","interface":"Manual","object":"builtin:manual"},
            {"name":"chat","interface":"Chat","object":"service:chat/chat"},
            {"name":"odd","interface":"Odd","object":"service:odd/odd"}]}"#;
        Profile { name: "reader".to_owned(), retired: false, revision: 1, definition: definition.to_owned() }
    }

    #[test]
    fn grants_are_told_with_what_is_inside_their_services() {
        let sentences = vec!["It reaches no network.".to_owned(), "One\nlabel = \"x\"".to_owned()];
        let services = [("chat".to_owned(), sentences.clone()), ("other".to_owned(), sentences)];
        let shown = Shown::new(profile(), Some(services.into()));
        assert_eq!(
            shown.comments(),
            "# What a session of this profile is given:\n\
             #   manual: Manual, of the node itself\n\
             #   chat: Chat, of the service chat\n\
             #   odd: Odd, of the service odd, which this node does not have\n\
             # Inside the service chat:\n\
             #   It reaches no network.\n\
             #   One label = \"x\"\n"
        );
        let json = serde_json::to_value(&shown).unwrap();
        assert_eq!(json["services"]["chat"][0], "It reaches no network.");
        assert!(json["services"].get("other").is_none() && json["definition"]["label"] == "Reader", "{json}");
    }

    #[test]
    fn where_nobody_could_be_asked_nothing_is_said_of_services() {
        let shown = Shown::new(profile(), None).comments();
        assert!(shown.contains("#   odd: Odd, of the service odd\n") && !shown.contains("Inside"), "{shown}");
    }
}

//! The effective configuration, as a file that says the same, or as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::settings::SETTINGS;
use super::{Effective, Origin};

/// Every setting with its value, and where it is from behind it. It is a configuration file that says the same.
pub(crate) fn as_toml(effective: &Effective) -> String {
    let mut config = effective.config.clone();
    let lines: Vec<(String, Origin)> = SETTINGS
        .iter()
        .map(|setting| {
            (format!("{} = {}", setting.key, setting.field.show(&mut config)), effective.origin(setting.key))
        })
        .collect();
    let width = lines.iter().map(|(line, _)| line.chars().count()).filter(|width| *width <= 48).max().unwrap_or(0);
    let mut out = String::new();
    for (line, origin) in lines {
        // Writing into a string does not fail.
        let _ = writeln!(out, "{line:width$}  # {}", origin_word(effective, origin));
    }
    out
}

/// The same as one object: for each key its value and origin.
pub(crate) fn as_json(effective: &Effective) -> Json {
    let mut config = effective.config.clone();
    let mut all = Map::new();
    for setting in SETTINGS {
        let mut shown = json!({ "value": setting.field.show(&mut config), "about": setting.about });
        match effective.origin(setting.key) {
            Origin::Default => shown["origin"] = "default".into(),
            Origin::File(line) => {
                shown["origin"] = "file".into();
                shown["file"] = effective.file.as_deref().map(|file| file.to_string_lossy()).into();
                shown["line"] = line.into();
            }
            Origin::Flag(name) => {
                shown["origin"] = "flag".into();
                shown["flag"] = name.into();
            }
        }
        all.insert(setting.key.to_owned(), shown);
    }
    Json::Object(all)
}

fn origin_word(effective: &Effective, origin: Origin) -> String {
    match (origin, &effective.file) {
        (Origin::Default, _) => "default".to_owned(),
        (Origin::File(line), Some(file)) => format!("{}:{line}", file.display()).replace(char::is_control, "\u{fffd}"),
        (Origin::File(line), None) => format!("line {line}"),
        (Origin::Flag(name), _) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::settings::{Effect, Setting};
    use crate::config::{Config, reading};

    #[test]
    fn what_is_shown_is_a_file_that_says_the_same() {
        let mut effective = Effective::load(Some(Path::new("/dev/null")), &[]).unwrap();
        effective.config.node.motd = "three\nlines, \"quoted\"\n\u{fc}".to_owned();
        let shown = as_toml(&effective);
        let mut read = Config::default();
        let said = reading::read_text(Path::new("shown"), &shown, &mut read).unwrap();
        assert_eq!(said.len(), SETTINGS.len());
        let mut again = effective.clone();
        again.config = read;
        assert_eq!(effective.changed(&again), []);
        assert_eq!(as_toml(&again), shown);
    }

    #[test]
    fn json_has_every_setting_with_its_origin() {
        let effective = Effective::load(Some(Path::new("/dev/null")), &[]).unwrap();
        let shown = as_json(&effective);
        assert_eq!(shown.as_object().unwrap().len(), SETTINGS.len());
        let expected = json!({"value": "8MiB", "about": "Largest message of a client.", "origin": "default"});
        assert_eq!(shown["limits.connection.message_bytes"], expected);
    }

    /// The page for operators has a table of all settings, which is the one of `settings`.
    #[test]
    fn the_page_on_configuration_has_every_setting_as_it_is() {
        let mut config = Config::default();
        let row = |setting: &Setting| {
            let default = match setting.key {
                "node.name" => "the host's name".to_owned(),
                "services.directory" => "`services` beside the file".to_owned(),
                "node.data" => "`\"~/.local/state/capos\"`".to_owned(),
                _ => format!("`{}`", setting.field.show(&mut config)),
            };
            let effect = if setting.effect == Effect::Reload { "reload" } else { "restart" };
            format!("| `{}` | {default} | {effect} | {} |\n", setting.key, setting.about)
        };
        let table: String = SETTINGS.iter().map(row).collect();
        let page = include_str!("../../../../docs/configuration.md");
        assert!(page.contains(&table), "docs/configuration.md needs this table:\n{table}");
    }
}
